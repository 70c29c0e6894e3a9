/** Orders in batches, as a branch pushes them. */
import type { PushRequest } from '../../schemas/protocol/exchange.ts'
import { orders } from '../../schemas/collections/orders.ts'
import { orderDocuments } from './order-documents.ts'
import { chunks } from './samples.ts'

export const BRANCH_ID = 'b1'

export function orderBatches(count: number, size: number): PushRequest['documents'][] {
  const documents = [...orderDocuments({ count: count * size, branchId: BRANCH_ID, seed: 6 })]
  const { name, schema } = orders
  const rows = documents.map((document, i) => ({ collection: name, version: schema.version, seq: i + 1, document }))
  return chunks(rows, size)
}
