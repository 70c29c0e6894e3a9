/** A changed document on its way into MySQL. */
import type { FeedChange } from './change-feed.ts'
import type { MirroredCollection } from './mirrored-collection.ts'
import { renderRows, type Row } from './render-rows.ts'

export interface PendingDocument {
  readonly collection: MirroredCollection
  readonly id: string
  readonly seq: number
  /** The rows of each of the collection's tables; `undefined` for a document that is deleted or left out, whose rows go. */
  readonly rows: readonly (readonly Row[])[] | undefined
}

/** A document that cannot be written, and why. */
export interface UnfitDocument {
  readonly collection: MirroredCollection
  readonly id: string
  readonly seq: number
  readonly column: string | undefined
  readonly reason: string
}

/** Sorts a page of the feed into what can be written and what already its mapping refuses. */
export function renderPage(
  changes: readonly FeedChange[],
  collections: ReadonlyMap<string, MirroredCollection>,
): { readonly documents: readonly PendingDocument[]; readonly unfit: readonly UnfitDocument[] } {
  const documents: PendingDocument[] = []
  const unfit: UnfitDocument[] = []
  for (const { collection: name, seq, doc } of changes) {
    const collection = collections.get(name)
    if (!collection) continue
    const id = String(doc[collection.primary])
    const rendering = renderRows(collection.mapping, doc)
    if (!rendering.ok) unfit.push({ collection, id, seq, column: rendering.column, reason: rendering.reason })
    else documents.push({ collection, id, seq, rows: rendering.rows[0]!.length === 0 ? undefined : rendering.rows })
  }
  return { documents, unfit }
}
