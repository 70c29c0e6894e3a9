/** What the mirror asks of a store: its changes in commit order. The store implements this port. */
import type { Epoch } from '../../schemas/brand.ts'
import type { Doc } from '../../schemas/json.ts'

export interface FeedPosition {
  readonly epoch: Epoch
  readonly seq: number
}

export interface FeedChange {
  readonly collection: string
  readonly seq: number
  readonly doc: Doc
}

export interface ChangeFeed {
  /** Every epoch of the store with the first seq that it wrote, oldest first. */
  epochs(): readonly { readonly epoch: Epoch; readonly firstSeq: number }[]
  head(): FeedPosition
  /**
   * Current states of the named collections written after `seq`, in seq order, each document once, deleted ones
   * included; `upTo` = the seq that is fully covered by this page.
   */
  changesSince(
    seq: number,
    limit: number,
    collections: readonly string[],
  ): { readonly changes: readonly FeedChange[]; readonly upTo: number }
  /** Present states of these documents, deleted ones included; ids without a document are left out. */
  documents(collection: string, ids: readonly string[]): readonly FeedChange[]
  /** Present states of the documents behind an id, without one of all, in the order of their ids, deleted ones included. */
  documentsAfter(
    collection: string,
    after: string | undefined,
    limit: number,
  ): { readonly documents: readonly FeedChange[]; readonly isLast: boolean }
  /** Calls back after each commit; returns the unsubscribe function. */
  onCommit(listener: () => void): () => void
}
