/**
 * The shell of every benchmark: its arguments, a folder to work in, its table on stderr, one JSON object as the last
 * line on stdout.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statfsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { stopAll, stopRequested } from '../../scripts/lib/process-tree.mjs'
import { Report } from './report.ts'

export interface BenchmarkRun {
  /** How many documents; what it counts is each benchmark's own. */
  readonly size: number
  readonly report: Report
  /** An empty folder, which goes away with the process. */
  readonly folder: string
  /** Progress, for people. */
  readonly say: (line: string) => void
}

const WRONG_ARGUMENTS = 2
const TMPFS = 0x01021994

/** Does nothing when the module was only imported. */
export async function runBenchmark(
  moduleUrl: string,
  defaultSize: number,
  measure: (run: BenchmarkRun) => Promise<void>,
): Promise<void> {
  const file = fileURLToPath(moduleUrl)
  if (process.argv[1] === undefined || realpathSync(process.argv[1]) !== realpathSync(file)) return
  const options = readArguments(defaultSize)
  if (!options) return
  const say = (line: string) => void (options.json || process.stderr.write(`${line}\n`))
  const report = new Report(basename(file, '.js'))
  const folder = createWorkFolder(report)
  try {
    await measure({ size: options.size, report, folder, say })
    say(`${report.table()}\n`)
    await stopAll()
    process.stdout.write(`${report.line()}\n`)
  } catch (error) {
    if (!stopRequested.aborted) {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
      process.exitCode = 1
    }
  } finally {
    await stopAll()
  }
}

function readArguments(defaultSize: number): { size: number; json: boolean } | undefined {
  try {
    const { values } = parseArgs({ options: { json: { type: 'boolean' }, size: { type: 'string' } } })
    const size = values.size === undefined ? defaultSize : Number(values.size)
    if (!Number.isSafeInteger(size) || size < 10) throw new Error('--size must be a whole number of at least 10')
    return { size, json: values.json === true }
  } catch (error) {
    process.stderr.write(`outpost: ${(error as Error).message} (npm run bench -- NAME [--json] [--size N])\n`)
    process.exitCode = WRONG_ARGUMENTS
    return undefined
  }
}

/** In the checkout, since the system's temporary folder is often no disk. */
function createWorkFolder(report: Report): string {
  const parent = process.env['OUTPOST_STATE'] ?? join(process.cwd(), '.outpost', 'bench')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'run-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  report.figure('work folder in memory', statfsSync(folder).type === TMPFS ? 1 : 0, '0 = on a disk, 1 = tmpfs')
  return folder
}
