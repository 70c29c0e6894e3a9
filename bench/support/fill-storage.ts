/** Fills a storage with orders, a thousand a write, without holding more than those thousand. */
import type { OrderPlan } from './order-documents.ts'
import { storageDocuments } from './storage-documents.ts'
import type { DocData, OpenStorage } from './storage-peer.ts'

const BATCH = 1000

export interface Filled {
  /** Of the first document of the last write. */
  readonly id: string
}

/** @param onBatch how many documents are in it by now */
export async function fillStorage(
  storage: Pick<OpenStorage, 'insert'>,
  plan: OrderPlan,
  onBatch?: (done: number) => void,
): Promise<Filled> {
  let batch: DocData[] = []
  let id = ''
  let done = 0
  for (const doc of storageDocuments(plan)) {
    batch.push(doc)
    done += 1
    if (batch.length < BATCH && done < plan.count) continue
    await storage.insert(batch)
    id = batch[0]!['id'] as string
    batch = []
    onBatch?.(done)
  }
  return { id }
}
