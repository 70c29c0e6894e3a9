/**
 * Exceptions as a file that people and programs keep: JSON lines or CSV, each with the state that failed, whole. It holds
 * what documents hold: mode 600.
 */
import { rmSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { ExceptionQuery, ExceptionRecord } from '../../schemas/protocol/exceptions.ts'
import { openBeside } from '../node/write-beside.ts'
import type { NodeExceptions } from './exception-node.ts'

const COLUMNS = [
  'id',
  'direction',
  'branchId',
  'collection',
  'documentId',
  'code',
  'field',
  'reason',
  'tries',
  'waiting',
  'firstAt',
  'lastAt',
  'standing',
  'document',
] as const satisfies readonly (keyof ExceptionRecord)[]

const ENDS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[]

/** Lines with their ends, page by page, newest first. */
export async function* exportLines(
  exceptions: NodeExceptions,
  query: ExceptionQuery,
  asCsv: boolean,
): AsyncGenerator<{ lines: string; count: number }> {
  if (asCsv) yield { lines: `${COLUMNS.join(',')}\n`, count: 0 }
  let after: string | undefined
  do {
    const page = await exceptions.list({ ...query, documents: 'true', ...(after !== undefined && { after }) })
    const lines = page.exceptions.map((record) => (asCsv ? csvLine(record) : JSON.stringify(record)))
    yield { lines: lines.map((line) => `${line}\n`).join(''), count: lines.length }
    after = page.next
  } while (after !== undefined)
}

/**
 * Written beside its place and put there at the end, so that whoever opens it sees the old file or the whole new one.
 *
 * @returns how many exceptions are in it
 */
export async function writeExport(
  file: string,
  pages: AsyncIterable<{ readonly lines: string; readonly count: number }>,
): Promise<number> {
  const { temporary, handle } = await openBeside(file)
  // Nothing of it stays where a person ends the command; where it is killed, the next export clears it.
  const end = (signal: NodeJS.Signals) => {
    rmSync(temporary, { force: true })
    forgetSignals()
    process.kill(process.pid, signal)
  }
  const forgetSignals = () => ENDS.forEach((signal) => process.off(signal, end))
  ENDS.forEach((signal) => process.on(signal, end))
  let written = 0
  try {
    for await (const { lines, count } of pages) {
      await handle.writeFile(lines)
      written += count
    }
    await handle.sync()
    await handle.close()
    await rename(temporary, file)
  } catch (error) {
    await handle.close().catch(() => undefined)
    await rm(temporary, { force: true })
    throw error
  } finally {
    forgetSignals()
  }
  return written
}

function csvLine(record: ExceptionRecord): string {
  return COLUMNS.map((column) => quote(textOf(record[column]))).join(',')
}

function textOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function quote(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
