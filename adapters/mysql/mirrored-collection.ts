/**
 * The declarations with a mapping, checked and prepared for writing. All that the mirror knows of a collection comes
 * from here.
 */
import { createHash } from 'node:crypto'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { canonicalJson } from '../../schemas/json.ts'
import type { MirrorMapping, MirrorTable } from '../../schemas/mirror-mapping.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { OWN_TABLE_NAMES } from './own-tables.ts'
import { tableDefinition, VERSION_COLUMN, type TableDefinition } from './table-definition.ts'

export interface MirroredTable {
  readonly definition: TableDefinition
  /** The columns that a rendered row fills, in its order; the version follows them. */
  readonly columns: readonly string[]
  /** The column that holds the document's id, first of the primary key. */
  readonly idColumn: string
  /** Places of the primary key's columns in a rendered row. */
  readonly keyPlaces: readonly number[]
}

export interface MirroredCollection {
  readonly name: string
  /** The field that holds the document's id. */
  readonly primary: string
  readonly mapping: MirrorMapping
  /** The document's own row first, locked while the others change. */
  readonly tables: readonly [MirroredTable, ...MirroredTable[]]
}

const IDENTIFIER = /^[A-Za-z][A-Za-z0-9_]{0,63}$/

/** @throws OutpostError BAD_CONFIGURATION for a mapping that cannot work */
export function mirroredCollections(declarations: readonly CollectionDeclaration[]): readonly MirroredCollection[] {
  const taken = new Set(OWN_TABLE_NAMES)
  return declarations.flatMap(({ name, mirror: mapping, merge }) => {
    if (!mapping) return []
    for (const [index, table] of mapping.entries()) {
      const problem = mappingProblem(table, index, merge.key) ?? (taken.has(table.table) && 'its name is taken')
      if (problem) {
        throw new OutpostError('BAD_CONFIGURATION', `the mirror of ${name} cannot use table ${table.table}: ${problem}`)
      }
      taken.add(table.table)
    }
    const [own, ...others] = mapping
    return [{ name, primary: merge.key, mapping, tables: [mirroredTable(own), ...others.map(mirroredTable)] as const }]
  })
}

/** Changes with every change of a mapping: rows written under another one are written again. */
export function mappingFingerprint(collections: readonly MirroredCollection[]): string {
  const mappings = Object.fromEntries(collections.map(({ name, mapping }) => [name, mapping]))
  return createHash('sha256').update(canonicalJson(mappings)).digest('hex')
}

function mirroredTable(table: MirrorTable): MirroredTable {
  const columns = Object.keys(table.columns)
  return {
    definition: tableDefinition(table),
    columns,
    idColumn: table.key[0]!,
    keyPlaces: table.key.map((column) => columns.indexOf(column)),
  }
}

/**
 * Why a table cannot be mirrored. The own table's key is the document's id alone and every other key begins with it,
 * so that the rows of a document are found by its id, whatever else of it has changed.
 */
function mappingProblem(table: MirrorTable, index: number, primary: string): string | undefined {
  const names = [table.table, ...Object.keys(table.columns)]
  const wrongName = names.find((name) => !IDENTIFIER.test(name))
  if (wrongName !== undefined) return `${wrongName} is no name of letters, digits and _`
  if (table.columns[VERSION_COLUMN]) return `the column ${VERSION_COLUMN} belongs to the mirror`
  const unknown = [table.key, ...(table.indexes ?? [])].flat().find((column) => !table.columns[column])
  if (unknown !== undefined) return `its keys name ${unknown}, which is no column`
  const unbounded = table.key.find((column) => ['longtext', 'json'].includes(table.columns[column]!.type))
  if (unbounded !== undefined) return `${unbounded} is too long for a key`
  const id = table.each === undefined ? primary : `^${primary}`
  const first = table.columns[table.key[0] ?? '']
  if (first?.from !== id || first.type !== 'key') return `its key must begin with a column of type key from ${id}`
  if (index === 0 && (table.each !== undefined || table.key.length > 1)) {
    return "the first table is the document's own, its key the document's id alone"
  }
  return undefined
}
