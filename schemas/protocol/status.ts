/** What the nodes say of themselves: the bodies of `GET /api/status` and of each event of `GET /api/status/stream`. */
import type { ErrorCode } from '../error-catalogue.ts'
import type { StoreIdentity } from './backup.ts'

/** What waits in one class, or in all. */
export interface Backlog {
  readonly documents: number
  /** When the oldest of them became pending, ISO 8601; absent when nothing waits. */
  readonly oldestSince?: string
}

export interface StatusError {
  readonly code: ErrorCode
  readonly message: string
  readonly at: string
}

/**
 * `in-sync`: both sides stood still and their digests agreed at `checkedAt`. `behind`: something waits on either side.
 * `differs`: nothing waits and the digests differ. `unknown`: nobody has checked, or what was checked is stale.
 */
export interface SyncVerdict {
  readonly state: 'in-sync' | 'behind' | 'differs' | 'unknown'
  readonly checkedAt?: string | undefined
}

/** `off`: none are made by themselves. */
export interface BackupStatus {
  readonly state: 'off' | 'waiting' | 'running'
  /** Whose store it is. */
  readonly identity: StoreIdentity
  /** Where those go that are made by themselves. */
  readonly folder: string
  /** The last one that was made; after a start, the newest one in the folder. */
  readonly last?: { readonly file: string; readonly at: string; readonly bytes: number }
  readonly nextAt?: string
  /** 0 to 1, while one is made. */
  readonly progress?: number
  /** Why the latest attempt failed; absent after a success. */
  readonly lastError?: StatusError
}

export interface BranchNodeStatus {
  readonly node: 'branch'
  readonly time: string
  readonly version: string
  readonly branchId: string
  readonly branchName?: string
  readonly sync: {
    readonly enabled: boolean
    readonly cloudUrl: string
    readonly running: boolean
    readonly lastContactAt?: string
    readonly lastError?: StatusError
    readonly verdict: SyncVerdict
  }
  readonly backlog: Backlog
  /** By collection: live documents here, what waits to be sent. */
  readonly collections: Readonly<Record<string, { readonly documents: number; readonly backlog: Backlog }>>
  readonly exceptions: number
  /** What is wrong with the disk or the store, since the last write that succeeded. */
  readonly storage?: StatusError
  /** While the node runs. */
  readonly backup?: BackupStatus
}

export interface BranchRow {
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  readonly lastHeartbeatAt?: string
  /** As the branch reported it at its last heartbeat. */
  readonly reported?: {
    readonly backlog: Backlog
    readonly exceptions: number
    readonly lastError?: StatusError
    readonly version: string
  }
  /** What headquarters has that the branch has not fetched yet. */
  readonly toFetch: number
  readonly verdict: SyncVerdict
  /** The branch's own documents (orders, movements, private members …): at headquarters and as rows of the mirror. */
  readonly documents: { readonly here: number; readonly mirror?: number }
}

export interface MirrorStatus {
  readonly state: 'off' | 'starting' | 'running' | 'waiting' | 'stopped' | 'deposed'
  /** Changes of the store that are not in MySQL yet. */
  readonly lag: number
  /** Everything is being written anew; rows without a document may still be there. */
  readonly rebuilding?: boolean
  /** Documents that MySQL refused. */
  readonly parked: number
  readonly lastError?: StatusError
  /** Rows by table, as counted at `countedAt`. */
  readonly rows: Readonly<Record<string, number>>
  readonly countedAt?: string
}

export interface CloudNodeStatus {
  readonly node: 'cloud'
  readonly time: string
  readonly version: string
  readonly branches: readonly BranchRow[]
  readonly collections: Readonly<Record<string, { readonly documents: number }>>
  readonly mirror: MirrorStatus
  readonly exceptions: number
  /** Members who spent more than they had, such as at two branches that were offline. */
  readonly negativeBalances: number
  /** What is wrong with the disk or the store, since the last write that succeeded. */
  readonly storage?: StatusError
  /** While the node runs. */
  readonly backup?: BackupStatus
}
