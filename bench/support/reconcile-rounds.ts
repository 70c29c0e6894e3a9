/**
 * Equal rows compared with their documents, again and again, each time by a process that has only just opened the store.
 * The rows get there through the mirror itself, which is not counted: only its rows carry the versions that are compared too.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createBenchDatabase } from './bench-database.ts'
import type { ReconcileRun } from './reconcile-run.ts'
import { checkRows, runMirror } from './run-mirror.ts'
import { runScriptFile } from './run-script-file.ts'

export interface ReconcilePlan {
  /** `mysql://user:password@host:port` */
  readonly server: string
  readonly folder: string
  readonly orders: number
  readonly lines: number
  readonly rounds: number
  readonly say: (line: string) => void
}

/** @throws when a run has not compared all rows, or has found one that differs */
export async function measureReconciliation(plan: ReconcilePlan): Promise<readonly ReconcileRun[]> {
  const { server, orders, lines, rounds, say } = plan
  const folder = join(plan.folder, 'reconcile')
  const written = { warmUp: 0, counted: orders, singles: 0, lines }
  const rows = orders * (1 + lines)
  const database = await createBenchDatabase(server)
  try {
    say(`writing ${rows.toLocaleString('en')} rows to be compared`)
    await runMirror(folder, database, written)
    await checkRows(database, written)
    const runs: ReconcileRun[] = []
    for (let round = 0; round < rounds; round++) {
      say(`comparison ${round + 1} of ${rounds}`)
      const run = await runScriptFile<ReconcileRun>('reconcile-run.js', [folder, database.name])
      checkRun(run, { documents: orders, rows })
      runs.push(run)
      say(`  ${(run.ms / 1000).toFixed(1)} s, at most ${Math.round(run.peakRssMb)} MB`)
    }
    return runs
  } finally {
    await database.drop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function checkRun({ figures }: ReconcileRun, compared: { readonly documents: number; readonly rows: number }): void {
  const expected = { ...compared, different: 0, repaired: 0, open: 0, inFlight: 0, parked: 0 }
  for (const [name, value] of Object.entries(expected)) {
    const found = figures[name as keyof typeof expected]
    if (found !== value) throw new Error(`the reconciliation counts ${found} as ${name}, not ${value}`)
  }
}
