/** A document as the rows of its tables, by its mapping. */
import { isRecord, own, type Doc } from '../../schemas/json.ts'
import type {
  MirrorColumn,
  MirrorCondition,
  MirrorMapping,
  MirrorSource,
  MirrorTable,
} from '../../schemas/mirror-mapping.ts'
import { columnConverter, formatConverter, isRefusal, type SqlValue, type ValueRefusal } from './column-value.ts'
import { keyRefusal } from './exact-key.ts'

/** The values of a row in the order of the mapping's columns, without the version. */
export type Row = readonly SqlValue[]

/** The rows of each table in the mapping's order: none in any for a document that is deleted or left out. */
type Rendering =
  | { readonly ok: true; readonly rows: readonly (readonly Row[])[] }
  | { readonly ok: false; readonly column: string; readonly reason: string }

export function renderRows(mapping: MirrorMapping, doc: Doc): Rendering {
  const rows: Row[][] = mapping.map(() => [])
  if (doc['_deleted'] === true && mapping[0].keepsDeleted !== true) return { ok: true, rows }
  for (const [index, render] of renderersOf(mapping).entries()) {
    const failure = render(doc, rows[index]!)
    if (failure) return { ok: false, ...failure }
    // A row of another table needs that of its document, whose lock it is written under.
    if (index === 0 && rows[0]!.length === 0) break
  }
  return { ok: true, rows }
}

type Failure = { readonly column: string; readonly reason: string }
type TableRenderer = (doc: Doc, into: Row[]) => Failure | undefined
const PLACE = /^\d+$/
/** Of a document that is not deleted it may be missing. */
const DELETED = '_deleted'

type ValueReader = (doc: Doc, element: unknown, place: number) => unknown
type ColumnReader = (doc: Doc, element: unknown, place: number) => SqlValue | ValueRefusal

const rendererCache = new WeakMap<MirrorMapping, readonly TableRenderer[]>()

function renderersOf(mapping: MirrorMapping): readonly TableRenderer[] {
  let renderers = rendererCache.get(mapping)
  if (!renderers) {
    renderers = mapping.map(tableRenderer)
    rendererCache.set(mapping, renderers)
  }
  return renderers
}

function tableRenderer(table: MirrorTable): TableRenderer {
  const names = Object.keys(table.columns)
  const readers = names.map((name) => columnReader(table.columns[name]!))
  const isKey = names.map((name) => table.key.includes(name))
  const { each } = table
  const isWanted = conditionReader(table.where ?? [])

  const renderRow = (doc: Doc, element: unknown, place: number, into: Row[]): Failure | undefined => {
    if (isWanted && !isWanted(doc, element, place)) return undefined
    const row: SqlValue[] = []
    for (let i = 0; i < readers.length; i++) {
      const value = readers[i]!(doc, element, place)
      const refused = isRefusal(value) ? value.refused : isKey[i] ? keyProblem(value) : undefined
      if (refused !== undefined) return { column: names[i]!, reason: `the value of ${names[i]} ${refused}` }
      row.push(value as SqlValue)
    }
    into.push(row)
    return undefined
  }

  if (each === undefined) return (doc, into) => renderRow(doc, doc, 0, into)
  const elementsOf = pathReader(each)
  const keyPlaces = hasPlaceInKey(table) ? undefined : table.key.slice(1).map((name) => names.indexOf(name))
  return (doc, into) => {
    const elements = elementsOf(doc)
    if (!Array.isArray(elements)) return undefined
    for (let place = 0; place < elements.length; place++) {
      const failure = renderRow(doc, elements[place], place, into)
      if (failure) return failure
    }
    return keyPlaces && hasTwins(into, keyPlaces) ? twinFailure(table.key.slice(1), table.key[0]!, each) : undefined
  }
}

/** The element's place tells all rows of a document apart. */
function hasPlaceInKey({ key, columns }: MirrorTable): boolean {
  return key.some((name) => {
    const { from, unless, values } = columns[name]!
    return from === '#' && !unless && !values
  })
}

