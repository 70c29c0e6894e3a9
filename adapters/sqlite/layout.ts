/**
 * The layout of a store's file. One file holds every collection of a node: a table of documents for each RxDB storage
 * key, and beside them the plain tables of the node, so that one transaction can span all of it.
 */

import type { DocumentColumns } from './document-columns.ts'

/** Written to `PRAGMA user_version`; a store of another version is refused. */
export const LAYOUT_VERSION = 1

/** `PRAGMA application_id`: "OUTP", so that `file(1)` and people can tell what it is. */
export const APPLICATION_ID = 0x4f555450

/** The RxDB database whose collections are replicated. */
export const REPLICATED_DATABASE = 'outpost'

export const STORE_TABLES = `
CREATE TABLE store_head (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL) STRICT; -- a floor, see newest-seq.ts
INSERT INTO store_head VALUES (1, 0);
CREATE TABLE store_epoch (first_seq INTEGER NOT NULL, epoch TEXT PRIMARY KEY) STRICT;
CREATE TABLE storage_key (
  number INTEGER PRIMARY KEY,
  database TEXT NOT NULL,
  collection TEXT NOT NULL,
  version INTEGER NOT NULL,
  columns TEXT NOT NULL,
  UNIQUE (database, collection, version)
) STRICT;
CREATE TABLE attachment (
  key_number INTEGER NOT NULL,
  document_id TEXT NOT NULL,
  attachment_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (key_number, document_id, attachment_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE digest (
  key_number INTEGER NOT NULL,
  scope TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  documents INTEGER NOT NULL,
  sum INTEGER NOT NULL,
  PRIMARY KEY (key_number, scope, bucket)
) STRICT, WITHOUT ROWID;
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
ANALYZE setting; -- makes sqlite_stat1
`

/**
 * A document's row. `seq` is the rowid, so that the table itself is ordered by commit and every index ends in `seq`.
 * Headquarters pages `(scope, seq)` per branch, and passes over what the branch sent itself by `origin` without reading it;
 * a branch finds what is pending in `(state, pending)`, oldest first.
 *
 * @param tracksPending whether it is a branch's table
 */
export function documentTable(number: number, columns: DocumentColumns, tracksPending: boolean): string {
  const table = documentTableName(number)
  const fields = columns.indexed.map(({ column }) => `  ${column} ANY,\n`).join('')
  const index = (name: string, what: string) => `CREATE INDEX ${table}_${name} ON ${table} ${what};`
  return `
CREATE TABLE ${table} (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  deleted INTEGER NOT NULL,
  lwt REAL NOT NULL,
  state INTEGER NOT NULL,
  since REAL NOT NULL,
  pending INTEGER NOT NULL,
  scope TEXT NOT NULL,
  origin TEXT NOT NULL,
  hash INTEGER NOT NULL,
${fields}  doc TEXT NOT NULL
) STRICT;
${tracksPending ? index('pending', '(state, pending) WHERE state > 0') : index('scope', "(scope, seq, origin) WHERE scope <> ''")}
${index('tombstone', '(lwt) WHERE deleted = 1')}
${columns.indexes.map((list, i) => index(`i${i}`, `(${list.join(', ')})`)).join('\n')}
${planStatistics(table, columns)}
`
}

/**
 * What SQLite's planner is to believe of a table, instead of what ANALYZE would find on some day: that `deleted` hardly
 * tells its rows apart, and each further column of an index does. Left to guess, it takes ten rows for one value of
 * `deleted` and walks through everything that is not deleted rather than sort a few rows. With many more rows than these
 * it would do that for a range in the order of another field.
 */
function planStatistics(table: string, columns: DocumentColumns): string {
  const row = (index: string, perValue: readonly number[]) =>
    `('${table}', '${index}', '${[ROWS, ...perValue].join(' ')}')`
  const ofSchema = columns.indexes.map((list, i) => {
    const perValue = list.map((column, at) => (column === 'deleted' ? ROWS : (ROWS_PER_VALUE[at] ?? 2)))
    return row(`${table}_i${i}`, [...perValue.slice(0, -1), 1])
  })
  const ofId = row(`sqlite_autoindex_${table}_1`, [1])
  return `INSERT INTO sqlite_stat1 VALUES ${[ofId, ...ofSchema].join(', ')};\nANALYZE sqlite_schema;`
}

const ROWS = 100
/** Of the first so many columns of an index together. */
const ROWS_PER_VALUE = [ROWS, 10, 5, 3]

export function documentTableName(number: number): string {
  return `documents_${number}`
}
