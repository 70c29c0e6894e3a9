/** Writes what was noted into the log's file, and forgets what was kept too long: a little with each write. */
import type Database from 'better-sqlite3'
import type { SyncLogDocument, SyncLogKind } from '../../schemas/protocol/sync-log.ts'
import { StatementCache } from '../sqlite/statement-cache.ts'
import { SPARE_PAGES } from './log-file.ts'
import { DAY_MS, type LogLimits } from './log-limits.ts'
import type { SyncNote } from './sync-recorder.ts'
import { STRETCH_BITS } from './log-tables.ts'
import { ALL_BRANCHES, HOUR_MS, SPAN_MS, type BranchFailures, type Counted, type Span } from './tally.ts'

export interface Queued {
  readonly note: SyncNote
  readonly atMs: number
  readonly documents: readonly SyncLogDocument[]
}

/** Free pages that go back to the disk with one write. */
const FREED_PAGES = 64

export class LogWriter {
  readonly #db: Database.Database
  readonly #statements: StatementCache
  readonly #limits: LogLimits
  /** By step and branch: the span that was begun last. */
  readonly #begun = new Map<string, number>()
  /** The branch whose old spans were looked for last. */
  #lookedAt = ALL_BRANCHES
  #entry: number
  #document: number

  constructor(db: Database.Database, limits: LogLimits) {
    this.#db = db
    this.#statements = new StatementCache(db)
    this.#limits = limits
    // The newest of each stay, whatever their age, so that no number comes again.
    this.#entry = this.#newest('SELECT max(number) FROM entry')
    this.#document = this.#newest('SELECT max(number) FROM document')
  }

  /** By branch, as they were written last. */
  failures(): BranchFailures[] {
    const sql = 'SELECT branch_id AS branchId, kind, failures, at FROM failure_row'
    const byBranch = new Map<string, BranchFailures>()
    for (const { branchId, kind, failures, at } of this.#statements.prepare(sql).all() as FailureRow[]) {
      const byKind = { ...byBranch.get(branchId)?.rows?.byKind, [kind]: failures }
      byBranch.set(branchId, { branchId, rows: { byKind, begun: 0 }, atMs: at })
    }
    return [...byBranch.values()]
  }

