/** `outpost branch …`: run a branch's local node and speak with it. */
import { Command, Argument } from 'commander'
import {
  backupFolderOption,
  backupHourOption,
  backupSettings,
  type BackupStartFlags,
} from '../../adapters/cli/backup-options.ts'
import { callNode, findRunningNode } from '../../adapters/cli/node-client.ts'
import { createImportCommand } from '../../adapters/cli/import-command.ts'
import { createImportTarget } from '../../adapters/cli/import-target.ts'
import { createLog, DEFAULT_DATA, parseLogLevel, parsePort, parseSeconds } from '../../adapters/cli/options.ts'
import { reportError } from '../../adapters/cli/report-error.ts'
import { loadDeclarations } from '../../adapters/node/load-declarations.ts'
import { runUntilSignal } from '../../adapters/node/run-until-signal.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import type { SyncAction } from '../branch-operations.ts'

interface StartFlags extends BackupStartFlags {
  readonly branch?: string
  readonly cloud?: string
  readonly port: number
  readonly interval?: number
  readonly collections?: string
  readonly log: string
}

export function createBranchCommand(): Command {
  return new Command('branch')
    .description("a branch's local node: keeps trading without the internet and replicates when it is there")
    .addCommand(startCommand())
    .addCommand(createImportCommand(importTarget, DEFAULT_DATA.branch))
    .addCommand(syncCommand())
}

function startCommand(): Command {
  return new Command('start')
    .description('run the local node until it is stopped (Ctrl-C); the first start names branch and headquarters')
    .option('--branch <id>', 'which branch this is, as headquarters knows it (first start)')
    .option(
      '--cloud <url>',
      'the address of headquarters, such as http://127.0.0.1:7700 (first start, or to change it)',
    )
    .option('--data <folder>', 'where the node keeps its data', DEFAULT_DATA.branch)
    .option('--port <number>', 'the port of the branch app; 0 takes a free one', parsePort, 7800)
    .option('--interval <seconds>', 'the pause between two cycles of synchronisation (default: 10)', parseSeconds)
    .option('--collections <file>', 'a JavaScript module that declares further collections')
    .addOption(backupFolderOption())
    .addOption(backupHourOption())
    .option('--log <level>', 'debug, info, warn, error or silent; JSON lines on stderr', parseLogLevel, 'warn')
    .addHelpText('after', '\nExample:\n  outpost branch start --branch north --cloud http://127.0.0.1:7700')
    .action(async (flags: StartFlags) => {
      try {
        const { startBranchNode } = await loadNode()
        const node = await startBranchNode({
          dataDir: flags.data,
          declarations: await loadDeclarations(flags.collections),
          branchId: flags.branch,
          cloudUrl: flags.cloud,
          port: flags.port,
          intervalMs: flags.interval,
          backup: backupSettings(flags),
          log: createLog(flags.log),
        })
        const { branchId, branchName } = node.identity.facts
        process.stdout.write(`branch ${branchId} (${branchName}) is at ${node.url}\n`)
        await runUntilSignal(node.stop)
      } catch (error) {
        process.exitCode = reportError(error)
      }
    })
}

function syncCommand(): Command {
  return new Command('sync')
    .description('turn synchronisation on or off, or run a cycle now')
    .addArgument(new Argument('<action>', 'what to do').choices(['on', 'off', 'now']))
    .option('--data <folder>', 'the data folder of the node', DEFAULT_DATA.branch)
    .option('--json', 'print the status as JSON')
    .action(async (action: SyncAction, flags: { data: string; json?: boolean }) => {
      try {
        const status = await setSync(flags.data, action)
        process.stdout.write(flags.json ? `${JSON.stringify(status)}\n` : `${inWords(status)}\n`)
        if (status.sync.lastError && action === 'now') process.exitCode = 1
      } catch (error) {
        process.exitCode = reportError(error, flags.json)
      }
    })
}

async function setSync(dataDir: string, action: SyncAction): Promise<BranchNodeStatus> {
  const running = await findRunningNode(dataDir)
  if (running) return callNode<BranchNodeStatus>(running.url, 'POST', '/api/sync', { action })
  const { operations, close } = await openStopped(dataDir)
  try {
    return await operations.setSync(action)
  } finally {
    close()
  }
}

function inWords({ sync, backlog }: BranchNodeStatus): string {
  const state = sync.enabled ? 'on' : 'off'
  const waiting = backlog.documents === 0 ? 'nothing waits' : `${backlog.documents} documents wait`
  const trouble = sync.lastError ? `; last error: ${sync.lastError.message} [${sync.lastError.code}]` : ''
  return `synchronisation is ${state}; ${waiting}${trouble}`
}

async function openStopped(dataDir: string) {
  const { openStoppedBranch } = await loadNode()
  return openStoppedBranch(dataDir, await loadDeclarations(undefined))
}

const importTarget = createImportTarget(['member', 'order'], openStopped)

/** The node and all that it stands on is loaded only by those who need it: `--help` should be quick. */
const loadNode = () => import('../main.ts')
