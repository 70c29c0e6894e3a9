/** Snapshots of chains that tests make up: a healthy one, changed where the test says. */
import type { ChainSnapshot } from '../../adapters/alerts/chain-snapshot.ts'
import type { BranchRow, CloudNodeStatus, MirrorStatus } from '../../schemas/protocol/status.ts'
import type { SyncBucket, SyncFigures } from '../../schemas/protocol/sync-log.ts'

export const NOW_MS = Date.UTC(2026, 2, 1, 12)

export const iso = (ms: number): string => new Date(ms).toISOString()

type Reported = NonNullable<BranchRow['reported']>

export function branchRow(
  id: string,
  { reported = {}, ...changed }: Partial<Omit<BranchRow, 'reported'>> & { readonly reported?: Partial<Reported> } = {},
): BranchRow {
  return {
    id,
    name: `Shop ${id}`,
    enabled: true,
    lastHeartbeatAt: iso(NOW_MS),
    reported: {
      backlog: { documents: 0 },
      classes: [],
      exceptions: 0,
      disk: { free: 50_000_000_000, store: 1000 },
      clockOffsetMs: 0,
      version: '1.0.0',
      host: 'pc',
      ...reported,
    },
    verdict: { state: 'in-sync' },
    documents: { here: 1 },
    ...changed,
  }
}

export function mirrorStatus(changed: Partial<MirrorStatus> = {}): MirrorStatus {
  return { name: 'outpost', state: 'running', lag: 0, parked: 0, rows: {}, ...changed }
}

export function syncFigures(changed: Partial<SyncFigures> = {}): SyncFigures {
  return {
    successRate: 1,
    requests: 1000,
    failed: 0,
    failedLastHour: 0,
    consecutiveFailures: 0,
    failuresByCode: [],
    ...changed,
  }
}

export interface MadeSnapshot extends Partial<Omit<ChainSnapshot, 'status' | 'figures'>> {
  readonly status?: Partial<CloudNodeStatus>
  /** `unread`: the sync log cannot be read. */
  readonly figures?:
    | 'unread'
    | {
        readonly all?: SyncFigures
        readonly branches?: Readonly<Record<string, SyncFigures>>
        readonly buckets?: readonly SyncBucket[]
      }
}

export function chainSnapshot({ status = {}, figures = {}, ...changed }: MadeSnapshot = {}): ChainSnapshot {
  const { all = syncFigures(), branches = {}, buckets = [] } = figures === 'unread' ? {} : figures
  return {
    nowMs: NOW_MS,
    listeningSinceMs: NOW_MS - 86_400_000,
    retries: 0,
    disk: { free: 50_000_000_000 },
    ...changed,
    status: {
      node: 'cloud',
      time: iso(NOW_MS),
      version: '1.0.0',
      branches: [],
      collections: {},
      mirrors: [],
      exceptions: 0,
      negativeBalances: 0,
      ...status,
    },
    figures: figures === 'unread' ? {} : { all, branches, buckets },
  }
}
