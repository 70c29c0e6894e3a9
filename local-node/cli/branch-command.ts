/** `outpost branch …`: run a branch's local node and speak with it. */
import { Command } from 'commander'
import {
  backupFolderOption,
  backupHourOption,
  backupSettings,
  type BackupStartFlags,
} from '../../adapters/cli/backup-options.ts'
import { createBranchBundleCommands } from '../../adapters/cli/bundle-commands.ts'
import { createImportCommand } from '../../adapters/cli/import-command.ts'
import { createImportTarget } from '../../adapters/cli/import-target.ts'
import { createLog, DEFAULT_DATA, parseLogLevel, parsePort, parseSeconds } from '../../adapters/cli/options.ts'
import { reportError } from '../../adapters/cli/report-error.ts'
import { loadDeclarations } from '../../adapters/node/load-declarations.ts'
import { runUntilSignal } from '../../adapters/node/run-until-signal.ts'
import { createSyncCommand } from './sync-command.ts'
import { parseBatch } from './sync-options.ts'

interface StartFlags extends BackupStartFlags {
  readonly branch?: string
  readonly cloud?: string
  readonly port: number
  readonly interval?: number
  readonly batch?: number
  readonly collections?: string
  readonly log: string
}

export function createBranchCommand(): Command {
  const command = new Command('branch')
    .description("a branch's local node: keeps trading without the internet and replicates when it is there")
    .addCommand(startCommand())
    .addCommand(createImportCommand(importTarget, DEFAULT_DATA.branch))
    .addCommand(createSyncCommand(openStopped))
  for (const carrying of createBranchBundleCommands(openStopped)) command.addCommand(carrying)
  return command
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
    .option('--batch <documents>', 'what one exchange grows to, 1 to 1000 documents (default: 100)', parseBatch)
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
          batchSize: flags.batch,
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

/** @param collections the file that declares further collections */
async function openStopped(dataDir: string, collections?: string) {
  const { openStoppedBranch } = await loadNode()
  return openStoppedBranch(dataDir, await loadDeclarations(collections))
}

const importTarget = createImportTarget(['member', 'order'], openStopped)

/** The node and all that it stands on is loaded only by those who need it: `--help` should be quick. */
const loadNode = () => import('../main.ts')
