/** What headquarters says of its mirrors beside their status. */

/** The mirror of `MYSQL_URL` and of the configuration's `mysql`. */
export const DEFAULT_MIRROR = 'outpost'

/** A document that MySQL refused, or that its mapping cannot make rows of. */
export interface ParkedView {
  readonly collection: string
  readonly documentId: string
  /** The state that was refused, by its seq. */
  readonly seq: number
  /** The column that MySQL named. */
  readonly column?: string | undefined
  /** In MySQL's words, without the value. */
  readonly reason: string
  /** ISO 8601, UTC. */
  readonly at: string
}

/** How changes are taken that other programs make in tables mapped `direction: both`. */
export interface CaptureStatus {
  /** `binlog`: as they are made. `watermark`: some seconds later, and no deletions. `waiting`: MySQL is away. */
  readonly state: 'starting' | 'binlog' | 'watermark' | 'waiting' | 'off'
  /** Why it is not `binlog`. */
  readonly reason?: string
  /** Changes that could not be read, such as those in a log that the server had purged; ISO 8601. */
  readonly lost?: { readonly since?: string; readonly until: string; readonly reason: string }
  /** Changes that were refused, since the capture first ran. */
  readonly refused?: number
}

/** A change of another program that its document cannot have; the row was written back. */
export interface RefusedChangeView {
  readonly collection: string
  /** As the row says. */
  readonly documentId: string
  readonly table: string
  readonly column?: string | undefined
  /** Of the rule that refused it; without one the mapping cannot take it back. */
  readonly code?: string | undefined
  /** Without the value. */
  readonly reason: string
  /** ISO 8601, UTC. */
  readonly at: string
}