/** Whether two rows of a document have one key: the second would be written over the first. */
function hasTwins(rows: readonly Row[], keyPlaces: readonly number[]): boolean {
  if (rows.length < 2) return false
  const keys = new Set(rows.map((row) => JSON.stringify(keyPlaces.map((place) => row[place]))))
  return keys.size < rows.length
}

function twinFailure(others: readonly string[], id: string, each: string): Failure {
  const names = (others.length === 0 ? [id] : others).join(', ')
  return { column: names, reason: `two elements of ${each} have the same ${names}, which is to tell their rows apart` }
}

function keyProblem(value: SqlValue): string | undefined {
  return typeof value === 'string' || value === null ? keyRefusal(value ?? '') : undefined
}

function columnReader(column: MirrorColumn): ColumnReader {
  const { default: otherwise, constant, legacyId, ...source } = column
  const convert = columnConverter(column)
  // What stands in the mapping is for the column as it is.
  const fixed = formatConverter(column)(constant ?? otherwise)
  if (constant !== undefined) return () => fixed
  const read = legacyId === undefined ? sourceReader(source as MirrorSource) : legacyIdReader(legacyId)
  if (otherwise === undefined) return (doc, element, place) => convert(read(doc, element, place))
  return (doc, element, place) => {
    const value = read(doc, element, place)
    return value === undefined || value === null ? fixed : convert(value)
  }
}

/** All must hold; `undefined` where there are none. */
function conditionReader(
  where: readonly MirrorCondition[],
): ((doc: Doc, element: unknown, place: number) => boolean) | undefined {
  if (where.length === 0) return undefined
  const conditions = where.map(({ field, is, in: among, not }) => {
    const read = valueReader(field)
    const holds = (value: unknown): boolean => {
      if (among) return (among as readonly unknown[]).includes(value)
      return is === undefined ? value !== not : value === is
    }
    return (doc: Doc, element: unknown, place: number) => holds(read(doc, element, place) ?? null)
  })
  return (doc, element, place) => conditions.every((holds) => holds(doc, element, place))
}

/** Of several ids from one system the smallest: in which order they came together says nothing. */
function legacyIdReader(source: string): ValueReader {
  return (doc) => {
    const aliases = Array.isArray(doc['aliases']) ? (doc['aliases'] as unknown[]) : []
    const ids = aliases.flatMap((alias) => (isRecord(alias) && alias['source'] === source ? [alias['legacyId']] : []))
    const texts = ids.filter((id) => typeof id === 'string')
    if (texts.length > 0) return texts.reduce((least, id) => (id < least ? id : least))
    return doc['source'] === source ? doc['legacyId'] : undefined
  }
}

function sourceReader({ from, unless = [], or }: MirrorSource): ValueReader {
  const first = valueReader(from)
  const barriers = unless.map(valueReader)
  const next = or && sourceReader(or)
  if (barriers.length === 0 && !next) return first
  return (doc, element, place) => {
    const isOpen = barriers.every((read) => (read(doc, element, place) ?? false) === false)
    return (isOpen ? first(doc, element, place) : undefined) ?? next?.(doc, element, place)
  }
}

function valueReader(from: string): ValueReader {
  if (from === '#') return (_doc, _element, place) => place
  if (from === DELETED) return (doc) => doc[DELETED] === true
  if (from.startsWith('^')) {
    const read = pathReader(from.slice(1))
    return (doc) => read(doc)
  }
  const read = pathReader(from)
  return (_doc, element) => read(element)
}

function pathReader(path: string): (value: unknown) => unknown {
  const steps = path.split('.')
  const [only] = steps
  if (steps.length === 1 && only !== undefined) return (value) => (isRecord(value) ? own(value, only) : undefined)
  return (value) => steps.reduce(takeStep, value)
}

function takeStep(at: unknown, step: string): unknown {
  if (Array.isArray(at)) return PLACE.test(step) ? (at as unknown[])[Number(step)] : undefined
  return isRecord(at) ? own(at, step) : undefined
}
