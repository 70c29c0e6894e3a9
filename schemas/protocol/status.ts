/** What the nodes say of themselves: the bodies of `GET /api/status` and of each event of `GET /api/status/stream`. */
import type { AlertLevel } from './alerts.ts'
import type { ReconciliationStatus } from './reconciliation.ts'
import type { ErrorCode } from '../error-catalogue.ts'
import type { StoreIdentity } from './backup.ts'
import type { CaptureStatus } from './mirrors.ts'
import type { LegacyStatus } from './legacy.ts'

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

/** What people set of synchronisation beside on and off. */
export interface SyncSettingsStatus {
  readonly suspended: readonly string[]
  readonly window?: { readonly from: string; readonly to: string } | undefined
  /** Collections that wait for the window; without it all but members, requests and decisions. */
  readonly windowFor?: readonly string[] | undefined
  /** kB a second. */
  readonly bandwidth?: number | undefined
}

export interface BranchSyncStatus {
  readonly enabled: boolean
  readonly cloudUrl: string
  readonly settings: SyncSettingsStatus
  /** Collections that take no part at this moment, suspended or outside of the window. */
  readonly suspendedNow: readonly string[]
  readonly verdict: SyncVerdict
  /** Whether a cycle is under way. */
  readonly running: boolean
  // The rest while the node runs.
  /** As in `local-node/sync/SPEC.md`. */
  readonly state?: string
  readonly lastContactAt?: string
  readonly lastError?: StatusError
  /** Why headquarters does not let the branch in. */
  readonly refused?: StatusError
  readonly nextAttemptAt?: string
  /** Cycles in a row that failed. */
  readonly failures?: number
  /** Of nudges; `polling` where something in between cuts or buffers it. */
  readonly stream?: 'off' | 'connecting' | 'open' | 'polling'
  /** The first load: documents here, and those that there are. */
  readonly loading?: { readonly here: number; readonly of: number }
  /** Documents of the next exchange at most. */
  readonly batch?: number
  /** Bytes of bodies since the node was started. */
  readonly traffic?: { readonly sent: number; readonly received: number }
  /** Free on the store's disk, and what the store takes of it, as headquarters was to be told last; bytes. */
  readonly disk?: { readonly free: number; readonly store: number }
}

export interface BranchNodeStatus {
  readonly node: 'branch'
  readonly time: string
  readonly version: string
  readonly branchId: string
  readonly branchName?: string
  readonly sync: BranchSyncStatus
  readonly backlog: Backlog
  /** While the node runs with a legacy database that it imports from. */
  readonly legacy?: LegacyStatus
  /** By collection: live documents here, what waits to be sent. */
  readonly collections: Readonly<Record<string, { readonly documents: number; readonly backlog: Backlog }>>
  readonly exceptions: number
  /** How far the PC's own clock was ahead of headquarters' when it was told that last, ms; behind it below zero. */
  readonly clockOffsetMs?: number
  /** What is wrong with the disk or the store, since the last write that succeeded. */
  readonly storage?: StatusError
  /** While the node runs. */
  readonly backup?: BackupStatus
}

/** What a branch sold on one of its days. */
export interface DayStats {
  /** By the branch's own clock and time zone, as `2026-03-01`. */
  readonly day: string
  readonly orders: number
  /** Minor units. */
  readonly sales: number
  readonly currency: string
  /** When the branch said so. */
  readonly at: string
}

/** A PC that says that it is the branch. */
export interface BranchPc {
  /** Names its start. */
  readonly epoch: string
  readonly host: string
  readonly heardAt: string
}

/** The live stream that a branch holds open, as headquarters sees it. */
export interface BranchLink {
  readonly state: 'open' | 'lost'
  readonly since: string
}

export interface BranchRow {
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  /** It is not expected any more. */
  readonly retired?: boolean
  readonly lastHeartbeatAt?: string
  /** Absent while none is open and none has ended since headquarters was started, or since the branch was heard again. */
  readonly link?: BranchLink
  /** As the branch reported it at its last heartbeat. */
  readonly reported?: {
    readonly backlog: Backlog
    /** Highest first; classes of which nothing waits are left out. */
    readonly classes: readonly (Backlog & { readonly class: number })[]
    readonly exceptions: number
    readonly lastError?: StatusError
    /** Free on the store's disk, and what the store takes of it; bytes. */
    readonly disk?: { readonly free: number; readonly store: number }
    /** How far the PC's own clock was ahead of headquarters', ms; behind it below zero. */
    readonly clockOffsetMs?: number
    readonly version: string
    readonly host: string
  }
  /** Two or more running PCs say that they are this branch, and none is let in. Newest first. */
  readonly suspected?: readonly BranchPc[]
  /** Its store was restored from a backup, and it has not begun to fetch again what that lacks. */
  readonly restored?: boolean
  /** Its first load: documents that it has been handed, of those that there are. */
  readonly loading?: { readonly here: number; readonly of: number }
  /** What headquarters has that the branch has not fetched yet; absent until it was heard and that was counted. */
  readonly toFetch?: number
  /** Handed to the branch, which has not said yet what became of it. */
  readonly unconfirmed?: number
  /** The day that the branch told of last. */
  readonly stats?: DayStats
  readonly verdict: SyncVerdict
  /** The branch's own documents (orders, movements, private members …): at headquarters and as rows of the mirror. */
  readonly documents: { readonly here: number; readonly mirror?: number }
}

/** Headquarters was restored from a backup, and takes no decision about members until all have offered everything again. */
export interface RecoveryStatus {
  readonly since: string
  /** Branches that have not. */
  readonly waitingFor: readonly string[]
}

export interface MirrorStatus {
  /** By which commands and addresses call it. */
  readonly name: string
  readonly state: 'starting' | 'running' | 'waiting' | 'paused' | 'stopped' | 'deposed'
  /** Changes of the store that are not in MySQL yet. */
  readonly lag: number
  /** Collections that are being written anew, and how many documents of each are; rows without a document may still be there. */
  readonly filling?: readonly { readonly collection: string; readonly written: number }[]
  /** Documents that MySQL refused. */
  readonly parked: number
  /** Where other programs may change tables of it. */
  readonly capture?: CaptureStatus
  readonly lastError?: StatusError
  /** Rows by table, as counted at `countedAt`. */
  readonly rows: Readonly<Record<string, number>>
  readonly countedAt?: string
}

/** Alerts that last, by level, without those that somebody has acknowledged. */
export interface AlertsStatus extends Readonly<Record<AlertLevel, number>> {
  /** Grows with every change of an alert: `/api/alerts` says something else then. */
  readonly revision: number
}

export interface CloudNodeStatus {
  readonly node: 'cloud'
  readonly time: string
  readonly version: string
  readonly branches: readonly BranchRow[]
  readonly collections: Readonly<Record<string, { readonly documents: number }>>
  /** None without a database. */
  readonly mirrors: readonly MirrorStatus[]
  /** Where there is a mirror, while the node runs. */
  readonly reconciliation?: ReconciliationStatus
  readonly recovery?: RecoveryStatus
  /** While the node runs. */
  readonly alerts?: AlertsStatus
  readonly exceptions: number
  /** Members who spent more than they had, such as at two branches that were offline. */
  readonly negativeBalances: number
  /** What is wrong with the disk or the store, since the last write that succeeded. */
  readonly storage?: StatusError
  /** While the node runs. */
  readonly backup?: BackupStatus
}
