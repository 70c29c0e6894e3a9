/**
 * From rows that other programs have changed to what becomes of their documents. Pure: `capture.ts` hears of the rows,
 * and whoever keeps the documents writes them.
 */
import type { Doc } from '../../schemas/json.ts'
import type { StoredRow } from './compare-rows.ts'
import type { MirroredCollection, MirroredTable } from './mirrored-collection.ts'
import { renderRows } from './render-rows.ts'
import { rowsToPatch, type PatchRefusal, type RowChange } from './reverse-rows.ts'
import type { DocumentDifference } from './settle-documents.ts'
import { VERSION_COLUMN } from './table-definition.ts'

/** What was changed in the rows of one document. */
export interface CapturedDocument {
  readonly collection: MirroredCollection
  readonly id: string
  readonly changes: readonly RowChange[]
}

export interface CapturePlan {
  /** `none`: there is nothing to write. */
  readonly kind: 'none' | 'insert' | 'edit'
  readonly fields: Readonly<Record<string, unknown>>
  /** What the rows of the document are written anew for. */
  readonly refusals: readonly PatchRefusal[]
}

/** The collections that take changes of other programs. */
export function capturedCollections(collections: Iterable<MirroredCollection>): readonly MirroredCollection[] {
  return [...collections].filter(({ mapping }) => mapping.some(({ direction }) => direction === 'both'))
}

export function capturedTables(collections: readonly MirroredCollection[]): readonly string[] {
  return collections.flatMap(({ mapping }) =>
    mapping.filter(({ direction }) => direction === 'both').map(({ table }) => table),
  )
}

/** In the order in which the documents were touched first; of each row what came of it in the end. */
export function changesByDocument(
  collections: readonly MirroredCollection[],
  rows: readonly RowChange[],
): readonly CapturedDocument[] {
  const places = new Map(
    collections.flatMap((collection) =>
      collection.tables.map((table) => [table.definition.name, { collection, table }] as const),
    ),
  )
  const documents = new Map<string, { collection: MirroredCollection; id: string; rows: Map<string, RowChange> }>()
  for (const row of rows) {
    const place = places.get(row.table)
    if (!place) continue
    const { collection, table } = place
    const image = row.before ?? row.after!
    const id = String(image[table.idColumn])
    const name = JSON.stringify([collection.name, id])
    let document = documents.get(name)
    if (!document) documents.set(name, (document = { collection, id, rows: new Map() }))
    const earlier = document.rows.get(rowName(table, image))
    const change = earlier ? folded(earlier, row) : row
    document.rows.delete(rowName(table, image))
    if (change) document.rows.set(rowName(table, change.after ?? change.before!), change)
  }
  return [...documents.values()].flatMap(({ collection, id, rows }) =>
    rows.size === 0 ? [] : [{ collection, id, changes: [...rows.values()] }],
  )
}

/** @param stored the document as it is, a tombstone too */
export function planChange(document: CapturedDocument, stored: Doc | undefined): CapturePlan {
  const plan = planFields(document, stored)
  return { ...plan, refusals: [...plan.refusals, ...versionRefusals(document)] }
}

/** A row with a version that the mirror did not give it would not be written again, nor go with its document. */
function versionRefusals({ changes }: CapturedDocument): readonly PatchRefusal[] {
  const isSet = ({ before, after }: RowChange) =>
    after?.[VERSION_COLUMN] !== undefined &&
    text(after[VERSION_COLUMN]) !== (before ? text(before[VERSION_COLUMN]) : '0')
  const reason = 'is in the column of the mirror itself'
  return changes.filter(isSet).map(({ table }) => ({ table, column: VERSION_COLUMN, reason }))
}

