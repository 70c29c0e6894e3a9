/** How a document becomes rows of the legacy MySQL tables, as data. `docs/mirror.md` says it for those who write it. */

/** A column type of the common subset of MySQL 8 and MariaDB 10.11. */
export type MirrorColumnType =
  | 'key' // VARCHAR(128), binary collation: ids; see adapters/mysql/exact-key.ts
  | 'text' // VARCHAR(255)
  | 'longtext' // TEXT
  | 'integer' // BIGINT
  | 'money' // BIGINT, minor units
  | 'amount' // DECIMAL(18,2), major units, from a whole number of minor ones
  | 'decimal' // DECIMAL(18,3)
  | 'boolean' // TINYINT(1)
  | 'datetime' // DATETIME(3), UTC, from an ISO 8601 text
  | 'date' // DATE, from a day or from an ISO 8601 text
  | 'json' // LONGTEXT holding JSON

export type MirrorScalar = string | number | boolean | null

/** Where a column's value is read. */
export interface MirrorSource {
  /**
   * Path of the value in the document or, in a child table, in the element: `name`, `balance.points`, `phones.0`.
   * `^id` means the parent's field, `#` the element's position from 0. `_deleted` is whether the document is deleted.
   */
  readonly from: string
  /** Paths that rule this source out: where one of them holds anything but `false`, nothing is read. */
  readonly unless?: readonly string[]
  /** The next source, where this one gives nothing. */
  readonly or?: MirrorSource
}

/** Its value comes from one of `from`, `constant` and `legacyId`. */
export interface MirrorColumn extends Partial<MirrorSource> {
  readonly type: MirrorColumnType
  /** The same in every row. */
  readonly constant?: Exclude<MirrorScalar, null>
  /** The document's id in this other system: of its `aliases`, or its own `legacyId` where it is from there. */
  readonly legacyId?: string
  /** What the column holds where no source gives anything; NULL without it. */
  readonly default?: Exclude<MirrorScalar, null>
  /** What the column holds for each value of the document. One that is not there is refused. */
  readonly values?: Readonly<Record<string, MirrorScalar>>
  /** For those that are not among `values`. */
  readonly otherwise?: MirrorScalar
  /** Shows of a phone what screens may show. */
  readonly mask?: 'phone'
  /** Whose time a `datetime` or `date` is: a name such as `Asia/Shanghai`, or `+08:00`. UTC without it. */
  readonly timeZone?: string
  /** Places behind the point: of an `amount` (2), a `decimal` (3), the seconds of a `datetime` (3). */
  readonly decimals?: number
  /** Characters of a `text` (255). */
  readonly length?: number
  /** What is changed here by hand never becomes a change of the document; see `direction`. */
  readonly readonly?: boolean
}

/** Holds of a document or an element by one of its fields; nothing there is `null`. One of the three. */
export interface MirrorCondition {
  readonly field: string
  readonly is?: MirrorScalar
  readonly in?: readonly MirrorScalar[]
  readonly not?: MirrorScalar
}

export interface MirrorTable {
  readonly table: string
  /** The columns of the primary key, in order; for a child table they begin with the parent's key. */
  readonly key: readonly string[]
  readonly columns: Readonly<Record<string, MirrorColumn>>
  /** Further indexes for those who query, by columns. */
  readonly indexes?: readonly (readonly string[])[]
  /** A child table: the array field whose elements are its rows. */
  readonly each?: string
  /** All must hold. In the first table a document for which one does not has no rows anywhere; in a child table an element. */
  readonly where?: readonly MirrorCondition[]
  /** First table: a deleted document keeps its rows, and a boolean column from `_deleted` says so. */
  readonly keepsDeleted?: boolean
  /** `both`: what other programs change here becomes a change of the document. */
  readonly direction?: 'out' | 'both'
  /** A further column in which the server notes when a row was changed, for where its log of changes cannot be read. */
  readonly watermark?: string
}

/** The first table is the document's own: one row, locked while the rows of the others change. */
export type MirrorMapping = readonly [MirrorTable, ...MirrorTable[]]
