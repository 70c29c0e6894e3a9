/** Fills a store and runs a mirror of it, each in a process of its own; its store stays in its folder, its rows in the database. */
import { mkdirSync } from 'node:fs'
import type { BenchDatabase } from './bench-database.ts'
import type { FillRun } from './fill-run.ts'
import type { MirrorRun } from './mirror-run.ts'
import { runScriptFile } from './run-script-file.ts'

/** Numbers of orders: before the clock runs, while it runs, one by one; and how many lines each has. */
export interface MirroredOrders {
  readonly warmUp: number
  readonly counted: number
  readonly singles: number
  readonly lines: number
}

export async function runMirror(folder: string, { name }: BenchDatabase, orders: MirroredOrders): Promise<MirrorRun> {
  mkdirSync(folder, { recursive: true })
  const { warmUp, counted, singles, lines } = orders
  const filled = [folder, ...[warmUp, counted, lines].map(String)]
  const { warmUpEnd } = await runScriptFile<FillRun>('fill-run.js', filled)
  return runScriptFile<MirrorRun>('mirror-run.js', [folder, name, ...[warmUpEnd, singles, lines].map(String)])
}

/** @throws when the tables hold another number of rows */
export async function checkRows({ connection }: BenchDatabase, { lines, ...orders }: MirroredOrders): Promise<void> {
  const count = orders.warmUp + orders.counted + orders.singles
  for (const [table, expected] of [
    ['orders', count],
    ['order_line', count * lines],
  ] as const) {
    const [rows] = await connection.query(`SELECT COUNT(*) AS n FROM \`${table}\``)
    const found = (rows as { n: number }[])[0]!.n
    if (found !== expected) throw new Error(`${table} has ${found} rows of ${expected}`)
  }
}
