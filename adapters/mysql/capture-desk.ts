/** What a capture needs of whoever keeps the documents. */
import type { BinlogPosition } from './binlog-position.ts'
import type { CapturedDocument } from './capture-plan.ts'

/** How far a capture has come. */
export interface CapturePlace {
  /** In the server's log of changes. */
  readonly binlog?: BinlogPosition
  /** The newest change that was compared, as the server's time in UTC; where the log cannot be read. */
  readonly watermark?: string
}

export interface SettledId {
  readonly collection: string
  readonly id: string
}

export interface CaptureDesk {
  /** Where to go on, and since when that is so, ISO 8601. */
  place(): (CapturePlace & { readonly at: string }) | undefined
  /** Without changes that belong to it. */
  keep(place: CapturePlace): void
  /**
   * Writes what was changed and keeps the place, together: whenever the process ends, each change is taken once.
   *
   * @returns changes that were refused
   */
  take(documents: readonly CapturedDocument[], place: CapturePlace): number
  /** Documents, or ids of rows that are to be none, whose rows are to be written anew. */
  toSettle(limit: number): readonly SettledId[]
  settled(ids: readonly SettledId[]): void
}
