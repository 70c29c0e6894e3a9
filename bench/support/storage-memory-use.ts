/** A process of its own that fills one storage and says how much memory it takes: `PEER COUNT FOLDER`. */
import { collectGarbage } from './collect-garbage.ts'
import { fillStorage } from './fill-storage.ts'
import { STORAGE_PEERS } from './storage-peers.ts'

export interface MemoryUse {
  /** Of the whole process, MB. */
  readonly rssMb: number
}

const [name, count, folder] = process.argv.slice(2)
const peer = STORAGE_PEERS.find((each) => each.name === name)!
const storage = await peer.open(folder!)
await fillStorage(storage, { count: Number(count), branchId: 'north', seed: 1 })
collectGarbage()
process.stdout.write(`${JSON.stringify({ rssMb: process.memoryUsage.rss() / 1e6 } satisfies MemoryUse)}\n`)
await storage.close()
