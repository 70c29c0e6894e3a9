/**
 * A process with a clock of its own that works with a store through RxDB; argument: JSON as `ShopDay`. It prints the
 * checkpoint that a reader of all its changes has at its end.
 */
import { createRxDatabase, type RxCollection } from 'rxdb'
import { getRxStorageSqlite } from '../../../adapters/sqlite/rx-storage.ts'
import { REPLICATED_DATABASE } from '../../../adapters/sqlite/layout.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { products, type ProductDocument } from '../../../schemas/collections/products.ts'

export interface ShopDay {
  readonly file: string
  /** How far the clock of the PC is off. */
  readonly clockShiftMs: number
  readonly inserts: readonly string[]
  readonly updates: readonly string[]
  readonly deletions: readonly string[]
}

const day = JSON.parse(process.argv[2]!) as ShopDay
const trueNow = Date.now
// What RxDB and the store ask for the time.
Date.now = () => trueNow() + day.clockShiftMs

const store = new Store({ file: day.file, declarations: [products], tracksPending: true })
const database = await createRxDatabase({
  name: REPLICATED_DATABASE,
  storage: getRxStorageSqlite(store),
  multiInstance: false,
})
const added = await database.addCollections({ products: { schema: products.schema } })
const collection = added.products as unknown as RxCollection<ProductDocument>
for (const id of day.inserts) await collection.insert({ id, name: id, price: 1, currency: 'CNY' })
for (const id of day.updates) await (await collection.findOne(id).exec(true)).patch({ price: 2 })
for (const id of day.deletions) await (await collection.findOne(id).exec(true)).remove()
const { checkpoint } = await collection.storageInstance.getChangedDocumentsSince!(1000)
await database.close()
store.close()
process.stdout.write(JSON.stringify(checkpoint))
