/** How a document becomes rows of the legacy MySQL tables, as data. */

/** A column type of the common subset of MySQL 8 and MariaDB 10.11. */
export type MirrorColumnType =
  | 'key' // VARCHAR(128), binary collation: ids; see adapters/mysql/exact-key.ts
  | 'text' // VARCHAR(255)
  | 'longtext' // TEXT
  | 'integer' // BIGINT
  | 'money' // BIGINT, minor units
  | 'decimal' // DECIMAL(18,3)
  | 'boolean' // TINYINT(1)
  | 'datetime' // DATETIME(3), UTC, from an ISO 8601 text
  | 'json' // LONGTEXT holding JSON

/** Where a column's value is read. */
export interface MirrorSource {
  /**
   * Path of the value in the document or, in a child table, in the element: `name`, `balance.points`, `phones.0`.
   * `^id` means the parent's field, `#` the element's position from 0.
   */
  readonly from: string
  /** Paths that rule this source out: where one of them holds anything but `false`, nothing is read. */
  readonly unless?: readonly string[]
  /** The next source, where this one gives nothing. */
  readonly or?: MirrorSource
}

export interface MirrorColumn extends MirrorSource {
  readonly type: MirrorColumnType
  /** What the column holds where no source gives anything; NULL without it. */
  readonly default?: string | number | boolean
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
}

/** The first table is the document's own: one row, locked while the rows of the others change. */
export type MirrorMapping = readonly [MirrorTable, ...MirrorTable[]]
