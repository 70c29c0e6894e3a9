/** What a writer of these tests does in one step. */
import type { Doc } from '../../../schemas/json.ts'

/** The first two are replicated collections, the last one has attachments. */
export const COLLECTION_NAMES = ['products', 'branches', 'photos'] as const
export type CollectionName = (typeof COLLECTION_NAMES)[number]

export interface PlannedRow {
  readonly previous?: Doc
  readonly document: Doc
  /** The data of new attachments by their id; the document holds their stubs. */
  readonly texts?: Readonly<Record<string, string>>
}

export type Operation =
  | { readonly do: 'write'; readonly collection: CollectionName; readonly rows: readonly PlannedRow[] }
  /** Documents and a plain row in one transaction of the store. */
  | {
      readonly do: 'group'
      readonly collection: CollectionName
      readonly documents: readonly Doc[]
      readonly note: string
    }
  /** Tombstones go for good, the newest row perhaps among them. */
  | { readonly do: 'cleanup'; readonly collection: CollectionName }

/** Operations that are issued without waiting for one another. */
export type Burst = readonly Operation[]
