/**
 * What other programs changed in the rows of a document, as a change of the document: the mapping read backwards, for
 * tables with `direction: both`. Whether the document may be changed so is for whoever writes it.
 */
import { isRecord, type Doc } from '../../schemas/json.ts'
import type { MirrorMapping, MirrorTable } from '../../schemas/mirror-mapping.ts'
import { columnConverter, type SqlValue } from './column-value.ts'
import type { StoredRow } from './compare-rows.ts'
import type { MirroredCollection } from './mirrored-collection.ts'
import { reverserOf, type Reverser } from './reverse-column.ts'

/** A row without `before` was inserted, one without `after` deleted. Times and decimals are text, as a mirror reads them. */
export interface RowChange {
  readonly table: string
  readonly before?: StoredRow
  readonly after?: StoredRow
}

export interface PatchRefusal {
  readonly table: string
  readonly column?: string
  /** Completes "the change …". */
  readonly reason: string
}

export interface DocumentPatch {
  /** Whole top-level fields as they are to be; one that is `undefined` is taken away. `_deleted` among them. */
  readonly fields: Readonly<Record<string, unknown>>
  /** What cannot be taken; the mirror overwrites it. */
  readonly refusals: readonly PatchRefusal[]
}

/** @param doc as it is now; `undefined` where the rows are to become a new one */
export function rowsToPatch(
  { mapping, schema }: Pick<MirroredCollection, 'mapping' | 'schema'>,
  doc: Doc | undefined,
  changes: readonly RowChange[],
): DocumentPatch {
  const fields: Record<string, unknown> = {}
  const refusals: PatchRefusal[] = []
  for (const [index, table] of mapping.entries()) {
    const own = changes.filter((change) => change.table === table.table)
    if (own.length === 0) continue
    if (table.direction !== 'both') {
      refusals.push({ table: table.table, reason: 'is in a table that is only written' })
      continue
    }
    const work: Work = { table, readers: readersOf(mapping, index, schema), refusals }
    if (table.each !== undefined) changeElements(work, table.each, doc, fields, own)
    else for (const change of own) changeDocument(work, index === 0, doc, fields, change)
  }
  return { fields, refusals }
}

interface Work {
  readonly table: MirrorTable
  readonly readers: ReadonlyMap<string, Reverser>
  readonly refusals: PatchRefusal[]
}

type Elements = Map<number, unknown>

const readersByTable = new WeakMap<MirrorTable, ReadonlyMap<string, Reverser>>()

/** Those columns that a document's field can be had from again, and that are not readonly. */
function readersOf(
  mapping: MirrorMapping,
  index: number,
  schema: MirroredCollection['schema'],
): ReadonlyMap<string, Reverser> {
  const table = mapping[index]!
  let readers = readersByTable.get(table)
  if (!readers) {
    const found = Object.entries(table.columns).flatMap(([name, column]) => {
      const reverser = column.readonly ? 'readonly' : reverserOf(table, column, schema)
      return typeof reverser === 'string' ? [] : [[name, reverser] as const]
    })
    readersByTable.set(table, (readers = new Map(found)))
  }
  return readers
}

function changeDocument(
  work: Work,
  isOwn: boolean,
  doc: Doc | undefined,
  fields: Record<string, unknown>,
  { before, after }: RowChange,
): void {
  const { table } = work
  if (!after) {
    if (isOwn) fields['_deleted'] = true
    else work.refusals.push({ table: table.table, reason: 'takes away a row that its document always has' })
    return
  }
  for (const [name, value] of changedFields(work, before, after)) {
    const [first = '', ...below] = table.columns[name]!.from!.split('.')
    const base = Object.hasOwn(fields, first) ? fields[first] : doc?.[first]
    fields[first] = withValue(base, below, value)
  }
}

/** Elements are found by their place, or by the fields that are in the key. */
function changeElements(
  work: Work,
  each: string,
  doc: Doc | undefined,
  fields: Record<string, unknown>,
  changes: readonly RowChange[],
): void {
  const { table, refusals } = work
  const [first = '', ...below] = each.split('.')
  const top = Object.hasOwn(fields, first) ? fields[first] : doc?.[first]
  const list = below.reduce<unknown>((value, step) => (isRecord(value) ? value[step] : undefined), top)
  const elements: Elements = new Map((Array.isArray(list) ? (list as unknown[]) : []).entries())
  const original = new Map(elements)
  let changed = false
  for (const { before, after } of changes) {
    const place = before ? placeOf(table, original, before) : undefined
    if (before && place === undefined) {
      if (after)
        refusals.push({ table: table.table, reason: 'is of an element that the document does not have any more' })
      continue
    }
    if (!after) {
      changed = elements.delete(place!) || changed
      continue
    }
    const values = changedFields(work, before, after)
    if (values.length === 0 && before) continue
    const at = place ?? newPlace(table, elements, after)
    const base = place === undefined ? {} : elements.get(place)
    elements.set(
      at,
      values.reduce((element, [name, value]) => withValue(element, table.columns[name]!.from!.split('.'), value), base),
    )
    changed = true
  }
  if (!changed) return
  const inOrder = [...elements].toSorted(([a], [b]) => a - b).map(([, element]) => element)
  fields[first] = withValue(top, below, inOrder)
}

/** Columns whose fields are to change, with their new values. */
function changedFields(
  { table, readers, refusals }: Work,
  before: StoredRow | undefined,
  after: StoredRow,
): readonly (readonly [string, unknown])[] {
  return Object.keys(table.columns).flatMap((name) => {
    const held = after[name]
    if (held === undefined || (before && shown(before[name]) === shown(held))) return []
    const reverser = readers.get(name)
    if (before && table.key.includes(name)) {
      refusals.push({ table: table.table, column: name, reason: 'is of the key' })
    } else if (reverser) {
      const reversed = reverser(held)
      if (!('refused' in reversed)) return reversed.value === undefined && !before ? [] : [[name, reversed.value]]
      refusals.push({ table: table.table, column: name, reason: reversed.refused })
    } else if (before) {
      refusals.push({ table: table.table, column: name, reason: 'is in a column that cannot be taken back' })
    }
    return []
  })
}

function placeOf(table: MirrorTable, elements: Elements, row: StoredRow): number | undefined {
  const parts = table.key.flatMap((name) => {
    const column = table.columns[name]!
    return column.from === undefined || column.from.startsWith('^') ? [] : [{ name, column, from: column.from }]
  })
  for (const [place, element] of elements) {
    const isIt = parts.every(({ name, column, from }) => {
      const value = from === '#' ? place : from.split('.').reduce<unknown>(step, element)
      return shown(columnConverter(column)(value) as SqlValue) === shown(row[name])
    })
    if (isIt) return place
  }
  return undefined
}

/** Where the row says, if that is free; else behind all that are there. */
function newPlace(table: MirrorTable, elements: Elements, row: StoredRow): number {
  const name = table.key.find((key) => table.columns[key]!.from === '#')
  const wanted = name === undefined ? Number.NaN : Number(row[name])
  return Number.isSafeInteger(wanted) && !elements.has(wanted) ? wanted : Math.max(-1, ...elements.keys()) + 1
}

function step(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined
}

function withValue(base: unknown, path: readonly string[], value: unknown): unknown {
  const [first, ...rest] = path
  if (first === undefined) return value
  const record = isRecord(base) ? base : {}
  const { [first]: old, ...others } = record
  const inner = withValue(old, rest, value)
  return inner === undefined ? others : { ...record, [first]: inner }
}

function shown(value: SqlValue | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value)
}
