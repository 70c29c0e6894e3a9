/** The `outpost` command with all that it can do. */
import { Command } from 'commander'
import { createBackupCommand } from '../adapters/cli/backup-command.ts'
import { createDoctorCommand } from '../adapters/cli/doctor-command.ts'
import { createExceptionsCommand } from '../adapters/cli/exceptions-command.ts'
import type { StoppedNodes } from '../adapters/cli/exception-node.ts'
import { createLogCommand } from '../adapters/cli/log-command.ts'
import { createMemberCommand } from '../adapters/cli/member-command.ts'
import type { StoppedDesks } from '../adapters/cli/member-node.ts'
import { createRestoreCommand } from '../adapters/cli/restore-command.ts'
import { createStatusCommand } from '../adapters/cli/status-command.ts'
import { branchConfigSchema } from '../adapters/config/branch-config.ts'
import { cloudConfigSchema } from '../adapters/config/cloud-config.ts'
import { readConfig } from '../adapters/config/config-file.ts'
import type { NodeDoctors } from '../adapters/doctor/examine.ts'
import { loadDeclarations } from '../adapters/node/load-declarations.ts'
import { createAlertsCommand } from '../cloud-node/cli/alerts-command.ts'
import { createCloudCommand } from '../cloud-node/cli/cloud-command.ts'
import { createMirrorCommand } from '../cloud-node/cli/mirror-command.ts'
import { createReconcileCommand } from '../cloud-node/cli/reconcile-command.ts'
import { createBranchCommand } from '../local-node/cli/branch-command.ts'
import { VERSION } from '../schemas/version.ts'

/** The nodes are loaded only by those who need them: `--help` should be quick. */
const stopped = {
  cloud: async (dataDir: string) =>
    (await import('../cloud-node/main.ts')).openStoppedCloud(dataDir, await declaredIn(dataDir, cloudConfigSchema)),
  branch: async (dataDir: string) =>
    (await import('../local-node/main.ts')).openStoppedBranch(dataDir, await declaredIn(dataDir, branchConfigSchema)),
} satisfies StoppedDesks & StoppedNodes

const doctors = {
  cloud: async (patient) => (await import('../cloud-node/cli/cloud-doctor.ts')).examineCloud(patient),
  branch: async (patient) => (await import('../local-node/cli/branch-doctor.ts')).examineBranch(patient),
} satisfies NodeDoctors

/** The collections that the node's configuration file declares beside Outpost's own. */
function declaredIn(dataDir: string, schema: typeof cloudConfigSchema | typeof branchConfigSchema) {
  return loadDeclarations(readConfig(dataDir, schema).collections)
}

export function createProgram(): Command {
  return new Command('outpost')
    .description('Offline-first replication between the branches of a chain and its headquarters.')
    .version(VERSION)
    .addCommand(createCloudCommand())
    .addCommand(createBranchCommand())
    .addCommand(createMemberCommand(stopped))
    .addCommand(createExceptionsCommand(stopped))
    .addCommand(createMirrorCommand())
    .addCommand(createReconcileCommand())
    .addCommand(createAlertsCommand())
    .addCommand(createStatusCommand())
    .addCommand(createLogCommand())
    .addCommand(createDoctorCommand(doctors))
    .addCommand(createBackupCommand())
    .addCommand(createRestoreCommand())
}
