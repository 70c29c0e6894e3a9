/** The near side of PouchDB, a process of its own: a database on LevelDB that replicates with a server. */
import { join } from 'node:path'
import { startJsonServer } from './json-server.ts'
import { loadPouchDbPackage, loadPouchOrders, type PouchDbClass } from './pouchdb-packages.ts'
import type { Direction } from './replication-leg.ts'

const [folder = ''] = process.argv.slice(2)
const PouchDb = loadPouchDbPackage('pouchdb') as PouchDbClass
const orders = new PouchDb(join(folder, 'orders'))

startJsonServer({
  '/load': async ({ count }: { count: number }) => ({ loaded: await loadPouchOrders(orders, count) }),
  '/count': async () => ({ count: (await orders.info()).doc_count }),
  '/replicate': async ({ url, direction, batch }: { url: string; direction: Direction; batch: number }) => {
    const [from, to] = direction === 'up' ? [orders, url] : [url, orders]
    return PouchDb.replicate(from, to, { batch_size: batch })
  },
})
