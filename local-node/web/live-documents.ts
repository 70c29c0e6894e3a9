/** All documents of a collection in memory, kept current, for search while somebody types. */
import { signal, type ReadonlySignal } from '@preact/signals'
import type { RxCollection } from 'rxdb'

export interface LiveDocuments<Document> {
  readonly byId: ReadonlyMap<string, Document>
  /** Changes whenever the documents have. */
  readonly version: ReadonlySignal<number>
  readonly loaded: ReadonlySignal<boolean>
}

/** At most so many redraws while a first load streams in, ms. */
const REDRAW_AFTER_MS = 60

export function liveDocuments<Document extends { id: string }>(
  collection: RxCollection<Document>,
): LiveDocuments<Document> {
  const byId = new Map<string, Document>()
  const version = signal(0)
  const loaded = signal(false)
  const touched = new Set<string>()
  let redraw: ReturnType<typeof setTimeout> | undefined
  const changed = () => {
    redraw ??= setTimeout(() => {
      redraw = undefined
      version.value++
    }, REDRAW_AFTER_MS)
  }
  collection.$.subscribe((event) => {
    touched.add(event.documentId)
    if (event.operation === 'DELETE') byId.delete(event.documentId)
    else byId.set(event.documentId, event.documentData)
    changed()
  })
  void collection
    .find()
    .exec()
    .then((documents) => {
      for (const document of documents) {
        const plain = document.toJSON() as Document
        if (!touched.has(plain.id)) byId.set(plain.id, plain)
      }
      touched.clear()
      loaded.value = true
      changed()
    })
  return { byId, version, loaded }
}
