/**
 * The declarations with a mapping, checked and prepared for writing. All that the mirror knows of a collection comes
 * from here.
 */
import { createHash } from 'node:crypto'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { canonicalJson } from '../../schemas/json.ts'
import type { MirrorMapping, MirrorTable } from '../../schemas/mirror-mapping.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { mappingProblem } from './mapping-problem.ts'
import { OWN_TABLE_NAMES } from './own-tables.ts'
import { tableDefinition, type TableDefinition } from './table-definition.ts'

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
  /** Changes with every change of the mapping: rows written under another one are written again. */
  readonly fingerprint: string
  /** The field that holds the document's id. */
  readonly primary: string
  readonly mapping: MirrorMapping
  /** The document's own row first, locked while the others change. */
  readonly tables: readonly [MirroredTable, ...MirroredTable[]]
}

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
    const tables = [mirroredTable(own), ...others.map(mirroredTable)] as const
    return [{ name, fingerprint: fingerprintOf(mapping), primary: merge.key, mapping, tables }]
  })
}

function fingerprintOf(mapping: MirrorMapping): string {
  return createHash('sha256').update(canonicalJson(mapping)).digest('hex')
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
