/** A process of its own that fills one storage and says how much memory it takes: `PEER COUNT FOLDER`. */
import { STORAGE_PEERS } from './storage-peers.ts'
import { storageDocuments } from './storage-documents.ts'
import type { DocData } from './storage-peer.ts'

export interface MemoryUse {
  /** Of the whole process, MB. */
  readonly rssMb: number
}

const BATCH = 1000
const [name, count, folder] = process.argv.slice(2)
const peer = STORAGE_PEERS.find((each) => each.name === name)!
const storage = await peer.open(folder!)
let batch: DocData[] = []
for (const doc of storageDocuments({ count: Number(count), branchId: 'north', seed: 1 })) {
  batch.push(doc)
  if (batch.length < BATCH) continue
  await storage.insert(batch)
  batch = []
}
if (batch.length > 0) await storage.insert(batch)
batch = []
globalThis.gc?.()
process.stdout.write(`${JSON.stringify({ rssMb: process.memoryUsage.rss() / 1e6 } satisfies MemoryUse)}\n`)
await storage.close()
