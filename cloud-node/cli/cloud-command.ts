/** `outpost cloud …`: run headquarters' node and speak with it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import {
  backupFolderOption,
  backupHourOption,
  backupSettings,
  type BackupStartFlags,
} from '../../adapters/cli/backup-options.ts'
import { createCloudBundleCommands } from '../../adapters/cli/bundle-commands.ts'
import { createImportCommand } from '../../adapters/cli/import-command.ts'
import { createImportTarget } from '../../adapters/cli/import-target.ts'
import { callNode, onNode } from '../../adapters/cli/node-client.ts'
import {
  createLog,
  dataFlag,
  DEFAULT_DATA,
  parseLogLevel,
  parsePort,
  type NodeFlags,
} from '../../adapters/cli/options.ts'
import { reportError } from '../../adapters/cli/report-error.ts'
import { CLOUD_DEFAULTS, cloudConfigSchema, type CloudConfig } from '../../adapters/config/cloud-config.ts'
import { configFileIn, readConfig } from '../../adapters/config/config-file.ts'
import { dataOption } from '../../adapters/config/next-steps.ts'
import type { Log } from '../../adapters/log.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import { loadDeclarations } from '../../adapters/node/load-declarations.ts'
import { refuseLostStore } from '../../adapters/node/refuse-lost-store.ts'
import { runUntilSignal } from '../../adapters/node/run-until-signal.ts'
import type { BranchDocument } from '../../schemas/collections/branches.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { JoiningReport } from '../../schemas/protocol/identity.ts'
import type { CloudOperations } from '../cloud-operations.ts'
import type { CloudNode } from '../main.ts'
import { alertPlan } from './alert-plan.ts'
import { createAccountCommands } from './account-commands.ts'
import { directAccounts, remoteAccounts, type OnAccounts } from './account-node.ts'
import { branchLifecycleCommands } from './branch-lifecycle-commands.ts'
import { createProgramCommand, enrolmentCommands } from './enrolment-commands.ts'
import { directEnrolment, remoteEnrolment, type OnEnrolment } from './enrolment-node.ts'
import { createInitCommand } from './init-command.ts'
import { directLifecycle, remoteLifecycle, type OnLifecycle } from './lifecycle-node.ts'
import { createRecoveryCommand } from './recovery-command.ts'
import { reachableAddress } from './reachable-address.ts'
import { mirrorTargets } from './mirror-targets.ts'
import { reconcilePlan } from './reconcile-plan.ts'
import { joiningInWords, readWholeReport, reportAddress } from './joining-report.ts'
import { withLookFlags } from './run-lifecycle.ts'

interface StartFlags extends BackupStartFlags {
  readonly port?: number
  readonly country?: string
  readonly currency?: string
  readonly overdraftPoints?: number
  readonly overdraftValue?: number
  readonly collections?: string
  readonly log?: string
}

export function createCloudCommand(): Command {
  const command = new Command('cloud')
    .description("headquarters' node: receives everything, mirrors it into MySQL, shows how branches stand")
    .addCommand(createInitCommand())
    .addCommand(startCommand())
    .addCommand(branchCommand())
    .addCommand(createProgramCommand(onEnrolment))
    .addCommand(createRecoveryCommand(onLifecycle))
    .addCommand(createImportCommand(importTarget, DEFAULT_DATA.cloud))
  for (const one of createAccountCommands(onAccounts)) command.addCommand(one)
  for (const carrying of createCloudBundleCommands(openStopped)) command.addCommand(carrying)
  return command
}

function startCommand(): Command {
  return new Command('start')
    .description('run the cloud node until it is stopped (Ctrl-C); options go before outpost.yaml in the data folder')
    .addOption(dataFlag(DEFAULT_DATA.cloud))
    .option('--port <number>', 'the port of its API and pages; 0 takes a free one (default: 7700)', parsePort)
    .option('--country <code>', 'how phones without a country code are read, such as CN; kept (default: CN)')
    .option('--currency <code>', 'the currency of the chain, such as CNY; kept (default: CNY)')
    .option('--overdraft-points <number>', 'how many points below zero may be spent; kept (default: 0)', parseAmount)
    .option(
      '--overdraft-value <minor units>',
      'how much stored value below zero may be spent; kept (default: 0)',
      parseAmount,
    )
    .option('--collections <file>', 'a JavaScript module that declares further collections')
    .addOption(backupFolderOption())
    .addOption(backupHourOption())
    .option('--log <level>', 'debug, info, warn, error or silent; JSON lines on stderr (default: warn)', parseLogLevel)
    .addHelpText(
      'after',
      '\nEnvironment:\n  MYSQL_URL  mysql://user:password@host:port/database: the legacy tables are kept there; without it there is no mirror',
    )
    .action(async (flags: StartFlags) => {
      try {
        const isNew = !existsSync(join(flags.data, 'store.sqlite'))
        const config = readConfig(flags.data, cloudConfigSchema)
        const log = createLog(flags.log ?? config.log ?? CLOUD_DEFAULTS.log)
        const node = await startNode(flags, config, log)
        if (isNew) process.stdout.write(`begun a new headquarters in ${flags.data}\n`)
        // Whoever reads the address may stop the node at once.
        const ended = runUntilSignal(node, log)
        process.stdout.write(`headquarters is at ${reachableAddress(node.url, config.names)}\n`)
        await ended
      } catch (error) {
        process.exitCode = reportError(error)
      }
    })
}

async function startNode(flags: StartFlags, config: CloudConfig, log: Log): Promise<CloudNode> {
  const { startCloudNode } = await loadNode()
  const declarations = await loadDeclarations(flags.collections ?? config.collections)
  return startCloudNode({
    dataDir: flags.data,
    declarations,
    address: config.address ?? CLOUD_DEFAULTS.address,
    port: flags.port ?? config.port ?? CLOUD_DEFAULTS.port,
    names: config.names,
    tls: config.tls,
    trustedProxies: config.trustedProxies,
    proxyCertificate: config.proxyCertificate,
    insecureHttp: config.insecureHttp,
    mirrors: await mirrorTargets(config, declarations),
    timeZone: config.timeZone,
    reconcile: reconcilePlan(config),
    alerts: alertPlan(config),
    tracing: config.tracing?.endpoint,
    syncLogDays: config.syncLog?.days,
    country: flags.country ?? config.country,
    currency: flags.currency ?? config.currency,
    overdraft: {
      points: flags.overdraftPoints ?? config.overdraft?.points,
      value: flags.overdraftValue ?? config.overdraft?.value,
    },
    backup: backupSettings(flags, config.backup),
    log,
  })
}

function parseAmount(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number of at most 12 digits.')
}

function branchCommand(): Command {
  const add = withLookFlags(new Command('add').argument('<id>', 'small letters, digits, dots and dashes'))
    .description('add a branch')
    .requiredOption('--name <name>', 'what people call it')
    .option('--country <code>', "how its phones without a country code are read, if not as the chain's")
    .action((id: string, flags: NodeFlags & { name: string; country?: string }) => {
      const { name, country } = flags
      const body = { id, name, ...(country !== undefined && { country }) }
      return perform(
        flags,
        (node) => callNode<BranchDocument>(node, 'POST', '/api/branches', body),
        (operations) => operations.addBranch(body),
        (branch) =>
          `added ${branch.id} (${branch.name}); let a PC become it with: outpost cloud branch code ${branch.id}`,
        true,
      )
    })
  const list = withLookFlags(new Command('list').description('list the branches')).action((flags: NodeFlags) =>
    perform(
      flags,
      (node) => callNode<BranchDocument[]>(node, 'GET', '/api/branches'),
      (operations) => operations.branches(),
      (branches) =>
        branches.length === 0
          ? 'there are no branches yet; add one with: outpost cloud branch add <id> --name <name>'
          : branches
              .map(({ id, name, enabled, retired }) => {
                const state = retired === true ? 'retired ' : enabled ? 'enabled ' : 'disabled'
                return `${id.padEnd(16)} ${state} ${name}`
              })
              .join('\n'),
    ),
  )
  const report = withLookFlags(new Command('report').argument('<id>', 'the branch'))
    .description("how its members came together with headquarters': new, merged, ambiguous, refused, and each merge")
    .action((id: string, flags: NodeFlags) =>
      perform(
        flags,
        (node) => readWholeReport((after) => callNode<JoiningReport>(node, 'GET', reportAddress(id, after))),
        (operations) => readWholeReport((after) => Promise.resolve(operations.joining(id, after))),
        joiningInWords,
      ),
    )
  const command = new Command('branch')
    .description('the branches of the chain')
    .addCommand(add)
    .addCommand(list)
    .addCommand(report)
  for (const one of branchLifecycleCommands(onLifecycle)) command.addCommand(one)
  for (const one of enrolmentCommands(onEnrolment)) command.addCommand(one)
  for (const [verb, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    const description = enabled ? 'let a branch synchronise' : 'refuse a branch until it is enabled again'
    command.addCommand(
      withLookFlags(new Command(verb).argument('<id>', 'the branch').description(description)).action(
        (id: string, flags: NodeFlags) =>
          perform(
            flags,
            (node) => callNode<BranchDocument>(node, 'POST', `/api/branches/${encodeURIComponent(id)}/${verb}`, {}),
            (operations) => operations.setBranchEnabled(id, enabled),
            (branch) => `${branch.id} is ${branch.enabled ? 'enabled' : 'disabled'}`,
          ),
      ),
    )
  }
  return command
}

/**
 * Through the running node, or on its store while the node is stopped.
 *
 * @param begins a headquarters where there is none yet
 */
