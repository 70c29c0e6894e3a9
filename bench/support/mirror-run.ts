/**
 * A process of its own that mirrors a store that was filled, so that its memory is that of a headquarters and nobody else's:
 * `FOLDER DATABASE WARM_UP_END SINGLES LINES`; the server is that of MYSQL_URL. The last line that it prints is its answer.
 */
import { createChangeFeed } from '../../adapters/sqlite/store-change-feed.ts'
import { GatedFeed } from './gated-feed.ts'
import { openHeadquartersStore, startMirror, writeOrders } from './headquarters-store.ts'
import { orderDocuments } from './order-documents.ts'
import { ownPeakRssMb } from './peak-rss.ts'
import { msSince, timed } from './samples.ts'

export interface MirrorRun {
  /** How long the counted documents took. */
  readonly ms: number
  /** Of each single change, from its commit to MySQL's, ms. */
  readonly lags: readonly number[]
  /** Of the whole process, MB: when all was written, and the most that it ever was. */
  readonly rssMb: number
  readonly peakRssMb: number
}

const [folder = '', database = '', ...numbers] = process.argv.slice(2)
const [warmUpEnd = 0, singles = 0, lines = 0] = numbers.map(Number)

const store = openHeadquartersStore(folder)
const feed = new GatedFeed(createChangeFeed(store))
const mirror = startMirror(feed, database)
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
    writeOrders(store, [doc])
    lags.push(
      await timed(() => {
        feed.openTo(store.head().seq)
        return mirror.level()
      }),
    )
  }
  const { parked } = mirror.status()
  if (parked > 0) throw new Error(`${parked} documents were refused`)
  const run: MirrorRun = { ms, lags, rssMb, peakRssMb: ownPeakRssMb() }
  process.stdout.write(`${JSON.stringify(run)}\n`)
} finally {
  await mirror.stop()
  store.close()
}
