/** What the mirror tells of itself. */
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import type { FeedPosition } from './change-feed.ts'

export interface MirrorStatus {
  /**
   * `waiting`: MySQL is away or its tables do not fit; the mirror tries again by itself. `deposed`: another process
   * has taken this mirror over; it stays so until it is started anew. `paused`: a person has stopped it for a while.
   */
  readonly state: 'starting' | 'running' | 'waiting' | 'paused' | 'stopped' | 'deposed'
  /** Up to where the feed is in MySQL; unknown before the first connection. */
  readonly position: FeedPosition | undefined
  /** Commits between the feed's head and the position. */
  readonly lag: number
  /** Collections that are being written anew, and documents written of each by this connection. */
  readonly filling: readonly { readonly collection: string; readonly written: number }[]
  /** The last failure, also when the mirror has recovered since; `at` is ISO 8601. */
  readonly lastError?: { readonly code: ErrorCode; readonly message: string; readonly at: string }
  /** Documents that MySQL refused. */
  readonly parked: number
  /** Documents written by this process. */
  readonly written: number
}
