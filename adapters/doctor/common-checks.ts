/** What is looked at in every node: version, files, disk, lock, store, backups. */
import { resolve } from 'node:path'
import type { BackupStatus, BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { VERSION } from '../../schemas/version.ts'
import type { BackupSettings } from '../cli/backup-options.ts'
import { backupLabel, listBackups } from '../node/backup-files.ts'
import { ok, toldError, warning, type Finding } from './finding.ts'
import { judgeBackup } from './judge.ts'
import { lookAtDisk, lookAtFiles } from './look-at-folder.ts'
import type { StoppedStoreView } from './look-at-store.ts'

/** A node, as far as it could be seen. */
export interface Patient<Status extends BranchNodeStatus | CloudNodeStatus = BranchNodeStatus | CloudNodeStatus> {
  readonly dataDir: string
  /** What the running node says of itself. */
  readonly status?: Status
  /** The store of one that does not answer. */
  readonly stopped?: StoppedStoreView
}

export async function commonChecks({ dataDir, status, stopped }: Patient, backup: BackupSettings): Promise<Finding[]> {
  return [
    versionOf(status),
    lookAtFiles(dataDir),
    ...(await lookAtDisk(dataDir, backup.folder)),
    ...(status ? storeInUse(status) : (stopped?.findings ?? [])),
    judgeBackup(status?.backup ?? backupsOf(stopped, backup), Date.now()),
  ]
}

function versionOf(status: Patient['status']): Finding {
  const told = `Outpost ${VERSION} on Node ${process.versions.node}`
  if (status === undefined || status.version === VERSION) return ok('version', told)
  const message = `the running node is Outpost ${status.version}, what is installed is ${VERSION}`
  return warning('version', message, 'Start the node again: it goes on with what is installed.', 'PROTOCOL_OUTDATED')
}

/** Nobody but the node itself can read it while it runs. */
function storeInUse({ storage }: NonNullable<Patient['status']>): Finding[] {
  const store = storage ? toldError('store', 'failed', storage) : ok('store', 'the node reads and writes it')
  return [ok('lock', 'the node runs and has the store open'), store]
}

function backupsOf(stopped: StoppedStoreView | undefined, { folder, hour }: BackupSettings): BackupsSeen {
  const [newest] = stopped?.identity ? listBackups(resolve(folder), backupLabel(stopped.identity)) : []
  return {
    state: hour === undefined ? 'off' : 'waiting',
    folder,
    ...(newest && { last: { file: newest.file, at: new Date(newest.atMs).toISOString(), bytes: newest.bytes } }),
  }
}

type BackupsSeen = Pick<BackupStatus, 'state' | 'last' | 'lastError' | 'folder'>
