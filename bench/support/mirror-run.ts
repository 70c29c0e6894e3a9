/**
 * A process of its own that fills a store and mirrors it, so that its memory is that of a headquarters and nobody else's:
 * `FOLDER DATABASE WARM_UP COUNTED SINGLES LINES`; the server is that of MYSQL_URL. The last line that it prints is its answer.
 */
import { join } from 'node:path'
import { withLocalFields } from '../../adapters/exchange/local-fields.ts'
import { Mirror } from '../../adapters/mysql/mirror.ts'
import { ROW_STATE } from '../../adapters/sqlite/document-row.ts'
import { createChangeFeed } from '../../adapters/sqlite/store-change-feed.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { Doc } from '../../schemas/json.ts'
import { GatedFeed } from './gated-feed.ts'
import { orderDocuments } from './order-documents.ts'
import { batches, msSince, timed } from './samples.ts'

export interface MirrorRun {
  /** How long the counted documents took. */
  readonly ms: number
  /** Of each single change, from its commit to MySQL's, ms. */
  readonly lags: readonly number[]
  /** Of the whole process, MB: when all was written, and the most that it ever was. */
  readonly rssMb: number
  readonly peakRssMb: number
}

const TRANSACTION = 1000
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

const [folder = '', database = '', ...numbers] = process.argv.slice(2)
const [warmUp = 0, counted = 0, singles = 0, lines = 0] = numbers.map(Number)
const url = new URL(process.env['MYSQL_URL']!)
url.pathname = `/${database}`

const store = new Store({ file: join(folder, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: false })
write(orderDocuments({ count: warmUp, branchId: 'north', seed: 1, lines }))
const warmUpEnd = store.head().seq
write(orderDocuments({ count: counted, branchId: 'north', seed: 2, lines }))
const feed = new GatedFeed(createChangeFeed(store))
const mirror = new Mirror({ feed, declarations: COLLECTIONS, url: url.href, log: SILENT })
mirror.start()
try {
  feed.openTo(warmUpEnd)
  await mirror.level()
  const start = process.hrtime.bigint()
  feed.openTo(store.head().seq)
  await mirror.level()
  const ms = msSince(start)
  const rssMb = process.memoryUsage.rss() / 1e6
  const lags: number[] = []
  for (const doc of orderDocuments({ count: singles, branchId: 'north', seed: 3, lines })) {
    write([doc])
    lags.push(
      await timed(() => {
        feed.openTo(store.head().seq)
        return mirror.level()
      }),
    )
  }
  const { parked } = mirror.status()
  if (parked > 0) throw new Error(`${parked} documents were refused`)
  const peakRssMb = (process.resourceUsage().maxRSS * 1024) / 1e6
  process.stdout.write(`${JSON.stringify({ ms, lags, rssMb, peakRssMb } satisfies MirrorRun)}\n`)
} finally {
  await mirror.stop()
  store.close()
}

/** As they come: a list of them all would be most of what is measured. */
function write(documents: Iterable<Doc>): void {
  const table = store.table('orders')
  for (const batch of batches(documents, TRANSACTION)) {
    store.transaction('bench', (context) => {
      for (const doc of batch) {
        table.put(context, withLocalFields(doc, undefined, store.epoch), { state: ROW_STATE.clean, origin: '' })
      }
    })
  }
}
