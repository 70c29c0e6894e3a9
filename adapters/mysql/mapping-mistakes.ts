/**
 * Why a mapping cannot be mirrored, all of it at once: told when the mirror is made, before anything is written.
 * Mappings also come from files that no compiler has seen.
 */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { isRecord } from '../../schemas/json.ts'
import type { MirrorColumn, MirrorCondition, MirrorScalar, MirrorTable } from '../../schemas/mirror-mapping.ts'
import { columnConverter, DECIMALS, formatConverter, isRefusal } from './column-value.ts'
import {
  fieldsOf,
  misfitOf,
  neverIs,
  noListAt,
  orKnown,
  unknownValues,
  type FieldReader,
  type Property,
} from './mapping-fields.ts'
import { COLUMN_KEYS, CONDITION_KEYS, isName, SOURCE_KEYS, TABLE_KEYS, type MappingKeys } from './mapping-keys.ts'
import { OWN_TABLE_NAMES } from './own-tables.ts'
import { reverserOf } from './reverse-column.ts'
import { indexName, VERSION_COLUMN } from './table-definition.ts'

export interface MappingMistake {
  /** Keys from the mapping's list of tables on: `0`, `columns`, `name`. */
  readonly path: readonly string[]
  /** To follow what the path names. */
  readonly message: string
}

export type Report = (path: readonly string[], message: string) => void

/** An empty list for one that works. */
export function mappingMistakes(
  mapping: unknown,
  { schema, merge }: Pick<CollectionDeclaration, 'schema' | 'merge'>,
): readonly MappingMistake[] {
  const mistakes: MappingMistake[] = []
  const report: Report = (path, message) => void mistakes.push({ path, message })
  if (!Array.isArray(mapping) || mapping.length === 0) {
    report([], 'takes a list of tables')
    return mistakes
  }
  const keepsDeleted = isRecord(mapping[0]) && mapping[0]['keepsDeleted'] === true
  for (const [index, table] of (mapping as unknown[]).entries()) {
    // What an alias repeats is wrong in the same way; that its name is taken is said elsewhere.
    if (isRecord(table) && mapping.indexOf(table) < index) continue
    const path = [String(index)]
    const before = mistakes.length
    if (!checkKeys(table, TABLE_KEYS, path, report)) continue
    const { each } = table
    const list = each === undefined || typeof each === 'string' ? each : ''
    const look: Look = { isChild: list !== undefined, read: fieldsOf(list, schema), report }
    const noList = list !== undefined && TABLE_KEYS['each']!.fits(list) ? noListAt(list, schema) : undefined
    if (noList !== undefined) report([...path, 'each'], noList)
    for (const [place, condition] of listOf(table['where']).entries()) {
      checkCondition(condition, look, [...path, 'where', String(place)])
    }
    for (const [name, column] of Object.entries(toRecord(table['columns']))) {
      checkColumn(name, column, look, [...path, 'columns', name])
    }
    if (mistakes.length > before) continue
    // Its shape is that of a table from here on.
    const whole = table as unknown as MirrorTable
    checkTable(whole, index, merge.key, path, report)
    if (keepsDeleted && index === 0) checkFlag(whole, path, report)
    if (whole.direction === 'both') checkReverse(whole, schema, path, report)
  }
  return mistakes
}

/** @returns whether it is a record, whose values may still be wrong */
export function checkKeys(
  value: unknown,
  keys: MappingKeys,
  path: readonly string[],
  report: Report,
): value is Record<string, unknown> {
  if (!isRecord(value)) {
    report(path, `takes the keys ${Object.keys(keys).join(', ')}`)
    return false
  }
  for (const [name, given] of Object.entries(value)) {
    const key = Object.hasOwn(keys, name) ? keys[name] : undefined
    if (!key) report([...path, name], unknownKey(name, Object.keys(keys)))
    else if (given !== undefined && !key.fits(given)) report([...path, name], `takes ${key.allowed}`)
  }
  for (const [name, { needed, allowed }] of Object.entries(keys)) {
    if (needed && value[name] === undefined) report([...path, name], `is missing; it takes ${allowed}`)
  }
  return true
}

export function unknownKey(name: string, known: readonly string[]): string {
  return `means nothing here${orKnown(name, known)}`
}

/** A table's columns and conditions while they are looked at. */
interface Look {
  readonly isChild: boolean
  readonly read: FieldReader
  readonly report: Report
}

