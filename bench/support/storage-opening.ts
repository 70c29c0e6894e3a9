/** A process of its own that opens a filled store and reads one document: `FOLDER ID`. */
import { outpostPeer } from './rx-storage-peer.ts'
import { msSince } from './samples.ts'

export interface Opening {
  /** From nothing to the first document read. */
  readonly ms: number
  /** Of the whole process, MB. */
  readonly rssMb: number
}

const [folder, id] = process.argv.slice(2)
const start = process.hrtime.bigint()
const storage = await outpostPeer.open(folder!)
const found = await storage.findById(id!)
const ms = msSince(start)
if (!found) throw new Error(`${id} is not in the store`)
const rssMb = process.memoryUsage.rss() / 1e6
await storage.close()
process.stdout.write(`${JSON.stringify({ ms, rssMb } satisfies Opening)}\n`)
