/** A store's change feed in memory. Its history can be forked, as a restored backup does. */
import type { Epoch } from '../../../schemas/brand.ts'
import type { Doc } from '../../../schemas/json.ts'
import type { ChangeFeed, FeedChange, FeedPosition } from '../../../adapters/mysql/change-feed.ts'

export class MemoryFeed implements ChangeFeed {
  readonly #documents = new Map<string, FeedChange>()
  readonly #epochs: { epoch: Epoch; firstSeq: number }[]
  readonly #listeners = new Set<() => void>()
  #seq: number

  constructor(epoch = 'epoch-1', from?: MemoryFeed) {
    for (const [key, change] of from?.all() ?? []) this.#documents.set(key, change)
    this.#seq = from?.head().seq ?? 0
    this.#epochs = [...(from?.epochs() ?? []), { epoch: epoch as Epoch, firstSeq: this.#seq + 1 }]
  }

  /** The same store after a restart, or, taken from an earlier moment, after a restore. */
  reopened(epoch: string): MemoryFeed {
    return new MemoryFeed(epoch, this)
  }

  /** One commit. */
  put(collection: string, ...docs: Doc[]): void {
    for (const doc of docs) {
      this.#seq += 1
      const key = `${collection}/${String(doc['id'])}`
      this.#documents.delete(key)
      this.#documents.set(key, { collection, seq: this.#seq, doc })
    }
    for (const listener of this.#listeners) listener()
  }

  remove(collection: string, id: string): void {
    this.put(collection, { id, _deleted: true })
  }

  /** As a store does with the tombstones that nobody needs any more. */
  purge(collection: string, id: string): void {
    this.#documents.delete(`${collection}/${id}`)
  }

  all(): ReadonlyMap<string, FeedChange> {
    return this.#documents
  }

  epochs(): readonly { readonly epoch: Epoch; readonly firstSeq: number }[] {
    return this.#epochs
  }

  head(): FeedPosition {
    return { epoch: this.#epochs.at(-1)!.epoch, seq: this.#seq }
  }

  changesSince(seq: number, limit: number, collections: readonly string[]) {
    const later = [...this.#documents.values()].filter(
      (change) => change.seq > seq && collections.includes(change.collection),
    )
    const changes = later.slice(0, limit)
    return { changes, upTo: later.length > limit ? changes.at(-1)!.seq : this.#seq }
  }

  documents(collection: string, ids: readonly string[]) {
    return ids.flatMap((id) => this.#documents.get(`${collection}/${id}`) ?? [])
  }

  documentsAfter(collection: string, after: string | undefined, limit: number) {
    const idOf = ({ doc }: FeedChange) => String(doc['id'])
    const later = [...this.#documents.values()]
      .filter((change) => change.collection === collection && (after === undefined || idOf(change) > after))
      .toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
    return { documents: later.slice(0, limit), isLast: later.length < limit }
  }

  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
