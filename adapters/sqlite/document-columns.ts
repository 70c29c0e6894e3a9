/** Which fields of a collection SQLite holds as columns of their own, so that indexes, ranges and sorting are exact. */
import { getSchemaByObjectPath, type RxDocumentData, type RxJsonSchema } from 'rxdb'

import { isRecord, type Doc } from '../../schemas/json.ts'
import { toSortKey } from './sort-key.ts'

export type ColumnType = 'string' | 'number' | 'boolean'

export interface DocumentColumn {
  /** Path in the document, as RxDB writes it: `name`, `address.city`. */
  readonly field: string
  readonly path: readonly string[]
  readonly column: string
  readonly type: ColumnType
}

export interface DocumentColumns {
  readonly primaryPath: string
  /** Every column that a query may name, the primary key, `_deleted` and `_meta.lwt` included. */
  readonly byField: ReadonlyMap<string, DocumentColumn>
  /** The columns f0, f1, … that a write fills. */
  readonly indexed: readonly DocumentColumn[]
  /** SQL column lists of the schema's indexes. */
  readonly indexes: readonly (readonly string[])[]
  readonly hasAttachments: boolean
}

/**
 * RxDB adds an index on `_meta.lwt` to every schema for paging changes by time. This storage pages by commit sequence,
 * so that index would only slow every write down; it is left out.
 *
 * @param schema as a storage receives it: every index filled with `_deleted` and the primary key
 */
export function documentColumns(schema: Readonly<RxJsonSchema<RxDocumentData<Doc>>>): DocumentColumns {
  const primaryKey = schema.primaryKey as string | { key: string }
  const primaryPath = typeof primaryKey === 'string' ? primaryKey : primaryKey.key
  const byField = new Map<string, DocumentColumn>([
    [primaryPath, columnOf(primaryPath, 'id', 'string')],
    ['_deleted', columnOf('_deleted', 'deleted', 'boolean')],
    ['_meta.lwt', columnOf('_meta.lwt', 'lwt', 'number')],
  ])
  const indexed: DocumentColumn[] = []
  const indexes = (schema.indexes ?? []).map((index) => (typeof index === 'string' ? [index] : [...index]))
  for (const field of indexes.flat()) {
    if (byField.has(field)) continue
    const column = columnOf(field, `f${indexed.length}`, columnType(schema, field))
    byField.set(field, column)
    indexed.push(column)
  }
  return {
    primaryPath,
    byField,
    indexed,
    indexes: indexes
      .filter(([first]) => first !== '_meta.lwt')
      .map((fields) => fields.map((field) => byField.get(field)!.column)),
    hasAttachments: schema.attachments !== undefined,
  }
}

function columnOf(field: string, column: string, type: ColumnType): DocumentColumn {
  return { field, path: field.split('.'), column, type }
}

/** The columns of a row in the order in which values are given for them. */
export function rowColumns({ indexed }: Pick<DocumentColumns, 'indexed'>): string[] {
  const own = ['deleted', 'lwt', 'state', 'since', 'pending', 'scope', 'origin', 'hash']
  return ['seq', 'id', ...own, ...indexed.map(({ column }) => column), 'doc']
}

/** The value of a column for a document; NULL for what is missing or of another type. */
export function columnValue(doc: Doc, { path, type }: DocumentColumn): string | number | null {
  let value: unknown = doc
  for (const part of path) value = isRecord(value) ? value[part] : undefined
  return typeof value === type ? sqlValue(value as string | number | boolean) : null
}

export function sqlValue(value: string | number | boolean): string | number {
  if (typeof value === 'string') return toSortKey(value)
  return typeof value === 'boolean' ? (value ? 1 : 0) : value
}

function columnType(schema: Readonly<RxJsonSchema<RxDocumentData<Doc>>>, field: string): ColumnType {
  const { type } = getSchemaByObjectPath(schema as never, field as never) as { type?: string }
  return type === 'string' || type === 'boolean' ? type : 'number'
}
