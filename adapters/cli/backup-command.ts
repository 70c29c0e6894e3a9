/** `outpost backup`: one checked file of a node's store, whether the node runs or not. */
import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SingleBar } from 'cli-progress'
import { Command } from 'commander'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { BackupReport, StoreFacts } from '../../schemas/protocol/backup.ts'
import { toFileError } from '../sqlite/file-error.ts'
import { identityInWords } from '../sqlite/store-identity.ts'
import { askForBackup } from './ask-for-backup.ts'
import { countsInWords } from './counts-in-words.ts'
import { onNode } from './node-client.ts'
import { dataFlag, DEFAULT_DATA, jsonFlag } from './options.ts'
import { reportError } from './report-error.ts'

interface BackupFlags {
  readonly data?: string
  readonly to?: string
  readonly check?: string
  readonly json?: boolean
}

export function createBackupCommand(): Command {
  return new Command('backup')
    .description('copy the store of a node into one checked file, while the node goes on')
    .addOption(dataFlag())
    .option('--to <path>', 'a folder, or a file that does not exist yet (default: backups in the data folder)')
    .option('--check <file>', 'make nothing: check a backup and say what it holds')
    .addOption(jsonFlag('one line of JSON for each backup'))
    .addHelpText(
      'after',
      '\nA backup holds everything, the chain key included: keep it as you keep the PC.\nTo go back to one: outpost restore <file> --data <folder>',
    )
    .action(async (flags: BackupFlags) => {
      try {
        if (flags.check !== undefined) return await check(flags.check, flags.json)
        await backUpAll(foldersOf(flags), flags)
      } catch (error) {
        process.exitCode = reportError(error, flags.json)
      }
    })
}

function foldersOf({ data, to }: BackupFlags): string[] {
  if (data !== undefined) return [data]
  const folders = Object.values(DEFAULT_DATA).filter((folder) => existsSync(join(folder, 'store.sqlite')))
  if (folders.length === 0) {
    const message = `there is no store in ${Object.values(DEFAULT_DATA).join(' or ')}; name its folder with --data`
    throw new OutpostError('BAD_CONFIGURATION', message, { field: 'data' })
  }
  if (folders.length > 1 && to !== undefined && !statSync(to, { throwIfNoEntry: false })?.isDirectory()) {
    const message = `there are stores in ${folders.join(' and ')}: name one with --data, or a folder with --to`
    throw new OutpostError('BAD_CONFIGURATION', message, { field: 'to' })
  }
  return folders
}

/** One that fails costs the others nothing; only who interrupts wants none of them. */
async function backUpAll(folders: readonly string[], flags: BackupFlags): Promise<void> {
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort(new OutpostError('BACKUP_FAILED', 'interrupted'))
  process.once('SIGINT', interrupt)
  try {
    for (const folder of folders) {
      try {
        await backUpFolder(folder, flags, interrupted.signal)
      } catch (error) {
        process.exitCode = reportError(folders.length > 1 ? namingFolder(folder, error) : error, flags.json)
        if (interrupted.signal.aborted) return
      }
    }
  } finally {
    process.off('SIGINT', interrupt)
  }
}

/** Of several nodes, the message alone need not say which. */
function namingFolder(folder: string, cause: unknown): unknown {
  const error = toFileError(cause) ?? cause
  if (error instanceof OutpostError && error.message.includes(folder)) return error
  if (error instanceof OutpostError) return new OutpostError(error.code, `${folder}: ${error.message}`, { cause })
  process.stderr.write(`outpost: ${folder} was not backed up\n`)
  return error
}

async function backUpFolder(folder: string, flags: BackupFlags, signal: AbortSignal): Promise<void> {
  const bar = flags.json !== true && process.stderr.isTTY ? startBar() : undefined
  try {
    const wanted = {
      // A slash at the end says that it is a folder.
      to: flags.to === undefined ? undefined : `${resolve(flags.to)}${/[/\\]$/.test(flags.to) ? '/' : ''}`,
      signal,
      onProgress: (progress: number) => bar?.update(Math.round(progress * 100)),
    }
    const report = await onNode(
      folder,
      (running) => askForBackup(running, wanted),
      () => backUpStopped(folder, wanted),
      { signal },
    )
    bar?.stop()
    process.stdout.write(`${flags.json ? JSON.stringify(report) : reportInWords(report)}\n`)
  } finally {
    bar?.stop()
  }
}

async function backUpStopped(
  folder: string,
  wanted: { to: string | undefined; signal: AbortSignal; onProgress: (progress: number) => void },
): Promise<BackupReport> {
  // SQLite is loaded only by those who need it.
  const [{ openStoppedStore }, { backUp }, { backupLabel, backupTarget }] = await Promise.all([
    import('../sqlite/stopped-store.ts'),
    import('../sqlite/backup.ts'),
    import('../node/backup-files.ts'),
  ])
  const source = openStoppedStore(resolve(folder, 'store.sqlite'))
  try {
    const { to, signal, onProgress } = wanted
    const file = backupTarget(resolve(folder, 'backups'), backupLabel(source.identity), to, Date.now())
    return await backUp({ source, file, signal, onProgress })
  } finally {
    source.close()
  }
}

async function check(file: string, json = false): Promise<void> {
  const { checkStoreFile } = await import('../sqlite/check-store-file.ts')
  const facts = { file: resolve(file), ...(await checkStoreFile(resolve(file))) }
  process.stdout.write(`${json ? JSON.stringify(facts) : `whole: ${factsInWords(facts)}`}\n`)
}

function reportInWords(report: BackupReport): string {
  return `${factsInWords(report)}\n  took       ${(report.tookMs / 1000).toFixed(1)} s`
}

function factsInWords({ file, identity, bytes, seq, documents }: StoreFacts & { file: string }): string {
  return [
    `${identityInWords(identity)}, ${file}`,
    `  size       ${(bytes / 1e6).toFixed(1)} MB`,
    `  seq        ${seq}`,
    `  documents  ${countsInWords(documents)}`,
  ].join('\n')
}

function startBar(): SingleBar {
  const bar = new SingleBar({
    format: 'backup [{bar}] {percentage}% | {eta_formatted} left',
    hideCursor: true,
    stream: process.stderr,
    noTTYOutput: false,
  })
  bar.start(100, 0)
  return bar
}
