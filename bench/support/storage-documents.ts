/** Orders with the fields that RxDB gives a document before it reaches a storage. */
import { now } from 'rxdb/plugins/utils'
import { orderDocuments, type OrderPlan } from './order-documents.ts'
import type { DocData } from './storage-peer.ts'

export function* storageDocuments(plan: OrderPlan): Generator<DocData> {
  for (const doc of orderDocuments(plan)) {
    yield { ...doc, _deleted: false, _attachments: {}, _meta: { lwt: now() }, _rev: '1-benchmark' }
  }
}
