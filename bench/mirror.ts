/**
 * Orders with three lines each from the store through feed and mapping into MariaDB or MySQL, beside the bare prepared
 * upsert of the same rows through mysql2, into the same tables on the same server. Connecting, making tables and the
 * first documents, which warm both up, are not counted.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { withLocalFields } from '../adapters/exchange/local-fields.ts'
import { Mirror } from '../adapters/mysql/mirror.ts'
import { ROW_STATE } from '../adapters/sqlite/document-row.ts'
import { createChangeFeed } from '../adapters/sqlite/store-change-feed.ts'
import { Store } from '../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../schemas/collections.ts'
import type { Doc } from '../schemas/json.ts'
import { createBareTables, prepareTransactions, writeTransactions } from './support/bare-upsert.ts'
import { createBenchDatabase, type BenchDatabase } from './support/bench-database.ts'
import { GatedFeed } from './support/gated-feed.ts'
import { orderDocuments } from './support/order-documents.ts'
import { runBenchmark } from './support/run-benchmark.ts'
import { chunks, median, msSince, pairedRatio, percentile, rotated, timed } from './support/samples.ts'

export const description =
  'Orders with three lines each from the store into MySQL, beside the bare prepared multi-row upsert of the same rows'
export const needs = ['mysql']

const ROUNDS = 3
const LINES = 3
const ROWS_AN_ORDER = 1 + LINES
const WARM_UP = 2000
const SINGLE_CHANGES = 100
const TRANSACTION = 1000
const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

interface Subject {
  readonly warmUp: readonly Doc[]
  readonly counted: readonly Doc[]
  readonly singles: readonly Doc[]
}

await runBenchmark(import.meta.url, 10_000, async ({ size, folder, report, say }) => {
  const server = process.env['MYSQL_URL']
  if (!server) throw new Error('MYSQL_URL is not set; `npm run bench -- mirror` sets it')
  const set = (seed: number, count: number) => [...orderDocuments({ count, branchId: 'north', seed, lines: LINES })]
  const subject: Subject = {
    warmUp: set(1, Math.min(WARM_UP, size)),
    counted: set(2, size),
    singles: set(3, Math.min(SINGLE_CHANGES, size)),
  }
  const lags: number[] = []
  const peers = {
    outpost: (database: BenchDatabase, round: number) =>
      runMirror(join(folder, `round${round}`), database, subject, lags),
    bare: (database: BenchDatabase) => runBare(database, subject),
  }
  const rates: Record<keyof typeof peers, number[]> = { outpost: [], bare: [] }
  for (let round = 0; round < ROUNDS; round++) {
    say(`round ${round + 1} of ${ROUNDS}`)
    for (const name of rotated(['outpost', 'bare'] as const, round)) {
      const database = await createBenchDatabase(server)
      try {
        const ms = await peers[name](database, round)
        await checkRows(database, subject)
        const rate = (size * ROWS_AN_ORDER * 1000) / ms
        rates[name].push(rate)
        say(`  ${name}: ${Math.round(rate).toLocaleString('en')} rows/s`)
        if (round === 0)
          report.figure('innodb_flush_log_at_trx_commit', await flushLevel(database), '1 = synced at each commit')
      } finally {
        await database.drop()
      }
    }
  }
  report.figure('mirror outpost', median(rates.outpost), 'rows/s')
  report.figure('upsert bare mysql2', median(rates.bare), 'rows/s')
  for (const p of [50, 99])
    report.figure(`lag of a single change outpost p${p}`, percentile(lags, p), 'ms, commit to commit')
  const ratio = pairedRatio(rates.outpost, rates.bare)
  report.ratio('mirror outpost / bare mysql2', ratio)
  report.atLeast('mirror outpost / bare mysql2', 0.6, ratio)
  report.below('lag of a single change outpost p99', 500, percentile(lags, 99))
})

/** How long the counted documents took, ms. */
async function runMirror(folder: string, { url }: BenchDatabase, subject: Subject, lags: number[]): Promise<number> {
  mkdirSync(folder, { recursive: true })
  const store = new Store({ file: join(folder, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: false })
  write(store, subject.warmUp)
  const warmUpEnd = store.head().seq
  write(store, subject.counted)
  const feed = new GatedFeed(createChangeFeed(store))
  const mirror = new Mirror({ feed, declarations: COLLECTIONS, url, log: SILENT })
  mirror.start()
  try {
    feed.openTo(warmUpEnd)
    await mirror.level()
    const start = process.hrtime.bigint()
    feed.openTo(store.head().seq)
    await mirror.level()
    const ms = msSince(start)
    for (const doc of subject.singles) {
      write(store, [doc])
      lags.push(
        await timed(() => {
          feed.openTo(store.head().seq)
          return mirror.level()
        }),
      )
    }
    const { parked } = mirror.status()
    if (parked > 0) throw new Error(`${parked} documents were refused`)
    return ms
  } finally {
    await mirror.stop()
    store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** How long the counted documents took, ms. */
async function runBare({ connection }: BenchDatabase, { warmUp, counted, singles }: Subject): Promise<number> {
  await createBareTables(connection)
  const transactions = prepareTransactions(counted, warmUp.length + 1)
  await writeTransactions(connection, prepareTransactions(warmUp, 1))
  const ms = await timed(() => writeTransactions(connection, transactions))
  await writeTransactions(connection, prepareTransactions(singles, warmUp.length + counted.length + 1))
  return ms
}

function write(store: Store, documents: readonly Doc[]): void {
  const table = store.table('orders')
  for (const chunk of chunks(documents, TRANSACTION)) {
    store.transaction('bench', (context) => {
      for (const doc of chunk) {
        table.put(context, withLocalFields(doc, undefined, store.epoch), { state: ROW_STATE.clean, origin: '' })
      }
    })
  }
}

/** Both peers must have done the same work. */
async function checkRows({ connection }: BenchDatabase, { warmUp, counted, singles }: Subject): Promise<void> {
  const orders = warmUp.length + counted.length + singles.length
  for (const [table, expected] of [
    ['orders', orders],
    ['order_line', orders * LINES],
  ] as const) {
    const [rows] = await connection.query(`SELECT COUNT(*) AS n FROM \`${table}\``)
    const found = (rows as { n: number }[])[0]!.n
    if (found !== expected) throw new Error(`${table} has ${found} rows of ${expected}`)
  }
}

async function flushLevel({ connection }: BenchDatabase): Promise<number> {
  const [rows] = await connection.query('SELECT @@innodb_flush_log_at_trx_commit AS level')
  return (rows as { level: number }[])[0]!.level
}
