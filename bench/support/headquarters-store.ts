/** The store that one process of a benchmark fills and mirrors, and that others mirror from: the same file, the same mapping. */
import { join } from 'node:path'
import { withLocalFields } from '../../adapters/exchange/local-fields.ts'
import type { ChangeFeed } from '../../adapters/mysql/change-feed.ts'
import { Mirror } from '../../adapters/mysql/mirror.ts'
import { ROW_STATE } from '../../adapters/sqlite/document-row.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { CACHE_LENGTH } from '../../cloud-node/cache-length.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { Doc } from '../../schemas/json.ts'
import { batches } from './samples.ts'

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

export function openHeadquartersStore(folder: string): Store {
  const file = join(folder, 'store.sqlite')
  return new Store({ file, declarations: COLLECTIONS, tracksPending: false, cacheLength: CACHE_LENGTH })
}

/** As they come: a list of them all would be most of what is measured. */
export function writeOrders(store: Store, orders: Iterable<Doc>): void {
  const table = store.table('orders')
  for (const batch of batches(orders, TRANSACTION)) {
    store.transaction('bench', (context) => {
      for (const doc of batch) {
        table.put(context, withLocalFields(doc, undefined, store.epoch), { state: ROW_STATE.clean, origin: '' })
      }
    })
  }
}

const TRANSACTION = 1000

/** Into a database of the server of MYSQL_URL. */
export function startMirror(feed: ChangeFeed, database: string): Mirror {
  const url = new URL(process.env['MYSQL_URL']!)
  url.pathname = `/${database}`
  const mirror = new Mirror({ feed, declarations: COLLECTIONS, url: url.href, log: SILENT })
  mirror.start()
  return mirror
}
