import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { LogLimits } from '../../../adapters/synclog/log-limits.ts'
import { SYNC_LOG_FILE, SyncLog } from '../../../adapters/synclog/sync-log.ts'
import type { SyncNote, SyncNoteDetails } from '../../../adapters/synclog/sync-recorder.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const START_MS = Date.parse('2026-03-01T10:00:00.000Z')
const NO_DETAILS = { documents: [], delaysMs: [] }

let folder: { path: string; remove: () => void }
let file: string
let nowMs: number
let said: string[]
const opened: SyncLog[] = []

beforeEach(() => {
  folder = temporaryFolder()
  file = join(folder.path, SYNC_LOG_FILE)
  nowMs = START_MS
  said = []
})

afterEach(() => {
  for (const log of opened.splice(0)) log.close()
  folder.remove()
})

function open(limits?: Partial<LogLimits>): SyncLog {
  const log = pino({ level: 'warn' }, { write: (line) => void said.push(line) })
  const syncLog = new SyncLog({ file, log, nowMs: () => nowMs, ...(limits && { limits }) })
  opened.push(syncLog)
  return syncLog
}

function note(changed: Partial<SyncNote> = {}): SyncNote {
  return {
    at: new Date(nowMs).toISOString(),
    branchId: 'north',
    kind: 'push',
    sent: 1,
    received: 0,
    bytesSent: 100,
    bytesReceived: 50,
    ms: 4,
    outcome: 'ok',
    requestId: 'r1',
    ...changed,
  }
}

function order(id: string, seq = 1): SyncNoteDetails {
  return { ...NO_DETAILS, documents: [{ collection: 'orders', id, seq }] }
}

function failed(changed: Partial<SyncNote> = {}): SyncNote {
  return note({ outcome: 'failed', code: 'INTERNAL', ...changed })
}

/** In their order, by request. */
function ids(page: { entries: readonly { requestId: string }[] }): string[] {
  return page.entries.map(({ requestId }) => requestId)
}

