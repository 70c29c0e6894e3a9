/** The mirror's own tables: where it stands, and the documents that MySQL refused. */
import type { ColumnKind, TableDefinition } from './table-definition.ts'

/** One row a mirror. Its lock is the fence: whoever holds it with the newest term writes. */
export const STATE_TABLE = ownTable('outpost_mirror', ['name'], {
  name: 'key',
  epoch: 'key',
  seq: 'integer',
  term: 'integer',
  /** While everything is written anew: rows of lower versions are leftovers, deleted in the end. */
  rebuild_before: 'version',
  /** Fingerprint of the mapping that the rows were written with. */
  mapping: 'key',
  updated_at: 'datetime',
})

/** Documents, not rows: a retry renders the document as it is then. `seq` is where the feed has it. */
export const PARKED_TABLE = ownTable('outpost_mirror_parked', ['collection', 'document_id'], {
  collection: 'key',
  document_id: 'key',
  seq: 'integer',
  column_name: 'text',
  reason: 'longtext',
  at: 'datetime',
})

export const OWN_TABLES: readonly TableDefinition[] = [STATE_TABLE, PARKED_TABLE]
export const OWN_TABLE_NAMES: readonly string[] = OWN_TABLES.map(({ name }) => name)

function ownTable(name: string, key: readonly string[], kinds: Readonly<Record<string, ColumnKind>>): TableDefinition {
  const columns = Object.entries(kinds).map(([column, kind]) => ({
    name: column,
    kind,
    nullable: !key.includes(column),
  }))
  return { name, columns, key, indexes: [] }
}
