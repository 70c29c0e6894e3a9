/**
 * A process of its own that compares a store with its rows in MySQL, so that its memory is that of the comparison and not
 * of whatever wrote them: `FOLDER DATABASE`, as a `mirror-run` has left them; the server is that of MYSQL_URL. The last
 * line that it prints is its answer.
 */
import { reconcileMirror } from '../../adapters/reconcile/reconcile-mirror.ts'
import { createChangeFeed } from '../../adapters/sqlite/store-change-feed.ts'
import { allParts } from '../../cloud-node/reconcile-parts.ts'
import type { ReconcileFigures } from '../../schemas/protocol/reconciliation.ts'
import { openHeadquartersStore, startMirror } from './headquarters-store.ts'
import { ownPeakRssMb } from './peak-rss.ts'
import { msSince } from './samples.ts'

export interface ReconcileRun {
  readonly ms: number
  readonly figures: ReconcileFigures
  /** Of the whole process, MB: when the run had ended, and the most that it ever was. */
  readonly rssMb: number
  readonly peakRssMb: number
}

const [folder = '', database = ''] = process.argv.slice(2)
const store = openHeadquartersStore(folder)
const feed = createChangeFeed(store)
const mirror = startMirror(feed, database)
try {
  await mirror.level()
  const start = process.hrtime.bigint()
  const { differences, ...figures } = await reconcileMirror({
    mirror,
    feed,
    parts: allParts(mirror, store.declarations, {}),
    repairUpTo: 0,
    signal: new AbortController().signal,
  })
  const ms = msSince(start)
  const rssMb = process.memoryUsage.rss() / 1e6
  if (differences.length > 0) process.stderr.write(`the first difference: ${JSON.stringify(differences[0])}\n`)
  const run: ReconcileRun = { ms, figures, rssMb, peakRssMb: ownPeakRssMb() }
  process.stdout.write(`${JSON.stringify(run)}\n`)
} finally {
  await mirror.stop()
  store.close()
}