describe('the entries', () => {
  test('are read as they were noted, with their documents, also after a restart', () => {
    const whole = note({
      class: 3,
      outcomes: { applied: 1 },
      queuedMs: 2,
      cycle: 'c',
      requestId: 'c.1',
    })
    const before = open()
    before.note(whole, order('o1', 7))
    before.close()
    const log = open()
    expect(log.list({ limit: 10 })).toEqual({ entries: [{ number: 1, ...whole }] })
    expect(log.entry(1)).toEqual({ number: 1, ...whole, documents: [{ collection: 'orders', id: 'o1', seq: 7 }] })
    expect(() => log.entry(2)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
  })

  test('of heartbeats are only those that failed', () => {
    const log = open()
    log.note(note({ kind: 'heartbeat', requestId: 'good' }), NO_DETAILS)
    log.note(failed({ kind: 'heartbeat', requestId: 'bad' }), NO_DETAILS)
    expect(ids(log.list({ limit: 10 }))).toEqual(['bad'])
    expect(log.figures().requests).toBe(2)
  })

  test('are found by branch, kind, outcome, code, request, document and time', () => {
    const log = open()
    log.note(note({ requestId: 'a' }), order('o1'))
    nowMs += 60_000
    log.note(note({ requestId: 'b', branchId: 'south', kind: 'pull' }), order('o2'))
    log.note(failed({ requestId: 'c' }), order('o1'))
    log.note(failed({ requestId: 'd', code: 'BRANCH_DISABLED' }), NO_DETAILS)
    const found = (query: object) => ids(log.list({ limit: 10, ...query }))
    expect(found({ branch: 'south' })).toEqual(['b'])
    expect(found({ kind: 'push' })).toEqual(['d', 'c', 'a'])
    expect(found({ outcome: 'failed' })).toEqual(['d', 'c'])
    expect(found({ outcome: 'ok', branch: 'north' })).toEqual(['a'])
    expect(found({ code: 'BRANCH_DISABLED' })).toEqual(['d'])
    expect(found({ request: 'b' })).toEqual(['b'])
    expect(found({ document: { collection: 'orders', id: 'o1' } })).toEqual(['c', 'a'])
    expect(found({ document: { collection: 'orders', id: 'o1' }, outcome: 'failed' })).toEqual(['c'])
    expect(found({ document: { collection: 'members', id: 'o1' } })).toEqual([])
    expect(found({ toMs: nowMs })).toEqual(['a'])
    expect(found({ fromMs: nowMs })).toEqual(['d', 'c', 'b'])
  })

  test('come in pages, the newest first', () => {
    const log = open()
    for (const requestId of ['a', 'b', 'c']) log.note(note({ requestId }), NO_DETAILS)
    const first = log.list({ limit: 2 })
    expect(ids(first)).toEqual(['c', 'b'])
    const second = log.list({ limit: 2, before: first.next })
    expect(ids(second)).toEqual(['a'])
    expect(second.next).toBeUndefined()
  })

  test('remember two hundred documents each', () => {
    const log = open()
    const documents = Array.from({ length: 201 }, (_, i) => ({ collection: 'orders', id: `o${i}`, seq: i }))
    log.note(note({ sent: 201 }), { ...NO_DETAILS, documents })
    expect(log.entry(1).documents).toEqual(documents.slice(0, 200))
  })

  test('are found by a document however many others were exchanged before and after', () => {
    const log = open()
    const others = (of: string) =>
      Array.from({ length: 200 }, (_, i) => ({ collection: 'orders', id: `${of}-${i}`, seq: i }))
    const exchange = (count: number) => {
      for (let i = 0; i < count; i++)
        log.note(note({ requestId: `other${i}` }), { ...NO_DETAILS, documents: others(`${i}`) })
    }
    exchange(25)
    log.note(note({ requestId: 'first' }), order('o1'))
    exchange(25)
    log.note(note({ requestId: 'second' }), order('o1'))
    exchange(25)
    const query = { document: { collection: 'orders', id: 'o1' } }
    expect(ids(log.list({ ...query, limit: 10 }))).toEqual(['second', 'first'])
    const page = log.list({ ...query, limit: 1 })
    expect(ids(log.list({ ...query, limit: 1, before: page.next }))).toEqual(['first'])
    expect(log.trail('first').later.map(({ requestId }) => requestId)).toEqual(['second'])
  })

  test('lead from a request to what became of its documents', () => {
    const log = open()
    log.note(note({ requestId: 'before' }), order('o1'))
    log.note(note({ requestId: 'asked', kind: 'write' }), order('o1'))
    log.note(note({ requestId: 'other' }), order('o2'))
    log.note(note({ requestId: 'asked' }), order('o1'))
    log.note(note({ requestId: 'm1', kind: 'mirror', mirror: 'legacy' }), order('o1'))
    const { entries, later } = log.trail('asked')
    expect(entries.map(({ number }) => number)).toEqual([2, 4])
    expect(later.map(({ requestId }) => requestId)).toEqual(['m1'])
    expect(() => log.trail('nobody')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
  })
})

describe('what is kept', () => {
  test('is young enough, and never loses the newest number', () => {
    const before = open({ ageMs: 1000 })
    for (const requestId of ['a', 'b', 'c']) before.note(note({ requestId }), order(requestId))
    before.close()
    nowMs += 5000
    const log = open({ ageMs: 1000 })
    log.note(note({ requestId: 'd' }), order('d'))
    expect(ids(log.list({ limit: 10 }))).toEqual(['d'])
    expect(log.list({ limit: 10 }).entries[0]?.number).toBe(4)
    expect(log.list({ limit: 10, document: { collection: 'orders', id: 'a' } }).entries).toEqual([])
    log.close()
    const left = new Database(file, { readonly: true })
    expect(left.prepare('SELECT id FROM document').pluck().all()).toEqual(['d'])
    left.close()
  })

  test('is among the newest entries and documents', () => {
    const log = open({ entries: 3, documents: 2 })
    for (let i = 1; i <= 6; i++) {
      log.note(note({ requestId: `r${i}` }), order(`o${i}`))
      log.list({ limit: 1 })
    }
    expect(ids(log.list({ limit: 10 }))).toEqual(['r6', 'r5', 'r4'])
    expect(log.entry(4).documents).toEqual([])
    expect(log.entry(5).documents).toHaveLength(1)
  })

  test('is begun anew in a file of its own where the file is none', () => {
    writeFileSync(file, 'this is no database, however long one looks at it'.repeat(100))
    const log = open()
    log.note(note(), NO_DETAILS)
    expect(ids(log.list({ limit: 10 }))).toEqual(['r1'])
    expect(existsSync(`${file}.aside`)).toBe(true)
    expect(said.join()).toContain('begun anew')
  })

  test('is begun anew where another process has the file', () => {
    const other = open()
    const log = open()
    log.note(note(), NO_DETAILS)
    expect(ids(log.list({ limit: 10 }))).toEqual(['r1'])
    expect(said.join()).toContain('begun anew')
    other.close()
  })

  test('waits with the figures while another process reads the file, and is written then', () => {
    const before = open()
    before.note(failed({ requestId: 'before' }), NO_DETAILS)
    before.close()
    const reader = new Database(file, { readonly: true })
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM entry').get()
    const log = open()
    log.note(failed({ requestId: 'meanwhile' }), { ...order('o1'), delaysMs: [5] })
    expect(log.figures()).toMatchObject({ requests: 1 })
    log.note(failed({ requestId: 'and this' }), NO_DETAILS)
    expect(ids(log.list({ limit: 10 }))).toEqual(['before'])
    expect(log.trouble()).toBe('STORE_LOCKED')
    reader.close()
    expect(ids(log.list({ limit: 10 }))).toEqual(['and this', 'meanwhile', 'before'])
    expect(log.trouble()).toBeUndefined()
    expect(log.figures('north')).toMatchObject({ requests: 3, failed: 3, consecutiveFailures: 3, meanDelayMs: 5 })
    expect(said.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'the sync log cannot be written: what is noted waits',
    ])
  })

  test('is written by itself once nobody reads the file any more', () => {
    open().close()
    const reader = new Database(file, { readonly: true })
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM entry').get()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'] })
    try {
      open().note(note(), order('o1'))
      vi.advanceTimersByTime(2000)
      expect(said).toHaveLength(1)
      const before = statSync(`${file}-wal`).size
      reader.close()
      vi.advanceTimersByTime(2000)
      expect(statSync(`${file}-wal`).size).toBeGreaterThan(before)
    } finally {
      vi.useRealTimers()
      reader.close()
    }
  })

  test('has one refusal an hour of a branch that is not let in, all are counted, and none as a failure', () => {
    const log = open()
    const refused = (branchId: string, requestId: string) =>
      note({ kind: 'heartbeat', sent: 0, outcome: 'refused', code: 'BRANCH_DISABLED', branchId, requestId })
    log.note(note({ requestId: 'good' }), NO_DETAILS)
    for (let i = 0; i < 30; i++) log.note(refused('south', `s${i}`), NO_DETAILS)
    log.note(refused('west', 'w'), NO_DETAILS)
    expect(ids(log.list({ limit: 10 }))).toEqual(['w', 's0', 'good'])
    expect(ids(log.list({ limit: 10, outcome: 'refused', branch: 'south' }))).toEqual(['s0'])
    expect(ids(log.list({ limit: 10, code: 'BRANCH_DISABLED' }))).toEqual(['w', 's0'])
    expect(log.list({ limit: 10, outcome: 'failed' }).entries).toEqual([])
    expect(log.figures()).toEqual({
      successRate: 1,
      requests: 1,
      failed: 0,
      refused: 31,
      failedLastHour: 0,
      consecutiveFailures: 0,
      failuresByCode: [],
    })
    expect(log.figures('south')).not.toHaveProperty('successRate')
    expect(log.chain(['south']).branches['south']).toMatchObject({ requests: 0, failed: 0, refused: 30 })
    expect(log.history('south', 300_000, 0, nowMs + 1).buckets).toMatchObject([
      { requests: 0, failed: 0, refused: 30, meanMs: 0 },
    ])
    nowMs += 3_600_000
    log.note(refused('south', 'later'), NO_DETAILS)
    expect(ids(log.list({ limit: 1 }))).toEqual(['later'])
  })

  test('is kept in memory where no file can be made', () => {
    file = join(folder.path, 'missing', SYNC_LOG_FILE)
    const log = open()
    log.note(note(), NO_DETAILS)
    expect(ids(log.list({ limit: 10 }))).toEqual(['r1'])
    expect(said.join()).toContain('kept in memory')
    expect(log.trouble()).toBe('DISK_FAILED')
  })

  test('counts what could not be queued, and says so once', () => {
    const log = open()
    for (let i = 0; i < 5003; i++) log.note(note({ requestId: `r${i}` }), NO_DETAILS)
    expect(log.list({ limit: 1 }).entries[0]?.number).toBe(5000)
    expect(said.map((line) => (JSON.parse(line) as { dropped?: number }).dropped)).toEqual([3])
    expect(log.figures().requests).toBe(5003)
  })
})

