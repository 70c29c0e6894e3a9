/** Writes orders into a store by the path that imports and commands take. */
import type { Replica } from '../../adapters/exchange/replica.ts'
import { writeDocument } from '../../adapters/exchange/write-documents.ts'
import { orders } from '../../schemas/collections/orders.ts'
import { orderDocuments, type OrderPlan } from './order-documents.ts'
import { chunks } from './samples.ts'

const TRANSACTION = 1000

export function importOrders(replica: Replica, plan: OrderPlan): void {
  for (const chunk of chunks([...orderDocuments(plan)], TRANSACTION)) {
    replica.store.transaction('import', (write) => {
      for (const doc of chunk) {
        const written = writeDocument(replica, write, orders, doc['id'] as string, () => doc)
        if (written.outcome !== 'inserted') throw new Error(`an order was ${written.outcome}`)
      }
    })
  }
}