function planFields({ collection, changes }: CapturedDocument, stored: Doc | undefined): CapturePlan {
  const own = collection.mapping[0].table
  const ownChange = changes.find(({ table }) => table === own)
  if (stored && stored['_deleted'] !== true) {
    const { placed, refusals } = placeElements(collection, stored, changes)
    const patch = rowsToPatch(collection, stored, placed)
    // With its own row the rows below it go, too.
    const fields = patch.fields['_deleted'] === true ? { _deleted: true } : patch.fields
    const kind = Object.keys(fields).length === 0 ? 'none' : 'edit'
    return { kind, fields, refusals: [...refusals, ...(fields['_deleted'] === true ? [] : patch.refusals)] }
  }
  if (changes.every(({ after }) => !after)) return NOTHING
  if (!ownChange?.after || ownChange.before) {
    const revives = stored && ownChange ? rowsToPatch(collection, stored, changes) : undefined
    if (revives?.fields['_deleted'] === false) return { ...revives, kind: 'edit' }
    const reason = stored ? 'is of a document that was deleted' : 'is of a document that there is not'
    return { kind: 'none', fields: {}, refusals: [{ table: (ownChange ?? changes[0]!).table, reason }] }
  }
  return { ...rowsToPatch(collection, undefined, changes), kind: 'insert' }
}

/**
 * The rows of a document that were changed since they were written, by what a comparison found.
 *
 * @param inserted rows that no document has, whole
 */
export function changesByDifference(
  { mapping }: MirroredCollection,
  { rows, seq }: DocumentDifference,
  inserted: readonly RowChange[],
): readonly RowChange[] {
  const byTable = new Map(mapping.map((table) => [table.table, table]))
  const changed = rows.flatMap(({ table, kind, key, fields, writtenAt }): RowChange[] => {
    const keyNames = byTable.get(table)!.key
    if (kind !== 'different' || writtenAt !== seq) return []
    const names = keyNames.map((name, place) => [name, key[place] ?? null] as const)
    const image = (side: 'expected' | 'found'): StoredRow =>
      Object.fromEntries([...names, ...fields.map((field) => [field.column, field[side]] as const)])
    return [{ table, before: image('expected'), after: image('found') }]
  })
  return [...changed, ...inserted]
}

const NOTHING: CapturePlan = { kind: 'none', fields: {}, refusals: [] }

/**
 * Elements whose rows are told apart by their place alone may have moved since the row was written: the row that was
 * changed is looked for among those that the document has now.
 */
function placeElements(
  collection: MirroredCollection,
  doc: Doc,
  changes: readonly RowChange[],
): { placed: readonly RowChange[]; refusals: readonly PatchRefusal[] } {
  const refusals: PatchRefusal[] = []
  const rendering = renderRows(collection.mapping, doc)
  const placed = changes.flatMap((change): RowChange[] => {
    const index = collection.mapping.findIndex(({ table }) => table === change.table)
    const table = collection.mapping[index]!
    const places = table.key.filter((name) => table.columns[name]!.from === '#')
    const [place] = places
    if (table.each === undefined || place === undefined || !change.before || !rendering.ok) return [change]
    const { columns } = collection.tables[index]!
    const before = change.before
    const compared = columns.flatMap((name, at) =>
      Object.hasOwn(before, name) && name !== place ? [{ name, at }] : [],
    )
    const isIt = (row: readonly unknown[]) => compared.every(({ name, at }) => text(row[at]) === text(before[name]))
    const like = rendering.rows[index]!.filter(isIt).map((row) => row[columns.indexOf(place)]!)
    if (like.some((there) => text(there) === text(before[place]))) return [change]
    if (like.length !== 1) {
      refusals.push({ table: table.table, reason: 'is of an element that the document has changed meanwhile' })
      return []
    }
    const moved = { [place]: like[0]! }
    return [
      { ...change, before: { ...before, ...moved }, ...(change.after && { after: { ...change.after, ...moved } }) },
    ]
  })
  return { placed, refusals }
}

function folded({ table, before }: RowChange, { after }: RowChange): RowChange | undefined {
  if (!before && !after) return undefined
  return { table, ...(before && { before }), ...(after && { after }) }
}

function rowName({ definition, keyPlaces, columns }: MirroredTable, row: StoredRow): string {
  return JSON.stringify([definition.name, ...keyPlaces.map((place) => text(row[columns[place]!]))])
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}
