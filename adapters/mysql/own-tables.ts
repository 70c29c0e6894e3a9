/** The mirror's own tables: where it stands, which collections are still being filled, and the documents that MySQL refused. */
import type { ColumnKind, TableDefinition } from './table-definition.ts'

/** One row a mirror. Its lock is the fence: whoever holds it with the newest term writes. */
export const STATE_TABLE = ownTable('outpost_mirror', ['name'], {
  name: 'key',
  epoch: 'key',
  seq: 'integer',
  term: 'integer',
  /** Counts the transactions, so that each of them changes the row. */
  writes: 'integer',
  updated_at: 'datetime',
})

/** How far the tables of each collection are filled. */
export const FILL_TABLE = ownTable('outpost_mirror_fill', ['name', 'collection'], {
  name: 'key',
  collection: 'key',
  /** Fingerprint of the mapping that the rows are written with. */
  mapping: 'key',
  /** While the collection is written anew: the last id, in the order of ids, that is written. NULL: all are. */
  filled_to: 'key',
})

/** Documents, not rows: a retry renders the document as it is then. `seq` is where the feed has it. */
export const PARKED_TABLE = ownTable('outpost_mirror_parked', ['name', 'collection', 'document_id'], {
  name: 'key',
  collection: 'key',
  document_id: 'key',
  seq: 'integer',
  column_name: 'text',
  reason: 'longtext',
  at: 'datetime',
})

export const OWN_TABLES: readonly TableDefinition[] = [STATE_TABLE, FILL_TABLE, PARKED_TABLE]
export const OWN_TABLE_NAMES: readonly string[] = OWN_TABLES.map(({ name }) => name)

function ownTable(name: string, key: readonly string[], kinds: Readonly<Record<string, ColumnKind>>): TableDefinition {
  const columns = Object.entries(kinds).map(([column, kind]) => ({
    name: column,
    kind,
    nullable: !key.includes(column),
  }))
  return { name, columns, key, indexes: [] }
}
