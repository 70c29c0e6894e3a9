/** A process of its own that runs RxDB's own performance test on one storage: `PEER DOCUMENTS RUNS FOLDER`. */
import { runPerformanceTests } from 'rxdb/plugins/test-utils'
import { RX_STORAGE_PEERS } from './rx-storage-peer.ts'

/** By the names that RxDB gives its steps: ms, of the fastest runs (RxDB leaves the slowest 95 % out). */
export type RxdbTimes = Readonly<Record<string, number>>

const SETTINGS = ['description', 'collectionsAmount', 'docsAmount']
const [name, documents, runs, folder] = process.argv.slice(2)
const peer = RX_STORAGE_PEERS.find((each) => each.name === name)!
const { storage, close } = peer.openRxStorage(folder!)
const result = await runPerformanceTests(storage, peer.name, {
  runs: Number(runs),
  docsAmount: Number(documents),
  waitBetweenTests: 0,
  log: false,
})
const steps = Object.entries(result).filter(([step]) => !SETTINGS.includes(step))
close()
process.stdout.write(`${JSON.stringify(Object.fromEntries(steps))}\n`)
// RxDB's idle queue may have timers left.
process.exit()