async function perform<T>(
  flags: NodeFlags,
  remote: (node: NodeAddress) => Promise<T>,
  direct: (operations: CloudOperations) => T | Promise<T>,
  inWords: (result: T) => string,
  begins = false,
): Promise<void> {
  try {
    const result = await onNode(flags.data, remote, () => onStoppedNode(flags.data, direct, begins))
    process.stdout.write(`${flags.json ? JSON.stringify(result) : inWords(result)}\n`)
  } catch (error) {
    process.exitCode = reportError(error, flags.json)
  }
}

const onLifecycle: OnLifecycle = (dataDir, work) =>
  onNode(
    dataDir,
    (running) => work(remoteLifecycle(running)),
    () => onStoppedNode(dataDir, ({ lifecycle }) => work(directLifecycle(lifecycle))),
  )

const onAccounts: OnAccounts = (dataDir, work, begins) =>
  onNode(
    dataDir,
    (running) => work(remoteAccounts(running)),
    () => onStoppedNode(dataDir, ({ access }) => work(directAccounts(access)), begins),
  )

const onEnrolment: OnEnrolment = (dataDir, work) =>
  onNode(
    dataDir,
    (running) => work(remoteEnrolment(running)),
    () => onStoppedNode(dataDir, ({ access }) => work(directEnrolment(access))),
  )