  /** One transaction. @throws what SQLite throws; nothing of it is written then */
  write(entries: readonly Queued[], { spans, failures }: Counted, nowMs: number): void {
    const [entry, document] = [this.#entry, this.#document]
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      for (const queued of entries) this.#addEntry(queued)
      this.#markTimes(entry + 1, entries)
      for (const span of spans) this.#addSpan(span, nowMs)
      for (const ofBranch of failures) this.#setFailures(ofBranch)
      this.#forget(2 * entries.length + 10, nowMs)
      this.#db.exec('COMMIT')
    } catch (error) {
      ;[this.#entry, this.#document] = [entry, document]
      this.#begun.clear()
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
    this.#giveBack()
  }

  #addEntry({ note, atMs, documents }: Queued): void {
    const sql = `INSERT INTO entry (number, at, branch_id, kind, class, sent, received, outcomes, bytes_sent,
      bytes_received, ms, queued_ms, outcome, code, request_id, cycle, mirror, first_document, documents)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
    const number = ++this.#entry
    this.#statements
      .prepare(sql)
      .run(
        number,
        atMs,
        note.branchId ?? '',
        note.kind,
        note.class ?? null,
        note.sent,
        note.received,
        note.outcomes ? JSON.stringify(note.outcomes) : null,
        note.bytesSent,
        note.bytesReceived,
        note.ms,
        note.queuedMs ?? null,
        note.outcome,
        note.code ?? '',
        note.requestId,
        note.cycle ?? '',
        note.mirror ?? '',
        this.#document + 1,
        documents.length,
      )
    const insert = this.#statements.prepare(
      'INSERT INTO document (number, entry, collection, id, seq) VALUES (?, ?, ?, ?, ?)',
    )
    for (const { collection, id, seq } of documents) insert.run(++this.#document, number, collection, id, seq)
  }

  /** @param first the number of the first of them */
  #markTimes(first: number, entries: readonly Queued[]): void {
    const marks = new Map<number, { oldest: number; newest: number }>()
    for (const [i, { atMs }] of entries.entries()) {
      const number = Math.floor((first + i) / 2 ** STRETCH_BITS)
      const { oldest, newest } = marks.get(number) ?? { oldest: atMs, newest: atMs }
      marks.set(number, { oldest: Math.min(oldest, atMs), newest: Math.max(newest, atMs) })
    }
    const sql = `INSERT INTO stretch (number, oldest, newest) VALUES (?, ?, ?)
      ON CONFLICT (number) DO UPDATE SET oldest = min(oldest, excluded.oldest), newest = max(newest, excluded.newest)`
    for (const [number, { oldest, newest }] of marks) this.#statements.prepare(sql).run(number, oldest, newest)
  }

  #addSpan(span: Span, nowMs: number): void {
    const { branchId, at, codes } = span
    if (branchId === ALL_BRANCHES && this.#begun.get(`${SPAN_MS} ${branchId}`) !== at) this.#forgetOfNext(nowMs)
    this.#addToSpan(SPAN_MS, at, span, nowMs)
    this.#addToSpan(HOUR_MS, Math.floor(at / HOUR_MS) * HOUR_MS, span, nowMs)
    const sql = `INSERT INTO failure (branch_id, at, code, count) VALUES (?, ?, ?, ?)
      ON CONFLICT (branch_id, at, code) DO UPDATE SET count = count + excluded.count`
    for (const [code, count] of codes) this.#statements.prepare(sql).run(branchId, at, code, count)
  }

  #addToSpan(step: number, at: number, span: Span, nowMs: number): void {
    const { branchId } = span
    const key = `${step} ${branchId}`
    if (this.#begun.get(key) !== at) {
      this.#forgetSpans(step, branchId, nowMs)
      this.#begun.set(key, at)
    }
    const sql = `INSERT INTO span (step, branch_id, at, requests, failed, refused, sent, received, bytes, ms, max_ms,
      delays, delay_ms, max_delay_ms, backlog) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (step, branch_id, at) DO UPDATE SET requests = requests + excluded.requests,
      failed = failed + excluded.failed, refused = refused + excluded.refused, sent = sent + excluded.sent, received = received + excluded.received,
      bytes = bytes + excluded.bytes, ms = ms + excluded.ms, max_ms = max(max_ms, excluded.max_ms),
      delays = delays + excluded.delays, delay_ms = delay_ms + excluded.delay_ms,
      max_delay_ms = max(max_delay_ms, excluded.max_delay_ms),
      backlog = max(coalesce(backlog, excluded.backlog), coalesce(excluded.backlog, backlog))`
    const { requests, failed, refused, sent, received, bytes, ms, maxMs } = span
    const values = [requests, failed, refused, sent, received, bytes, ms, maxMs]
    const { delays, delayMs, maxDelayMs, backlog } = span
    this.#statements.prepare(sql).run(step, branchId, at, ...values, delays, delayMs, maxDelayMs, backlog)
  }

  /** Those that are old, and those of a time that has not come: the clock was ahead when they were noted. */
  #forgetSpans(step: number, branchId: string, nowMs: number): void {
    const { spansMs, hoursMs } = this.#limits
    const before = nowMs - (step === SPAN_MS ? spansMs : hoursMs)
    this.#forgetBetween(step, branchId, -Infinity, before)
    this.#forgetBetween(step, branchId, nowMs + SPAN_MS, Infinity)
  }

  #forgetBetween(step: number, branchId: string, fromMs: number, beforeMs: number): void {
    const spans = 'DELETE FROM span WHERE step = ? AND branch_id = ? AND at >= ? AND at < ?'
    this.#statements.prepare(spans).run(step, branchId, fromMs, beforeMs)
    const failures = 'DELETE FROM failure WHERE branch_id = ? AND at >= ? AND at < ?'
    if (step === SPAN_MS) this.#statements.prepare(failures).run(branchId, fromMs, beforeMs)
  }

  /** One branch after the other, also those that are not heard any more: they begin no span that would push out old ones. */
  #forgetOfNext(nowMs: number): void {
    const sql = 'SELECT branch_id FROM span WHERE step = ? AND branch_id > ? ORDER BY branch_id LIMIT 1'
    const next = this.#statements.preparePlucked(sql).get(HOUR_MS, this.#lookedAt) as string | undefined
    this.#lookedAt = next ?? ALL_BRANCHES
    if (next === undefined) return
    this.#forgetSpans(SPAN_MS, next, nowMs)
    this.#forgetSpans(HOUR_MS, next, nowMs)
  }

  #setFailures({ branchId, rows, atMs }: BranchFailures): void {
    this.#statements.prepare('DELETE FROM failure_row WHERE branch_id = ?').run(branchId)
    const sql = 'INSERT INTO failure_row (branch_id, kind, failures, at) VALUES (?, ?, ?, ?)'
    for (const [kind, failures] of Object.entries(rows?.byKind ?? {})) {
      this.#statements.prepare(sql).run(branchId, kind, failures, atMs)
    }
  }

  /** More than what comes, so that what is kept shrinks to its bounds, and never much at once. */
  #forget(most: number, nowMs: number): void {
    const { ageMs, entries, documents } = this.#limits
    const ofEntries = `DELETE FROM entry WHERE number IN (SELECT number FROM entry WHERE number < ? ORDER BY number LIMIT ?)
      AND (at < ? OR at > ? OR number <= ?)`
    // Of a time that has not come: they would stay until it does, and all behind them.
    const aheadMs = nowMs + DAY_MS
    this.#statements.prepare(ofEntries).run(this.#entry, most, nowMs - ageMs, aheadMs, this.#entry - entries)
    const ofStretches = 'DELETE FROM stretch WHERE number < (SELECT min(number) FROM entry) >> ?'
    this.#statements.prepare(ofStretches).run(STRETCH_BITS)
    const first = 'SELECT first_document FROM entry WHERE number > ? ORDER BY number LIMIT 1'
    const kept = (this.#statements.preparePlucked(first).get(0) as number | undefined) ?? this.#document
    const to = Math.min(this.#document, Math.max(kept, this.#document - documents + 1))
    const ofDocuments =
      'DELETE FROM document WHERE number IN (SELECT number FROM document WHERE number < ? ORDER BY number LIMIT ?)'
    this.#statements.prepare(ofDocuments).run(to, FORGOTTEN_DOCUMENTS)
  }

  #giveBack(): void {
    const free = this.#db.pragma('freelist_count', { simple: true }) as number
    if (free > SPARE_PAGES) this.#db.pragma(`incremental_vacuum(${FREED_PAGES})`)
  }

  #newest(sql: string): number {
    return (this.#statements.preparePlucked(sql).get() as number | null) ?? 0
  }
}

/** With one write; as many as come with it, twice. */
const FORGOTTEN_DOCUMENTS = 2000

interface FailureRow {
  readonly branchId: string
  readonly kind: SyncLogKind
  readonly failures: number
  readonly at: number
}
