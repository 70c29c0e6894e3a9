/** What is read of a legacy database at a time, and where it goes. */
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import type { GoneRow } from '../import/delete-gone.ts'
import type { ImportRecord, RejectCode } from '../import/import-record.ts'
import type { ImportResult } from '../import/import-result.ts'
import type { BinlogPosition } from '../mysql/binlog-position.ts'

/** The kinds of rows that a branch takes; its products come from headquarters. */
export type LegacyKind = GoneRow['kind']

/** Why a row, or a change of it, was not taken. There is one for each row at most: the newest. */
export interface LegacyReject {
  readonly kind: LegacyKind
  readonly legacyId: string
  /** Of `docs/import.md`, or of the error catalogue. */
  readonly code: RejectCode | ErrorCode
  readonly field?: string
  readonly reason: string
}

/** Rows as they are now. */
export interface LegacyRows {
  readonly records: readonly ImportRecord[]
  readonly rejects: readonly LegacyReject[]
  /** Rows that were asked for and are not there. */
  readonly gone: readonly { readonly kind: LegacyKind; readonly legacyId: string }[]
}

/** How far an import is: behind which row of which section; `done` once it is through. */
export type LegacyCursor = { readonly section: LegacyKind; readonly after: readonly string[] | null } | 'done'

/** Up to where changes have been taken. */
export type LegacyPosition =
  | ({ readonly by: 'binlog' } & BinlogPosition)
  /** By section of the mapping the newest value; none where the table was empty. */
  | { readonly by: 'watermark'; readonly newest: Readonly<Record<string, string>> }

/** What a node keeps of a legacy source. */
export interface LegacyProgress {
  readonly fingerprint: string
  readonly cursor: LegacyCursor
  readonly position?: LegacyPosition
}

export interface LegacyBatch extends LegacyRows {
  readonly source: string
  /** Kept in the same transaction. */
  readonly progress?: Partial<LegacyProgress>
}

/** What became of a batch: a result for each record. */
export interface LegacyTaken {
  readonly results: readonly ImportResult[]
  readonly deleted: number
  readonly rejected: number
}

/** The node that takes batches, in this process or another. */
export interface LegacySink {
  progress(source: string): Promise<LegacyProgress | undefined>
  take(batch: LegacyBatch): Promise<LegacyTaken>
}