function checkCondition(condition: unknown, look: Look, path: readonly string[]): void {
  const { report } = look
  if (!checkKeys(condition, CONDITION_KEYS, path, report)) return
  const { field: name, is, in: among, not } = condition as unknown as MirrorCondition
  const said = [is, among, not].filter((one) => one !== undefined).length
  if (said !== 1) report(path, `needs one of is, in and not with the field ${name}`)
  const field = fieldAt(name, look, [...path, 'field'])
  for (const [key, value] of Object.entries({ is, in: among, not })) {
    for (const one of [value].flat()) {
      const never = CONDITION_KEYS['is']!.fits(one) ? neverIs(field, one as MirrorScalar) : undefined
      if (never !== undefined) report([...path, key], never)
    }
  }
}

/** Anything where there is none, which is a mistake of its own. */
function fieldAt(name: unknown, { isChild, read, report }: Look, path: readonly string[]): Property {
  if (typeof name !== 'string' || !SOURCE_KEYS['from']!.fits(name)) return {}
  const isOfChild = /^[\^#]/.test(name)
  const field = isOfChild && !isChild ? undefined : read(name)
  if (typeof field === 'object') return field
  report(path, `reads ${name}, ${field === undefined ? 'which only a table with "each" has' : `but ${field}`}`)
  return {}
}

function checkColumn(name: string, column: unknown, look: Look, path: readonly string[]): void {
  const { report } = look
  if (!isName(name)) report(path, 'is no name of letters, digits and _')
  if (name === VERSION_COLUMN) report(path, 'belongs to the mirror')
  const wrong: string[] = []
  const note: Report = (at, message) => {
    wrong.push(message)
    report(at, message)
  }
  if (!checkKeys(column, COLUMN_KEYS, path, note)) return
  const sources = checkSource(column, look, path, note)
  if (wrong.length > 0) return
  const whole = column as unknown as MirrorColumn
  checkValues(whole, path, report)
  for (const { field, at } of sources) {
    const misfit = misfitOf(field, whole)
    if (misfit !== undefined) report(at, misfit)
  }
  const fields = sources.map(({ field }) => field)
  for (const [key, message] of unknownValues(fields, Object.keys(whole.values ?? {}))) {
    report([...path, 'values', key], message)
  }
}

interface SourceField {
  readonly field: Property
  /** Path of the source's `from`. */
  readonly at: readonly string[]
}

/**
 * @param note told what is wrong with its keys, so that nothing can be made of it
 * @returns what it reads, that of its further sources included
 */
function checkSource(
  source: Record<string, unknown>,
  look: Look,
  path: readonly string[],
  note: Report,
): readonly SourceField[] {
  const at = [...path, 'from']
  const own = { field: fieldAt(source['from'], look, at), at }
  for (const barrier of listOf(source['unless'])) fieldAt(barrier, look, [...path, 'unless'])
  const next = source['or']
  if (!isRecord(next)) return [own]
  const below = [...path, 'or']
  checkKeys(next, SOURCE_KEYS, below, note)
  if (next['from'] === undefined) note([...below, 'from'], 'is missing')
  return [own, ...checkSource(next, look, below, note)]
}

function checkValues(column: MirrorColumn, path: readonly string[], report: Report): void {
  const { type, from, constant, legacyId, default: otherwise, decimals, values } = column
  const sources = [from, constant, legacyId].filter((one) => one !== undefined).length
  if (sources !== 1) report(path, 'needs one of from, constant and legacyId')
  if (from === undefined && (column.unless || column.or)) report(path, 'has "unless" or "or" without "from"')
  const most = DECIMALS[type]?.most
  if (decimals !== undefined && most === undefined) report([...path, 'decimals'], `means nothing for the type ${type}`)
  else if (decimals !== undefined && decimals > most!)
    report([...path, 'decimals'], `is at most ${most} for the type ${type}`)
  if (column.length !== undefined && type !== 'text') report([...path, 'length'], 'is only for the type text')
  if (column.timeZone !== undefined && type !== 'datetime' && type !== 'date') {
    report([...path, 'timeZone'], 'is only for the types datetime and date')
  }
  if (column.mask && !['text', 'longtext'].includes(type)) report([...path, 'mask'], 'is only for texts')
  if (column.mask && values) report([...path, 'mask'], 'cannot be together with "values"')
  if (column.otherwise !== undefined && !values) report([...path, 'otherwise'], 'is only for "values"')
  const format = formatConverter(column)
  if (constant !== undefined && isRefusal(format(constant))) report([...path, 'constant'], `is no ${type}`)
  if (otherwise !== undefined && isRefusal(format(otherwise))) report([...path, 'default'], `is no ${type}`)
  if (isRefusal(format(column.otherwise))) report([...path, 'otherwise'], `is no ${type}`)
  for (const [key, value] of Object.entries(values ?? {})) {
    if (isRefusal(format(value))) report([...path, 'values', key], `is no ${type}`)
  }
  columnConverter(column)
}

/**
 * The own table's key is the document's id alone and every other key begins with it, so that the rows of a document are
 * found by its id, whatever else of it has changed.
 *
 * @param index the table's place in its mapping
 * @param primary the field that holds the document's id
 */
function checkTable(table: MirrorTable, index: number, primary: string, path: readonly string[], report: Report): void {
  const { key, columns, indexes = [], watermark } = table
  if (OWN_TABLE_NAMES.includes(table.table.toLowerCase())) report([...path, 'table'], 'is a table of the mirror itself')
  const folded = Object.keys(columns).map((name) => name.toLowerCase())
  const twice = Object.keys(columns).find((name, at) => folded.indexOf(name.toLowerCase()) < at)
  if (twice !== undefined) report([...path, 'columns', twice], 'stands there twice: MySQL takes both spellings for one')
  const known = Object.keys(columns)
  for (const [place, index] of indexes.entries()) {
    checkIndex(index, [...known, VERSION_COLUMN], [...path, 'indexes', String(place)], report)
  }
  checkIndexNames(table, path, report)
  if (!checkIndex(key, known, [...path, 'key'], report)) return undefined
  const first = columns[key[0]!]
  const id = table.each === undefined ? primary : `^${primary}`
  const isId = first?.from === id && first.type === 'key' && !first.unless && !first.or && !first.values
  if (!isId) report([...path, 'key'], `must begin with a column of type key from ${id}`)
  const unbounded = key.find((column) => ['longtext', 'json'].includes(columns[column]?.type ?? ''))
  if (unbounded !== undefined) report([...path, 'key'], `has ${unbounded}, which is too long for a key`)
  const unexact = key.find((column) => columns[column]?.type === 'text')
  if (unexact !== undefined) {
    report([...path, 'key'], `has ${unexact} of type text, to which a and A are one; a key takes the type key instead`)
  }
  if (index === 0 && (table.each !== undefined || key.length > 1)) {
    report(path, "is the first, which is the document's own: without each, its key the document's id alone")
  }
  if (index > 0 && table.keepsDeleted) report([...path, 'keepsDeleted'], 'is only for the first table of a collection')
  if (watermark === undefined) return undefined
  if ([...folded, VERSION_COLUMN].includes(watermark.toLowerCase())) {
    report([...path, 'watermark'], 'is a column of the mapping; only the server may write it')
  }
}

/** @returns whether all of its columns are there, each of them once */
function checkIndex(
  index: readonly string[],
  known: readonly string[],
  path: readonly string[],
  report: Report,
): boolean {
  const unknown = index.find((column) => !known.includes(column))
  if (unknown !== undefined) report(path, `names ${unknown}, which is no column${orKnown(unknown, known)}`)
  const twice = index.find((column, place) => index.indexOf(column) < place)
  if (twice !== undefined) report(path, `names ${twice} twice`)
  return unknown === undefined && twice === undefined
}

/** MySQL takes no second index of a name, and it is made of the columns' names. */
function checkIndexNames({ indexes = [], watermark }: MirrorTable, table: readonly string[], report: Report): void {
  const taken = new Map<string, readonly string[]>()
  if (watermark !== undefined) taken.set(indexName([watermark]).toLowerCase(), [watermark])
  for (const [place, index] of indexes.entries()) {
    const name = indexName(index).toLowerCase()
    const first = taken.get(name)
    if (first)
      report([...table, 'indexes', String(place)], `has the name ${name}, as that of (${first.join(', ')}) has`)
    else taken.set(name, index)
  }
}

function checkFlag({ columns }: MirrorTable, path: readonly string[], report: Report): void {
  const flags = Object.values(columns).filter(({ from, type }) => from === '_deleted' && type === 'boolean')
  if (flags.length !== 1) report([...path, 'keepsDeleted'], 'needs one column of type boolean from _deleted')
}

function checkReverse(
  table: MirrorTable,
  schema: CollectionDeclaration['schema'],
  path: readonly string[],
  report: Report,
): void {
  for (const [name, column] of Object.entries(table.columns)) {
    if (table.key.includes(name) || column.readonly) continue
    const reverser = reverserOf(table, column, schema)
    if (typeof reverser === 'string') {
      report([...path, 'columns', name], `cannot be taken back into the document (${reverser}); give it readonly: true`)
    }
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}

function toRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}
