/** What a write's time may be: any that a clock can show. */
import { join } from 'node:path'
import type { RxCollection } from 'rxdb'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openCollections } from '../../../adapters/rxdb/open-collections.ts'
import { WriterClock } from '../../../adapters/rxdb/writer-clock.ts'
import { REPLICATED_DATABASE } from '../../../adapters/sqlite/layout.ts'
import { getRxStorageSqlite } from '../../../adapters/sqlite/rx-storage.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import type { WriterId } from '../../../schemas/brand.ts'
import { products, type ProductDocument } from '../../../schemas/collections/products.ts'
import { temporaryFolder } from '../../support/node-process.ts'

let folder: { path: string; remove: () => void }

beforeEach(() => {
  folder = temporaryFolder()
  vi.useFakeTimers({ toFake: ['Date'] })
})

afterEach(() => {
  vi.useRealTimers()
  folder.remove()
})

const tea = (id: string): ProductDocument => ({ id, name: 'Tea', price: 1200, currency: 'CNY' })

async function open(name: string) {
  const store = new Store({ file: join(folder.path, `${name}.sqlite`), declarations: [products], tracksPending: true })
  const database = await openCollections({
    name: REPLICATED_DATABASE,
    storage: getRxStorageSqlite(store),
    declarations: [products],
    stamp: new WriterClock({ writer: 'here' as WriterId }).stamp,
    multiInstance: false,
  })
  const close = async () => {
    await database.close()
    store.close()
  }
  return { collection: database['products'] as RxCollection<ProductDocument>, close }
}

it('a store is made, and takes writes, at any moment from 2000 to 2099', async () => {
  // RxDB's write times never go back within a process, so the years come in their order.
  for (let decade = 2000; decade < 2100; decade += 10) {
    vi.setSystemTime(Date.UTC(decade, 0))
    const { collection, close } = await open(String(decade))
    for (let month = 0; month < 120; month++) {
      const moment = Date.UTC(decade, month, 1 + (month % 28), month % 24, (month * 7) % 60, month % 60, month * 8)
      vi.setSystemTime(moment)
      const id = `${decade}-${month}`
      // Several in one millisecond have several decimals.
      const docs = [0, 1, 2].map((n) => tea(`${id}-${n}`))
      const { error } = await collection.bulkInsert(docs)
      expect(error, new Date(moment).toISOString()).toEqual([])
    }
    await close()
  }
})

it('what is no document of the schema is refused as before', async () => {
  const { collection, close } = await open('any')
  await expect(collection.insert({ ...tea('1'), price: -1 })).rejects.toMatchObject({
    code: 'VD2',
  })
  await close()
})
