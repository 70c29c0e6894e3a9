/** What a node's status says, as figures. Of branches that are not expected (disabled, retired) only their number. */
import type { BackupStatus, BranchNodeStatus, BranchRow, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import type { MirrorStatus, StatusError } from '../../schemas/protocol/status.ts'
import type { MetricName, Sample } from './metric-catalogue.ts'
import type { NodeStatus } from './readiness.ts'

type Labels = Sample['labels']

export function statusSamples(status: NodeStatus): Sample[] {
  const { version, node, collections, exceptions, storage, backup } = status
  return [
    sample('outpost_build_info', 1, { version, node: node === 'cloud' ? 'headquarters' : node }),
    ...Object.entries(collections).map(([collection, { documents }]) =>
      sample('outpost_documents', documents, { collection }),
    ),
    sample('outpost_exceptions', exceptions),
    ...storageSamples(storage, backup),
    ...(status.node === 'cloud' ? chainSamples(status) : branchSamples(status)),
  ]
}

function storageSamples(storage: StatusError | undefined, backup: BackupStatus | undefined): Sample[] {
  return [
    sample('outpost_storage_trouble', Number(storage !== undefined)),
    ...(backup ? [sample('outpost_backup_failed', Number(backup.lastError !== undefined))] : []),
    ...moment('outpost_backup_last_timestamp_seconds', backup?.last?.at),
    ...(backup?.last ? [sample('outpost_backup_last_bytes', backup.last.bytes)] : []),
  ]
}

const BRANCH_STATES = ['in-sync', 'behind', 'differs', 'unknown', 'disabled', 'retired'] as const

function chainSamples({ branches, mirrors, reconciliation, recovery, negativeBalances }: CloudNodeStatus): Sample[] {
  const counts = new Map<string, number>()
  for (const branch of branches) counts.set(stateOf(branch), (counts.get(stateOf(branch)) ?? 0) + 1)
  const last = reconciliation?.last
  return [
    ...BRANCH_STATES.map((state) => sample('outpost_branches', counts.get(state) ?? 0, { state })),
    ...branches.filter(isExpected).flatMap(ofBranch),
    ...mirrors.flatMap(ofMirror),
    ...(reconciliation
      ? [
          sample('outpost_reconcile_open_documents', reconciliation.open),
          sample('outpost_reconcile_waiting_runs', reconciliation.waiting.length),
          sample('outpost_reconcile_failed', Number(last?.state === 'failed')),
        ]
      : []),
    ...moment('outpost_reconcile_last_end_timestamp_seconds', last?.endedAt),
    sample('outpost_recovery', Number(recovery !== undefined)),
    sample('outpost_negative_balances', negativeBalances),
  ]
}

export function isExpected({ enabled, retired }: BranchRow): boolean {
  return enabled && retired !== true
}

function stateOf(branch: BranchRow): (typeof BRANCH_STATES)[number] {
  if (branch.retired === true) return 'retired'
  return branch.enabled ? branch.verdict.state : 'disabled'
}

function ofBranch(row: BranchRow): Sample[] {
  const { id: branch, verdict, loading, suspected = [], lastHeartbeatAt, reported, toFetch } = row
  const of = { branch }
  const { backlog, exceptions, clockOffsetMs, disk } = reported ?? {}
  return [
    sample('outpost_branch_in_sync', Number(verdict.state === 'in-sync'), of),
    sample('outpost_branch_differs', Number(verdict.state === 'differs'), of),
    sample('outpost_branch_loading', Number(loading !== undefined), of),
    sample('outpost_branch_suspected_clone', Number(suspected.length > 0), of),
    ...moment('outpost_branch_last_heartbeat_timestamp_seconds', lastHeartbeatAt, of),
    ...known('outpost_branch_backlog_documents', backlog?.documents, of),
    ...moment('outpost_branch_backlog_oldest_timestamp_seconds', backlog?.oldestSince, of),
    ...known('outpost_branch_to_fetch_documents', toFetch, of),
    ...known('outpost_branch_exceptions', exceptions, of),
    ...known('outpost_branch_clock_offset_seconds', clockOffsetMs === undefined ? undefined : clockOffsetMs / 1000, of),
    ...known('outpost_branch_disk_free_bytes', disk?.free, of),
    ...known('outpost_branch_store_bytes', disk?.store, of),
  ]
}

const MIRROR_STATES = [
  'starting',
  'running',
  'waiting',
  'paused',
  'stopped',
  'deposed',
] as const satisfies readonly MirrorStatus['state'][]

function ofMirror({ name: mirror, state: now, lag, parked }: MirrorStatus): Sample[] {
  return [
    ...MIRROR_STATES.map((state) => sample('outpost_mirror_state', Number(state === now), { mirror, state })),
    sample('outpost_mirror_lag_changes', lag, { mirror }),
    sample('outpost_mirror_parked_documents', parked, { mirror }),
  ]
}

function branchSamples({ sync, collections }: BranchNodeStatus): Sample[] {
  return [
    sample('outpost_sync_enabled', Number(sync.enabled)),
    sample('outpost_sync_in_sync', Number(sync.verdict.state === 'in-sync')),
    sample('outpost_sync_failed_cycles', sync.failures ?? 0),
    ...moment('outpost_sync_last_contact_timestamp_seconds', sync.lastContactAt),
    ...Object.entries(collections).flatMap(([collection, { backlog }]) => [
      sample('outpost_backlog_documents', backlog.documents, { collection }),
      ...moment('outpost_backlog_oldest_timestamp_seconds', backlog.oldestSince, { collection }),
    ]),
  ]
}

function sample(name: MetricName, value: number, labels: Labels = {}): Sample {
  return { name, labels, value }
}

function known(name: MetricName, value: number | undefined, labels: Labels = {}): Sample[] {
  return value === undefined ? [] : [sample(name, value, labels)]
}

/** As Prometheus has moments: its functions know how long ago they were at any time. */
function moment(name: MetricName, at: string | undefined, labels: Labels = {}): Sample[] {
  return known(name, at === undefined ? undefined : Date.parse(at) / 1000, labels)
}
