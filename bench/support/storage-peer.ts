/** What every storage under comparison can do; each answers with parsed documents. */
import type { RxDocumentData } from 'rxdb'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { orders } from '../../schemas/collections/orders.ts'
import type { Doc } from '../../schemas/json.ts'

export type DocData = RxDocumentData<Doc>

export interface StoragePeer {
  readonly name: string
  /** @param folder an empty one, for those that write to the disk */
  open(folder: string): Promise<OpenStorage>
}

export interface OpenStorage {
  /** Resolves when the documents are as safe as this storage makes them. */
  insert(documents: readonly DocData[]): Promise<void>
  findById(id: string): Promise<DocData | undefined>
  /** A query by the index on `memberId`. */
  ofMember(memberId: string): Promise<readonly DocData[]>
  /** A range by the index on `placedAt`, in its order, cut to `limit`. */
  placedFrom(from: string, limit: number): Promise<readonly DocData[]>
  /** The next changes, and where they end. */
  changesSince(checkpoint: unknown, limit: number): Promise<{ documents: readonly DocData[]; checkpoint: unknown }>
  /** `PRAGMA synchronous`, for what is SQLite: 2 is FULL. */
  synchronous(): number | undefined
  close(): Promise<void>
}

/** Orders with three indexes, whose fields are all required: RxDB's Dexie storage takes no others. */
export const STORED_ORDERS: CollectionDeclaration = {
  ...orders,
  schema: {
    ...orders.schema,
    required: [...(orders.schema.required as string[]), 'memberId'],
    indexes: ['placedAt', 'status', 'memberId'],
  },
}
