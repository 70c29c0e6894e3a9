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