describe('the figures', () => {
  test('are of a branch and of all, over a day, an hour and the last requests', () => {
    const log = open()
    log.note(failed({ code: 'BRANCH_DISABLED' }), NO_DETAILS)
    nowMs += 2 * 3_600_000
    log.note(note(), { ...NO_DETAILS, delaysMs: [100, 300] })
    log.note(failed(), NO_DETAILS)
    log.note(failed(), NO_DETAILS)
    log.note(note({ branchId: 'south' }), NO_DETAILS)
    log.note(note({ kind: 'write' }), NO_DETAILS)
    log.note(failed({ kind: 'mirror', branchId: undefined as never }), NO_DETAILS)
    expect(log.figures('north')).toEqual({
      successRate: 0.25,
      requests: 4,
      failed: 3,
      failedLastHour: 2,
      meanDelayMs: 200,
      consecutiveFailures: 2,
      failuresByCode: [
        { code: 'INTERNAL', count: 2 },
        { code: 'BRANCH_DISABLED', count: 1 },
      ],
    })
    expect(log.figures()).toMatchObject({ requests: 5, failed: 3, consecutiveFailures: 2 })
    expect(log.figures('west')).toEqual({
      requests: 0,
      failed: 0,
      failedLastHour: 0,
      consecutiveFailures: 0,
      failuresByCode: [],
    })
  })

  test('go on counting failures in a row after a restart', () => {
    const before = open()
    before.note(failed(), NO_DETAILS)
    before.close()
    const log = open()
    log.note(failed(), NO_DETAILS)
    expect(log.figures('north').consecutiveFailures).toBe(2)
    log.note(note(), NO_DETAILS)
    expect(log.figures('north').consecutiveFailures).toBe(0)
  })

  test('have a row of failures for as long as what failed does not go well, however often others do', () => {
    const before = open()
    for (let cycle = 0; cycle < 3; cycle++) {
      before.note(note({ kind: 'heartbeat', cycle: `c${cycle}` }), NO_DETAILS)
      for (let i = 0; i < 4; i++) before.note(failed({ cycle: `c${cycle}` }), NO_DETAILS)
    }
    expect(before.chain(['north'])).toMatchObject({
      all: { consecutiveFailures: 12 },
      branches: { north: { consecutiveFailures: 12 } },
    })
    before.close()
    const log = open()
    for (let i = 0; i < 4; i++) log.note(failed({ cycle: 'c3' }), NO_DETAILS)
    log.note(note({ kind: 'pull', cycle: 'c4' }), NO_DETAILS)
    expect(log.figures('north').consecutiveFailures).toBe(16)
    nowMs += 3_700_000
    expect(log.figures().consecutiveFailures).toBe(0)
    log.note(note({ cycle: 'c4' }), NO_DETAILS)
    expect(log.figures('north').consecutiveFailures).toBe(0)
  })

  test('have nothing in them of a time that has not come, and lose it, once the clock was set back', () => {
    const log = open()
    nowMs += 365 * 86_400_000
    log.note(note(), NO_DETAILS)
    for (let i = 0; i < 6; i++) log.note(failed({ requestId: `ahead${i}` }), { ...NO_DETAILS, delaysMs: [9e9] })
    log.figures()
    nowMs = START_MS
    const nothing = { requests: 0, failed: 0, failedLastHour: 0, failuresByCode: [] }
    expect(log.figures()).toMatchObject(nothing)
    const { all } = log.chain([])
    expect(all).toMatchObject({ requests: 0, failed: 0, failedLastHour: 0, consecutiveFailures: 0 })
    expect(all).not.toHaveProperty('meanDelayMs')
    log.note(note({ requestId: 'now' }), NO_DETAILS)
    expect(log.figures('north')).toMatchObject({ requests: 1, failed: 0, failedLastHour: 0, failuresByCode: [] })
    expect(log.history('north', 300_000, 0, Infinity).buckets).toHaveLength(1)
    expect(log.history(undefined, 3_600_000, 0, Infinity).buckets).toHaveLength(1)
    expect(ids(log.list({ limit: 10 }))).toEqual(['now'])
  })

  test('are also told in spans of five minutes and of an hour', () => {
    const log = open()
    log.note(note({ ms: 10 }), { ...NO_DETAILS, delaysMs: [40] })
    log.note(note({ kind: 'heartbeat', sent: 0, ms: 20 }), { ...NO_DETAILS, backlog: 5 })
    log.figures()
    log.note(note({ kind: 'heartbeat', sent: 0, ms: 3 }), { ...NO_DETAILS, backlog: 2 })
    nowMs += 300_000
    log.note(note({ ms: 7 }), NO_DETAILS)
    const [first, second] = log.history('north', 300_000, START_MS, nowMs + 1).buckets
    expect(first).toEqual({
      at: new Date(START_MS).toISOString(),
      requests: 3,
      failed: 0,
      sent: 1,
      received: 0,
      bytes: 450,
      meanMs: 11,
      maxMs: 20,
      meanDelayMs: 40,
      maxDelayMs: 40,
      backlog: 5,
    })
    expect(second).toMatchObject({ at: new Date(nowMs).toISOString(), requests: 1, meanMs: 7 })
    expect(second).not.toHaveProperty('meanDelayMs')
    expect(log.history(undefined, 3_600_000, START_MS, nowMs).buckets).toMatchObject([{ requests: 4 }])
  })

  test('are forgotten span by span', () => {
    const log = open({ spansMs: 600_000, hoursMs: 7_200_000 })
    for (let i = 0; i < 40; i++) {
      log.note(failed(), NO_DETAILS)
      log.figures()
      nowMs += 300_000
    }
    expect(log.history('north', 300_000, 0, nowMs).buckets.length).toBeLessThanOrEqual(3)
    expect(log.history('north', 3_600_000, 0, nowMs).buckets.length).toBeLessThanOrEqual(3)
    expect(log.figures('north').failuresByCode[0]?.count).toBeLessThanOrEqual(3)
  })
})
