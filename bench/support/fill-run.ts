/** A process of its own that fills a store, so that what that leaves in memory is nobody's: `FOLDER WARM_UP COUNTED LINES`. */
import { openHeadquartersStore, writeOrders } from './headquarters-store.ts'
import { orderDocuments } from './order-documents.ts'

export interface FillRun {
  /** The store's seq behind the documents that warm up. */
  readonly warmUpEnd: number
}

const [folder = '', ...numbers] = process.argv.slice(2)
const [warmUp = 0, counted = 0, lines = 0] = numbers.map(Number)

const store = openHeadquartersStore(folder)
try {
  writeOrders(store, orderDocuments({ count: warmUp, branchId: 'north', seed: 1, lines }))
  const run: FillRun = { warmUpEnd: store.head().seq }
  writeOrders(store, orderDocuments({ count: counted, branchId: 'north', seed: 2, lines }))
  process.stdout.write(`${JSON.stringify(run)}\n`)
} finally {
  store.close()
}
