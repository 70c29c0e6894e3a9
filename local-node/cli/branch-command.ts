/** `outpost branch …`: run a branch's local node and speak with it. */
import { existsSync } from 'node:fs'
import { Command } from 'commander'
import {
  backupFolderOption,
  backupHourOption,
  backupSettings,
  type BackupStartFlags,
} from '../../adapters/cli/backup-options.ts'
import { createBranchBundleCommands } from '../../adapters/cli/bundle-commands.ts'
import { createImportCommand } from '../../adapters/cli/import-command.ts'
import { createImportMysqlCommand } from '../../adapters/cli/import-mysql.ts'
import { collectParameter } from '../../adapters/cli/import-parameters.ts'
import { createImportTarget } from '../../adapters/cli/import-target.ts'
import {
  createLog,
  dataFlag,
  DEFAULT_DATA,
  parseLogLevel,
  parsePort,
  parseSeconds,
} from '../../adapters/cli/options.ts'
import { reportError } from '../../adapters/cli/report-error.ts'
import {
  BRANCH_DEFAULTS,
  branchConfigSchema,
  LAN_DEFAULTS,
  LEGACY_DEFAULTS,
  type BranchConfig,
} from '../../adapters/config/branch-config.ts'
import { readConfig } from '../../adapters/config/config-file.ts'
import { dataOption } from '../../adapters/config/next-steps.ts'
import type { Log } from '../../adapters/log.ts'
import { readLegacyUrl } from '../../adapters/legacy/legacy-url.ts'
import { loadDeclarations } from '../../adapters/node/load-declarations.ts'
import { runUntilSignal } from '../../adapters/node/run-until-signal.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { LegacySettings } from '../legacy/legacy-service.ts'
import type { BranchNode } from '../main.ts'
import { onAccessOf } from '../access/access-node.ts'
import { createDeviceCommand } from './device-commands.ts'
import { createEnrollCommand } from './enroll-command.ts'
import { createLegacyCommand, openLegacySinkOf } from './legacy-command.ts'
import { createPairCommand } from './pair-commands.ts'
import { createStaffCommand } from './staff-commands.ts'
import { createSyncCommand } from './sync-command.ts'
import { parseBatch } from './sync-options.ts'

interface StartFlags extends BackupStartFlags {
  readonly cloud?: string
  readonly port?: number
  readonly interval?: number
  readonly batch?: number
  readonly collections?: string
  readonly log?: string
}

export function createBranchCommand(): Command {
  const command = new Command('branch')
    .description("a branch's local node: keeps trading without the internet and replicates when it is there")
    .addCommand(createEnrollCommand())
    .addCommand(startCommand())
    .addCommand(
      createImportCommand(importTarget, DEFAULT_DATA.branch).addCommand(
        createImportMysqlCommand(openLegacySinkOf(openStopped), DEFAULT_DATA.branch),
      ),
    )
    .addCommand(createLegacyCommand(openStopped))
    .addCommand(createSyncCommand(openStopped))
    .addCommand(createPairCommand())
    .addCommand(createStaffCommand(onAccess))
    .addCommand(createDeviceCommand(onAccess))
  for (const carrying of createBranchBundleCommands(openStopped)) command.addCommand(carrying)
  return command
}

