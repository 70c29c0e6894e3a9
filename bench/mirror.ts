/**
 * Orders with three lines each from the store through feed and mapping into MariaDB or MySQL, beside the bare prepared
 * upsert of the same rows through mysql2, into the same tables on the same server. Connecting, making tables and the
 * first documents, which warm both up, are not counted. Then a million rows, at the usual size, compared with their
 * documents. Mirror and comparison each run in a process of their own, whose memory is measured.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createBareTables, prepareTransactions, writeTransactions } from './support/bare-upsert.ts'
import { createBenchDatabase, type BenchDatabase } from './support/bench-database.ts'
import type { MirrorRun } from './support/mirror-run.ts'
import { orderDocuments } from './support/order-documents.ts'
import { measureReconciliation, type ReconcilePlan } from './support/reconcile-rounds.ts'
import type { Report } from './support/report.ts'
import { runBenchmark } from './support/run-benchmark.ts'
import { checkRows, runMirror, type MirroredOrders } from './support/run-mirror.ts'
import { batches, median, pairedRatio, percentile, rotated, timed } from './support/samples.ts'

export const description =
  'Orders with three lines each from the store into MySQL, beside the bare prepared multi-row upsert of the same rows; then their reconciliation'
export const needs = ['mysql']

const ROUNDS = 3
const LINES = 3
const ROWS_AN_ORDER = 1 + LINES
const WARM_UP = 2000
const SINGLE_CHANGES = 100
const PAGE = 1000
/** A million rows at the usual size. */
const COMPARED_ROWS_EACH = 10

await runBenchmark(import.meta.url, 100_000, async ({ size, folder, report, say }) => {
  const server = process.env['MYSQL_URL']
  if (!server) throw new Error('MYSQL_URL is not set; `npm run bench -- mirror` sets it')
  const subject: MirroredOrders = {
    warmUp: Math.min(WARM_UP, size),
    counted: size,
    singles: Math.min(SINGLE_CHANGES, size),
    lines: LINES,
  }
  const runs: MirrorRun[] = []
  const peers = {
    outpost: async (database: BenchDatabase, round: number) => {
      const own = join(folder, `round${round}`)
      const run = await runMirror(own, database, subject)
      rmSync(own, { recursive: true })
      runs.push(run)
      return run.ms
    },
    bare: (database: BenchDatabase) => runBare(database, subject),
  }
  const rates: Record<keyof typeof peers, number[]> = { outpost: [], bare: [] }
  for (let round = 0; round < ROUNDS; round++) {
    say(`round ${round + 1} of ${ROUNDS}`)
    for (const name of rotated(['outpost', 'bare'] as const, round)) {
      const database = await createBenchDatabase(server)
      try {
        const ms = await peers[name](database, round)
        // Both peers must have done the same work.
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
  const lags = runs.flatMap((run) => run.lags)
  const peak = Math.max(...runs.map(({ peakRssMb }) => peakRssMb))
  report.figure('mirror outpost', median(rates.outpost), 'rows/s')
  report.figure('upsert bare mysql2', median(rates.bare), 'rows/s')
  for (const p of [50, 99])
    report.figure(`lag of a single change outpost p${p}`, percentile(lags, p), 'ms, commit to commit')
  const written = 'MB, the whole process with its store,'
  report.figure('RSS outpost', median(runs.map(({ rssMb }) => rssMb)), `${written} when all was written`)
  report.figure('peak RSS outpost', peak, `${written} at any time`)
  const ratio = pairedRatio(rates.outpost, rates.bare)
  report.ratio('mirror outpost / bare mysql2', ratio)
  report.atLeast('mirror outpost / bare mysql2', 0.6, ratio)
  report.below('lag of a single change outpost p99', 500, percentile(lags, 99))
  report.below('peak RSS outpost', 300, peak)
  const orders = Math.round((size * COMPARED_ROWS_EACH) / ROWS_AN_ORDER)
  await compareRows({ server, folder, orders, say }, report)
})

async function compareRows(plan: Omit<ReconcilePlan, 'rounds' | 'lines'>, report: Report): Promise<void> {
  const runs = await measureReconciliation({ ...plan, lines: LINES, rounds: ROUNDS })
  const seconds = runs.map(({ ms }) => ms / 1000)
  const slowest = Math.max(...seconds)
  const peak = Math.max(...runs.map(({ peakRssMb }) => peakRssMb))
  report.figure('reconcile rows', runs[0]!.figures.rows, 'equal rows, all of them compared')
  report.figure('reconcile outpost', median(seconds), 's, a whole run')
  report.figure('reconcile outpost, slowest', slowest, 's')
  const written = 'MB, the whole process with its store,'
  report.figure('RSS of reconcile outpost', median(runs.map(({ rssMb }) => rssMb)), `${written} at the end of the run`)
  report.figure('peak RSS of reconcile outpost', peak, `${written} at any time`)
  report.below('reconcile outpost, slowest', 60, slowest)
  report.below('peak RSS of reconcile outpost', 300, peak)
}

/** How long the counted documents took, ms. Rows are made ready page by page, which is not counted. */
async function runBare(
  { connection }: BenchDatabase,
  { warmUp, counted, singles, lines }: MirroredOrders,
): Promise<number> {
  await createBareTables(connection)
  let seq = 1
  const write = async (seed: number, count: number): Promise<number> => {
    let ms = 0
    for (const page of batches(orderDocuments({ count, branchId: 'north', seed, lines }), PAGE)) {
      const transactions = prepareTransactions(page, seq)
      seq += page.length
      ms += await timed(() => writeTransactions(connection, transactions))
    }
    return ms
  }
  await write(1, warmUp)
  const ms = await write(2, counted)
  await write(3, singles)
  return ms
}

async function flushLevel({ connection }: BenchDatabase): Promise<number> {
  const [rows] = await connection.query('SELECT @@innodb_flush_log_at_trx_commit AS level')
  return (rows as { level: number }[])[0]!.level
}