async function onStoppedNode<T>(
  dataDir: string,
  work: (operations: CloudOperations) => T | Promise<T>,
  begins = false,
): Promise<T> {
  const { operations, close } = await openStopped(dataDir, undefined, begins)
  try {
    return await work(operations)
  } finally {
    close()
  }
}

/**
 * @param collections the file that declares further collections; that of the configuration unless it is said
 * @param begins a headquarters where there is none yet
 */
async function openStopped(dataDir: string, collections?: string, begins = false) {
  if (!begins) refuseNotBegun(dataDir)
  const { openStoppedCloud } = await loadNode()
  const file = collections ?? readConfig(dataDir, cloudConfigSchema).collections
  return openStoppedCloud(dataDir, await loadDeclarations(file), begins)
}

/** Where a configuration file stands alone, the folder is the right one. */
function refuseNotBegun(dataDir: string): void {
  if (existsSync(join(dataDir, 'store.sqlite')) || !existsSync(configFileIn(dataDir))) return
  refuseLostStore(dataDir)
  const begin = `outpost cloud account add <name> --role administrator${dataOption(dataDir, DEFAULT_DATA.cloud)}`
  const message = `${dataDir} is configured and holds no store yet: make the first administrator with \`${begin}\`, or start it`
  throw new OutpostError('BAD_CONFIGURATION', message, { field: 'data' })
}

const importTarget = createImportTarget(['product', 'member', 'order'], openStopped)

/** The node and all that it stands on is loaded only by those who need it: `--help` should be quick. */
const loadNode = () => import('../main.ts')