function startCommand(): Command {
  return new Command('start')
    .description('run the local node until it is stopped (Ctrl-C); options go before outpost.yaml in the data folder')
    .option('--cloud <url>', 'the address of headquarters, if not the one that the PC was enrolled with')
    .addOption(dataFlag(DEFAULT_DATA.branch))
    .option('--port <number>', 'the port of the branch app; 0 takes a free one (default: 7800)', parsePort)
    .option('--interval <seconds>', 'the pause between two cycles of synchronisation (default: 10)', parseSeconds)
    .option('--batch <documents>', 'what one exchange grows to, 1 to 1000 documents (default: 100)', parseBatch)
    .option('--collections <file>', 'a JavaScript module that declares further collections')
    .addOption(backupFolderOption())
    .addOption(backupHourOption())
    .option('--log <level>', 'debug, info, warn, error or silent; JSON lines on stderr (default: warn)', parseLogLevel)
    .addHelpText('after', '\nA PC becomes a branch with: outpost branch enroll')
    .action(async (flags: StartFlags) => {
      try {
        refuseMissing(flags.data)
        const config = readConfig(flags.data, branchConfigSchema)
        const log = createLog(flags.log ?? config.log ?? BRANCH_DEFAULTS.log)
        const node = await startNode(flags, config, log)
        const { branchId, branchName } = node.identity.facts
        // Whoever reads the address may stop the node at once.
        const ended = runUntilSignal(node, log)
        process.stdout.write(`branch ${branchId} (${branchName}) is at ${node.url}\n`)
        if (node.lan) {
          const { url, setupUrl, fingerprint } = node.lan
          process.stdout.write(`in the shop's network: ${url}; new devices begin at ${setupUrl} (${fingerprint})\n`)
        }
        await ended
      } catch (error) {
        process.exitCode = reportError(error)
      }
    })
}

/** More often a slip in the path than a branch that is to be made. */
function refuseMissing(dataDir: string): void {
  if (existsSync(dataDir)) return
  const enroll = `outpost branch enroll${dataOption(dataDir, DEFAULT_DATA.branch)}`
  const message = `there is no folder ${dataDir}: correct --data, or make this PC a branch there with \`${enroll}\``
  throw new OutpostError('BAD_CONFIGURATION', message, { field: 'data' })
}

async function startNode(flags: StartFlags, config: BranchConfig, log: Log): Promise<BranchNode> {
  const { startBranchNode } = await loadNode()
  return startBranchNode({
    dataDir: flags.data,
    declarations: await loadDeclarations(flags.collections ?? config.collections),
    cloudUrl: flags.cloud ?? config.cloud,
    ca: config.ca,
    insecureHttp: config.insecureHttp,
    port: flags.port ?? config.port ?? BRANCH_DEFAULTS.port,
    lan: config.lan && {
      name: config.lan.name,
      port: config.lan.port ?? LAN_DEFAULTS.port,
      setupPort: config.lan.setupPort ?? LAN_DEFAULTS.setupPort,
      address: config.lan.address ?? LAN_DEFAULTS.address,
    },
    intervalMs: flags.interval ?? (config.interval ?? BRANCH_DEFAULTS.interval) * 1000,
    batchSize: flags.batch ?? config.batch ?? BRANCH_DEFAULTS.batch,
    backup: backupSettings(flags, config.backup),
    legacy: legacySettings(config.legacy),
    tracing: config.tracing?.endpoint,
    syncLogDays: config.syncLog?.days,
    log,
  })
}

function legacySettings(legacy: BranchConfig['legacy']): LegacySettings | undefined {
  if (!legacy) return undefined
  return {
    url: readLegacyUrl(legacy.urlFile),
    mappingFile: legacy.map,
    parameters: legacy.set?.reduce((set: Record<string, string>, text) => collectParameter(text, set), {}),
    capture: legacy.capture ?? LEGACY_DEFAULTS.capture,
    everyMs: (legacy.every ?? LEGACY_DEFAULTS.every) * 1000,
  }
}

/** @param collections the file that declares further collections; that of the configuration unless it is said */
async function openStopped(dataDir: string, collections?: string) {
  const { openStoppedBranch } = await loadNode()
  const file = collections ?? readConfig(dataDir, branchConfigSchema).collections
  return openStoppedBranch(dataDir, await loadDeclarations(file))
}

const onAccess = onAccessOf(openStopped)
const importTarget = createImportTarget(['member', 'order'], openStopped)

/** The node and all that it stands on is loaded only by those who need it: `--help` should be quick. */
const loadNode = () => import('../main.ts')
