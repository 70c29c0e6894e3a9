/** Orders in plain RxDB: memory storage, RxDB's own conflict handler, nothing else. */
import { createRxDatabase, type RxCollection } from 'rxdb'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { orders } from '../../schemas/collections/orders.ts'
import type { Doc } from '../../schemas/json.ts'
import { orderDocuments } from './order-documents.ts'
import { BRANCH_ID, ORDERS_SEED } from './replication-leg.ts'
import { chunks } from './samples.ts'

const BULK = 1000

export async function createPlainCollection(): Promise<RxCollection<Doc>> {
  const database = await createRxDatabase({ name: 'plain', storage: getRxStorageMemory(), multiInstance: false })
  const { orders: collection } = await database.addCollections({ orders: { schema: orders.schema } })
  return collection
}

export async function loadOrders(collection: RxCollection<Doc>, count: number): Promise<void> {
  const documents = [...orderDocuments({ count, branchId: BRANCH_ID, seed: ORDERS_SEED })]
  for (const chunk of chunks(documents, BULK)) {
    const { error } = await collection.bulkInsert(chunk.map(({ _deleted, ...doc }) => doc))
    if (error.length > 0) throw new Error(`${error.length} orders were refused`)
  }
}
