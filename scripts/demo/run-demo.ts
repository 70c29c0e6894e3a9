/** What all demonstrations share: their flags, their MySQL database, their end. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { toMirrorError } from '../../adapters/mysql/mysql-failure.ts'
import { MysqlSession } from '../../adapters/mysql/mysql-session.ts'
import { parseMysqlUrl } from '../../adapters/mysql/mysql-target.ts'
import { stopAll, stopRequested } from '../lib/process-tree.mjs'
import type { DemoChain } from './chain.ts'
import { lettingIn } from './letting-in.ts'
import { createProgress, type Progress } from './progress.ts'

export interface Demo {
  readonly folder: string
  readonly mysqlUrl: string
  readonly progress: Progress
  /** A line of its story: on stdout, unless the report is asked for as JSON, which has stdout for itself. */
  readonly tell: (line: string) => void
  /** The folder given with `--data`. */
  readonly data: string | undefined
}

export interface DemoResult {
  readonly chain: DemoChain
  readonly report: object
}

export interface DemoOptions {
  /** It tells a story, so its report is printed where it is asked for as JSON only. Without one the report is all of its stdout. */
  readonly hasStory?: boolean
}

/**
 * Runs a demonstration and ends this process: at once with `--once`, else when it is stopped.
 *
 * @param database used where the URL of the server names none
 */
export async function runDemo(
  database: string,
  demonstrate: (demo: Demo) => Promise<DemoResult>,
  { hasStory = false }: DemoOptions = {},
): Promise<void> {
  const progress = createProgress()
  try {
    const { values } = parseArgs({
      options: {
        once: { type: 'boolean' },
        fresh: { type: 'boolean' },
        data: { type: 'string' },
        json: { type: 'boolean' },
      },
    })
    const folder = join(environment('OUTPOST_STATE'), 'chain')
    if (values.fresh) rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const mysqlUrl = withDatabase(environment('MYSQL_URL'), database)
    await reachMysql(mysqlUrl)
    const tell = (line: string) => void (values.json ? process.stderr : process.stdout).write(`${line}\n`)
    const { chain, report } = await demonstrate({ folder, mysqlUrl, progress, tell, data: values.data })
    const printReport = () => {
      if (values.json || !hasStory) process.stdout.write(`${JSON.stringify(report)}\n`)
    }
    progress.stop()
    if (!values.once) {
      process.stderr.write(
        `\n${await lettingIn(chain, folder)}\n\nCtrl-C stops everything; the data stays for the next time.\n`,
      )
      printReport()
      await new Promise<void>((resolve) => stopRequested.addEventListener('abort', () => resolve(), { once: true }))
    }
    await chain.stop()
    if (values.once) printReport()
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

/** Headquarters trades on while MySQL is away, and a demonstration would wait for its end in vain. */
async function reachMysql(url: string): Promise<void> {
  const target = parseMysqlUrl(url)
  try {
    const session = await MysqlSession.open(target, stopRequested)
    session.destroy()
  } catch (error) {
    const { message } = toMirrorError(error, `${target.host}:${target.port}`)
    throw new Error(`${message}: start it or mend MYSQL_URL, or unset it to use a private server`, { cause: error })
  }
}

function environment(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`${name} is not set: start this with npm start`)
  return value
}
