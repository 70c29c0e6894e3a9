/** All that rules look at, at one moment. */
import type { ChainFigures } from '../../schemas/protocol/chain-figures.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import type { SyncBucket, SyncFigures } from '../../schemas/protocol/sync-log.ts'

export interface ChainSnapshot {
  readonly nowMs: number
  /** Since when headquarters listens without a break: before that no branch could be heard. */
  readonly listeningSinceMs: number
  readonly status: CloudNodeStatus
  /** Documents that failed and are tried again by themselves. */
  readonly retries: number
  /** Of headquarters' own disk. */
  readonly disk?: { readonly free: number } | undefined
  /** Without what could not be read. */
  readonly figures: {
    readonly all?: SyncFigures | undefined
    readonly branches?: ChainFigures['branches'] | undefined
    /** Of all branches, spans of 5 minutes for the last three days, the oldest first. */
    readonly buckets?: readonly SyncBucket[] | undefined
  }
}
