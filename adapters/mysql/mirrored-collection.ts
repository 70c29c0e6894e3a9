/**
 * The declarations with a mapping, checked and prepared for writing. All that the mirror knows of a collection comes
 * from here.
 */
import { createHash } from 'node:crypto'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { canonicalJson } from '../../schemas/json.ts'
import type { MirrorMapping, MirrorTable } from '../../schemas/mirror-mapping.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { firstOf } from '../config/first-of.ts'
import { mappingMistakes, type MappingMistake } from './mapping-mistakes.ts'
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
  /** The column of the first table that marks deleted documents, where their rows stay. */
  readonly keptFlag: string | undefined
  readonly schema: CollectionDeclaration['schema']
}

/** In one line. */
const MOST_PROBLEMS = 10

/** @throws OutpostError BAD_CONFIGURATION, which names what is wrong with the mappings */
export function mirroredCollections(declarations: readonly CollectionDeclaration[]): readonly MirroredCollection[] {
  const problems = declarations.flatMap((declaration) => {
    const { name, mirror } = declaration
    return mirror ? mappingMistakes(mirror, declaration).map((mistake) => problemInWords(name, mirror, mistake)) : []
  })
  const taken = new Set<string>()
  for (const { name, mirror = [] } of problems.length > 0 ? [] : declarations) {
    for (const { table } of mirror) {
      if (taken.has(table.toLowerCase()))
        problems.push(`the mirror of ${name} cannot use table ${table}: its name is taken`)
      taken.add(table.toLowerCase())
    }
  }
  if (problems.length > 0) {
    throw new OutpostError('BAD_CONFIGURATION', firstOf(problems, MOST_PROBLEMS).join('; '))
  }
  return declarations.flatMap(({ name, mirror: mapping, merge, schema }) => {
    if (!mapping) return []
    const [own, ...others] = mapping
    const tables = [mirroredTable(own), ...others.map(mirroredTable)] as const
    const keptFlag = own.keepsDeleted ? flagOf(own) : undefined
    return [{ name, fingerprint: fingerprintOf(mapping), primary: merge.key, mapping, tables, keptFlag, schema }]
  })
}

function problemInWords(
  collection: string,
  mapping: readonly MirrorTable[],
  { path, message }: MappingMistake,
): string {
  const [index = '', ...inside] = path
  const table = mapping[Number(index)]?.table ?? index
  const words = inside.length === 0 ? 'it' : inside.join('.')
  return `the mirror of ${collection} cannot use table ${table}: ${words} ${message}`
}

function flagOf({ columns }: MirrorTable): string | undefined {
  return Object.keys(columns).find((name) => columns[name]!.from === '_deleted' && columns[name]!.type === 'boolean')
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
