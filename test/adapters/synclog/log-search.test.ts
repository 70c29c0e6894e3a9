import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openLogToRead } from '../../../adapters/synclog/log-file.ts'
import type { LogLimits } from '../../../adapters/synclog/log-limits.ts'
import { LogReader } from '../../../adapters/synclog/log-reader.ts'
import type { SyncLogQuery } from '../../../adapters/synclog/log-search.ts'
import { SYNC_LOG_FILE, SyncLog } from '../../../adapters/synclog/sync-log.ts'
import { noteTraffic } from '../../../bench/support/chain-traffic.ts'
import type { SyncLogEntry } from '../../../schemas/protocol/sync-log.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const START_MS = Date.parse('2026-03-01T10:00:00.000Z')
const HOUR_MS = 3_600_000
const BRANCHES = ['north', 'south', 'west']
const ignore = (): void => undefined
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }

let folder: { path: string; remove: () => void }
let file: string
let nowMs: number

beforeEach(() => {
  folder = temporaryFolder()
  file = join(folder.path, SYNC_LOG_FILE)
  nowMs = START_MS
})

afterEach(() => folder.remove())

interface Traffic {
  readonly entries: number
  readonly hours: number
  readonly branches?: readonly string[]
}

async function exchange(log: SyncLog, { entries, hours, branches = BRANCHES }: Traffic): Promise<void> {
  const onTime = (atMs: number) => (nowMs = atMs)
  await noteTraffic(log.note, { branches, fromMs: nowMs, toMs: nowMs + hours * HOUR_MS, entries, onTime })
  // Writes what waits.
  log.list({ limit: 1 })
}

function open(limits: Partial<LogLimits> = {}): SyncLog {
  return new SyncLog({ file, log: SILENT, nowMs: () => nowMs, limits })
}

function withReader<T>(most: number, work: (reader: LogReader) => T): T {
  const db = openLogToRead(file)!
  try {
    return work(new LogReader(db, most))
  } finally {
    db.close()
  }
}

/** Page by page to the end. */
function allOf(reader: LogReader, query: Partial<SyncLogQuery>): SyncLogEntry[] {
  const found: SyncLogEntry[] = []
  for (let before: number | undefined; ;) {
    const { entries, next } = reader.list({ limit: 50, ...query, before })
    found.push(...entries)
    if (next === undefined) return found
    before = next
  }
}

function isAsked(entry: SyncLogEntry, { branch, kind, outcome, code, fromMs, toMs }: Partial<SyncLogQuery>): boolean {
  const atMs = Date.parse(entry.at)
  const asked = { branchId: branch, kind, outcome, code }
  const isAlike = Object.entries(asked).every(
    ([name, value]) => value === undefined || entry[name as keyof SyncLogEntry] === value,
  )
  return isAlike && atMs >= (fromMs ?? 0) && atMs < (toMs ?? Number.MAX_SAFE_INTEGER)
}

describe('a search', () => {
  test('finds by all filters together what there is, however few are looked through at once and clocks jump', async () => {
    const log = open()
    await exchange(log, { entries: 1500, hours: 2 })
    nowMs -= HOUR_MS
    await exchange(log, { entries: 1500, hours: 2 })
    log.close()
    const all = withReader(10_000, (reader) => allOf(reader, {}))
    expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 3000 }, (_, i) => 3000 - i))
    const queries: Partial<SyncLogQuery>[] = [undefined, 'west'].flatMap((branch) =>
      ([undefined, 'stats', 'push'] as const).flatMap((kind) =>
        ([{}, { outcome: 'ok' }, { outcome: 'failed' }, { code: 'CLOCK_AHEAD' }] as const).flatMap((ended) =>
          [
            {},
            { fromMs: START_MS + 1.2 * HOUR_MS },
            { toMs: START_MS + 1.1 * HOUR_MS },
            { fromMs: START_MS + 1.3 * HOUR_MS, toMs: START_MS + 1.4 * HOUR_MS },
          ].map((time) => ({ branch, kind, ...ended, ...time })),
        ),
      ),
    )
    withReader(250, (reader) => {
      for (const query of queries) {
        expect(allOf(reader, query), JSON.stringify(query)).toEqual(all.filter((entry) => isAsked(entry, query)))
      }
    })
    expect(withReader(40, (reader) => allOf(reader, { fromMs: nowMs + HOUR_MS }))).toEqual([])
  })

  test('looks through so many at once, and tells where to go on', async () => {
    const log = open()
    await exchange(log, { entries: 500, hours: 1 })
    log.close()
    withReader(100, (reader) => {
      const page = reader.list({ limit: 20, outcome: 'ok', toMs: START_MS + 60_000 })
      expect(page).toEqual({ entries: [], next: 401 })
      expect(reader.list({ limit: 20, outcome: 'ok', before: 101 }).next).toBeGreaterThan(1)
      expect(reader.list({ limit: 1000, outcome: 'ok', before: 101 }).next).toBeUndefined()
    })
  })

  test('of a document minds the other filters, its request too', async () => {
    const log = open()
    await exchange(log, { entries: 50, hours: 1 })
    const { number, requestId } = log.list({ kind: 'push', limit: 1 }).entries[0]!
    const [document] = log.entry(number).documents
    const found = (query: object) => log.list({ limit: 5, document, ...query }).entries.map((entry) => entry.number)
    expect(found({ request: requestId })).toEqual([number])
    expect(found({ request: 'another' })).toEqual([])
    expect(found({ kind: 'pull' })).toEqual([])
    log.close()
  })
})

describe('the file', () => {
  test('grows no more once it holds what is kept', async () => {
    const log = open({ entries: 2000, documents: 4000, spansMs: HOUR_MS, hoursMs: HOUR_MS })
    const sizes: number[] = []
    for (let round = 0; round < 4; round++) {
      await exchange(log, { entries: 2000, hours: 2 })
      sizes.push(['', '-wal'].reduce((sum, end) => sum + sizeOf(`${file}${end}`), 0))
    }
    const kept = log.list({ limit: 1000 }).entries.at(-1)!.number
    log.close()
    expect(kept).toBe(7001)
    expect(Math.max(...sizes.slice(2))).toBeLessThan(sizes[1]! * 1.1)
    const db = new Database(file, { readonly: true })
    const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()
    expect(count('entry')).toBe(2000)
    expect(count('document')).toBeLessThanOrEqual(4000)
    expect(count('stretch')).toBe(3)
    db.close()
  })

  test('forgets the history of branches that are not heard any more', async () => {
    const log = open({ spansMs: HOUR_MS, hoursMs: HOUR_MS })
    await exchange(log, { entries: 200, hours: 1, branches: ['gone', 'south'] })
    expect(log.history('gone', 300_000, 0, nowMs).buckets).not.toEqual([])
    await exchange(log, { entries: 200, hours: 3, branches: ['south'] })
    for (const step of [300_000, HOUR_MS]) expect(log.history('gone', step, 0, nowMs).buckets).toEqual([])
    expect(log.history('south', HOUR_MS, 0, nowMs).buckets).not.toEqual([])
    log.close()
  })
})

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0
}
