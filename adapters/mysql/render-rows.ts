/** A document as the rows of its tables, by its mapping. */
import { isRecord, type Doc } from '../../schemas/json.ts'
import type { MirrorColumn, MirrorMapping, MirrorSource, MirrorTable } from '../../schemas/mirror-mapping.ts'
import { columnValue, isRefusal, type SqlValue, type ValueRefusal } from './column-value.ts'
import { keyRefusal } from './exact-key.ts'

/** The values of a row in the order of the mapping's columns, without the version. */
export type Row = readonly SqlValue[]

/** The rows of each table in the mapping's order: none of them for a deleted document. */
type Rendering =
  | { readonly ok: true; readonly rows: readonly (readonly Row[])[] }
  | { readonly ok: false; readonly column: string; readonly reason: string }

export function renderRows(mapping: MirrorMapping, doc: Doc): Rendering {
  const rows: Row[][] = mapping.map(() => [])
  if (doc['_deleted'] === true) return { ok: true, rows }
  for (const [index, render] of renderersOf(mapping).entries()) {
    const failure = render(doc, rows[index]!)
    if (failure) return { ok: false, ...failure }
  }
  return { ok: true, rows }
}

type Failure = { readonly column: string; readonly reason: string }
type TableRenderer = (doc: Doc, into: Row[]) => Failure | undefined
const PLACE = /^\d+$/

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

  const renderRow = (doc: Doc, element: unknown, place: number, into: Row[]): Failure | undefined => {
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
  return (doc, into) => {
    const elements = elementsOf(doc)
    if (!Array.isArray(elements)) return undefined
    for (let place = 0; place < elements.length; place++) {
      const failure = renderRow(doc, elements[place], place, into)
      if (failure) return failure
    }
    return undefined
  }
}

function keyProblem(value: SqlValue): string | undefined {
  return typeof value === 'string' || value === null ? keyRefusal(value ?? '') : undefined
}

function columnReader({ type, default: otherwise, ...source }: MirrorColumn): ColumnReader {
  const read = sourceReader(source)
  if (otherwise === undefined) return (doc, element, place) => columnValue(type, read(doc, element, place))
  return (doc, element, place) => columnValue(type, read(doc, element, place) ?? otherwise)
}

function sourceReader({ from, unless = [], or }: MirrorSource): ValueReader {
  const own = valueReader(from)
  const barriers = unless.map(valueReader)
  const next = or && sourceReader(or)
  if (barriers.length === 0 && !next) return own
  return (doc, element, place) => {
    const isOpen = barriers.every((read) => (read(doc, element, place) ?? false) === false)
    return (isOpen ? own(doc, element, place) : undefined) ?? next?.(doc, element, place)
  }
}

function valueReader(from: string): ValueReader {
  if (from === '#') return (_doc, _element, place) => place
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
  if (steps.length === 1 && only !== undefined) return (value) => (isRecord(value) ? value[only] : undefined)
  return (value) => steps.reduce(takeStep, value)
}

function takeStep(at: unknown, step: string): unknown {
  if (Array.isArray(at)) return PLACE.test(step) ? (at as unknown[])[Number(step)] : undefined
  return isRecord(at) ? at[step] : undefined
}
