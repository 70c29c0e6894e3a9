/** What a store must hold after operations: the simplest thing that could be right. */
import type { Doc } from '../../../schemas/json.ts'
import { COLLECTION_NAMES, type CollectionName, type Operation } from './operation.ts'

export interface StoreContent {
  readonly head: number
  /** In the order of commits. */
  readonly rows: Readonly<Record<CollectionName, readonly { readonly seq: number; readonly doc: Doc }[]>>
  /** By document and name. */
  readonly attachments: Readonly<Record<string, string>>
  readonly notes: readonly string[]
}

export class ExpectedStore {
  head = 0
  readonly #rows = new Map<CollectionName, Map<string, { seq: number; doc: Doc }>>(
    COLLECTION_NAMES.map((name) => [name, new Map()]),
  )
  readonly #attachments = new Map<string, string>()
  readonly #notes: string[] = []

  get(collection: CollectionName, id: string): Doc | undefined {
    return this.#rows.get(collection)!.get(id)?.doc
  }

  apply(operation: Operation): void {
    const { collection } = operation
    if (operation.do === 'cleanup') {
      const rows = this.#rows.get(collection)!
      for (const [id, { doc }] of rows) if (doc['_deleted'] === true) rows.delete(id)
      return
    }
    if (operation.do === 'group') {
      for (const document of operation.documents) this.#put(collection, document)
      this.#notes.push(operation.note)
      return
    }
    // The storage takes what is new before what it knows.
    const isNew = ({ previous }: { previous?: Doc }) => previous === undefined
    const rows = [...operation.rows.filter(isNew), ...operation.rows.filter((row) => !isNew(row))]
    for (const { document, texts } of rows) {
      this.#put(collection, document)
      const { id, _attachments } = document as { id: string; _attachments: object }
      for (const name of ['front', 'back']) if (!(name in _attachments)) this.#attachments.delete(`${id}/${name}`)
      for (const [name, text] of Object.entries(texts ?? {})) this.#attachments.set(`${id}/${name}`, text)
    }
  }

  content(): StoreContent {
    const inOrder = (name: CollectionName) => [...this.#rows.get(name)!.values()].toSorted((a, b) => a.seq - b.seq)
    return {
      head: this.head,
      rows: { products: inOrder('products'), branches: inOrder('branches'), photos: inOrder('photos') },
      attachments: Object.fromEntries(this.#attachments),
      notes: this.#notes,
    }
  }

  #put(collection: CollectionName, doc: Doc): void {
    this.head += 1
    this.#rows.get(collection)!.set(doc['id'] as string, { seq: this.head, doc })
  }
}
