/** A change feed that shows the store only up to a position until it is let go on, so that a start can be timed. */
import type { ChangeFeed, FeedPosition } from '../../adapters/mysql/change-feed.ts'

export class GatedFeed implements ChangeFeed {
  readonly #feed: ChangeFeed
  readonly #listeners = new Set<() => void>()
  #upTo = 0

  constructor(feed: ChangeFeed) {
    this.#feed = feed
  }

  /** Shows everything up to `seq`, and says so as a commit does. */
  openTo(seq: number): void {
    this.#upTo = seq
    for (const listener of this.#listeners) listener()
  }

  epochs(): ReturnType<ChangeFeed['epochs']> {
    return this.#feed.epochs()
  }

  head(): FeedPosition {
    const { epoch, seq } = this.#feed.head()
    return { epoch, seq: Math.min(seq, this.#upTo) }
  }

  changesSince(seq: number, limit: number, collections: readonly string[]): ReturnType<ChangeFeed['changesSince']> {
    const { changes, upTo } = this.#feed.changesSince(seq, limit, collections)
    if (upTo <= this.#upTo) return { changes, upTo }
    return { changes: changes.filter((change) => change.seq <= this.#upTo), upTo: this.#upTo }
  }

  documents(collection: string, ids: readonly string[]): ReturnType<ChangeFeed['documents']> {
    return this.#feed.documents(collection, ids).filter(({ seq }) => seq <= this.#upTo)
  }

  documentsAfter(
    collection: string,
    after: string | undefined,
    limit: number,
  ): ReturnType<ChangeFeed['documentsAfter']> {
    let last = after
    for (;;) {
      const { documents, isLast } = this.#feed.documentsAfter(collection, last, limit)
      const shown = documents.filter(({ seq }) => seq <= this.#upTo)
      // A page that shows nothing would say of no id that it was passed.
      if (shown.length > 0 || isLast) return { documents: shown, isLast }
      last = String(documents.at(-1)!.doc['id'])
    }
  }

  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
