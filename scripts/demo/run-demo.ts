/** What both demonstrations share: their flags, their MySQL database, their end. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { stopAll, stopRequested } from '../lib/process-tree.mjs'
import type { DemoChain } from './chain.ts'
import { lettingIn } from './letting-in.ts'
import { createProgress, type Progress } from './progress.ts'

export interface Demo {
  readonly folder: string
  readonly mysqlUrl: string
  readonly progress: Progress
  /** The folder given with `--data`. */
  readonly data: string | undefined
}

export interface DemoResult {
  readonly chain: DemoChain
  /** The last line on stdout. */
  readonly report: object
}

/**
 * Runs a demonstration and ends this process: at once with `--once`, else when it is stopped.
 *
 * @param database used where the URL of the server names none
 */
export async function runDemo(database: string, demonstrate: (demo: Demo) => Promise<DemoResult>): Promise<void> {
  const progress = createProgress()
  try {
    const { values } = parseArgs({
      options: { once: { type: 'boolean' }, fresh: { type: 'boolean' }, data: { type: 'string' } },
    })
    const folder = join(environment('OUTPOST_STATE'), 'chain')
    if (values.fresh) rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const mysqlUrl = withDatabase(environment('MYSQL_URL'), database)
    const { chain, report } = await demonstrate({ folder, mysqlUrl, progress, data: values.data })
    progress.stop()
    if (!values.once) {
      process.stderr.write(
        `\n${await lettingIn(chain, folder)}\n\nCtrl-C stops everything; the data stays for the next time.\n`,
      )
      process.stdout.write(`${JSON.stringify(report)}\n`)
      await new Promise<void>((resolve) => stopRequested.addEventListener('abort', () => resolve(), { once: true }))
    }
    await chain.stop()
    if (values.once) process.stdout.write(`${JSON.stringify(report)}\n`)
  } catch (error) {
    progress.stop()
    if (!stopRequested.aborted) {
      process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
      process.exitCode = 1
    }
  } finally {
    await stopAll()
  }
}

function withDatabase(text: string, database: string): string {
  const url = new URL(text)
  if (url.pathname.length <= 1) url.pathname = `/${database}`
  return url.href
}

function environment(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`${name} is not set: start this with npm start`)
  return value
}
