/** The store that one process of a benchmark fills and mirrors, and that others mirror from: the same file, the same mapping. */
import { join } from 'node:path'
import type { ChangeFeed } from '../../adapters/mysql/change-feed.ts'
import { Mirror } from '../../adapters/mysql/mirror.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

export function openHeadquartersStore(folder: string): Store {
  return new Store({ file: join(folder, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: false })
}

/** Into a database of the server of MYSQL_URL. */
export function startMirror(feed: ChangeFeed, database: string): Mirror {
  const url = new URL(process.env['MYSQL_URL']!)
  url.pathname = `/${database}`
  const mirror = new Mirror({ feed, declarations: COLLECTIONS, url: url.href, log: SILENT })
  mirror.start()
  return mirror
}
