/** Finds entries in the log's file. */
import type Database from 'better-sqlite3'
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type {
  SyncLogDetail,
  SyncLogDocument,
  SyncLogEntry,
  SyncLogKind,
  SyncLogPage,
  SyncLogTrail,
  SyncOutcome,
} from '../../schemas/protocol/sync-log.ts'
import { StatementCache } from '../sqlite/statement-cache.ts'
import { DocumentFinder } from './document-finder.ts'
import { LogSearch, type SearchedPart, type SyncLogQuery } from './log-search.ts'

const COLUMNS = `SELECT number, at, branch_id AS branchId, kind, class, sent, received, outcomes,
  bytes_sent AS bytesSent, bytes_received AS bytesReceived, ms, queued_ms AS queuedMs, outcome, code,
  request_id AS requestId, cycle, mirror, first_document AS firstDocument, documents FROM`
/** Of `filters`. */
const FILTERS = `request_id = coalesce(?, request_id) AND branch_id = coalesce(?, branch_id) AND kind = coalesce(?, kind)
  AND outcome = coalesce(?, outcome) AND code = coalesce(?, code) AND at >= ? AND at < ? ORDER BY number DESC LIMIT ?`
/** Entries that are looked through for a page: some ten ms. */
const MOST_LOOKED_THROUGH = 10_000
/** Later entries that a trail shows. */
const MOST_LATER = 200
/** Entries that can share a request's id: one with its repeats. */
const MOST_OF_REQUEST = 100

export class LogReader {
  readonly #statements: StatementCache
  readonly #search: LogSearch
  readonly #finder: DocumentFinder

  /** @param most entries that are looked through for a page */
  constructor(db: Database.Database, most = MOST_LOOKED_THROUGH) {
    this.#statements = new StatementCache(db)
    this.#finder = new DocumentFinder(this.#statements)
    this.#search = new LogSearch(this.#statements, this.#finder, most)
  }

  /** The newest first; a page that was looked for far enough ends before it is full, and names the next one. */
  list(query: SyncLogQuery): SyncLogPage {
    const part = this.#search.partOf(query)
    if (!part) return { entries: [] }
    const rows = this.#rows(part, query, query.limit + 1)
    const entries = rows.slice(0, query.limit).map(toEntry)
    if (rows.length > query.limit) return { entries, next: entries.at(-1)!.number }
    return { entries, ...(part.goesOn && { next: part.first }) }
  }

  /** @throws OutpostError NOT_FOUND */
  entry(number: number): SyncLogDetail {
    const row = this.#statements.prepare(`${COLUMNS} entry WHERE number = ?`).get(number) as EntryRow | undefined
    if (!row) throw new OutpostError('NOT_FOUND', `the sync log has no entry ${number}, or not any more`)
    return this.#withDocuments(row)
  }

  /** @throws OutpostError NOT_FOUND */
  trail(requestId: string): SyncLogTrail {
    const query = { request: requestId, limit: MOST_OF_REQUEST }
    const part = this.#search.partOf(query)
    const rows = part ? this.#rows(part, query, query.limit).toReversed() : []
    if (rows.length === 0) throw new OutpostError('NOT_FOUND', 'the sync log knows no request of this id')
    const entries = rows.map((row) => this.#withDocuments(row))
    const own = new Set(entries.map(({ number }) => number))
    const documents = entries.flatMap((entry) => entry.documents)
    const later = this.#finder.after(documents, rows[0]!.firstDocument, MOST_LATER).filter((number) => !own.has(number))
    return { entries, later: this.#numbered(later).map(toEntry) }
  }

  #rows({ source, values, first, before }: SearchedPart, query: SyncLogQuery, limit: number): EntryRow[] {
    const sql = `${COLUMNS} ${source} AND number < ? AND number >= ? AND ${FILTERS}`
    return this.#statements.prepare(sql).all(...values, before, first, ...filters(query), limit) as EntryRow[]
  }

  #numbered(numbers: readonly number[]): EntryRow[] {
    const sql = `${COLUMNS} entry WHERE number IN (SELECT value FROM json_each(?)) ORDER BY number`
    return this.#statements.prepare(sql).all(JSON.stringify(numbers)) as EntryRow[]
  }

  #withDocuments(row: EntryRow): SyncLogDetail {
    return { ...toEntry(row), documents: this.#documents(row.firstDocument, row.documents) }
  }

  #documents(first: number, count: number): SyncLogDocument[] {
    const sql = 'SELECT collection, id, seq FROM document WHERE number >= ? AND number < ? ORDER BY number'
    return this.#statements.prepare(sql).all(first, first + count) as SyncLogDocument[]
  }
}

interface EntryRow {
  readonly number: number
  readonly at: number
  readonly branchId: string
  readonly kind: SyncLogKind
  readonly class: number | null
  readonly sent: number
  readonly received: number
  readonly outcomes: string | null
  readonly bytesSent: number
  readonly bytesReceived: number
  readonly ms: number
  readonly queuedMs: number | null
  readonly outcome: SyncOutcome
  readonly code: string
  readonly requestId: string
  readonly cycle: string
  readonly mirror: string
  readonly firstDocument: number
  readonly documents: number
}

function filters(query: SyncLogQuery): unknown[] {
  const { request, branch, kind, outcome, code, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER } = query
  return [request ?? null, branch ?? null, kind ?? null, outcome ?? null, code ?? null, fromMs, toMs]
}

function toEntry(row: EntryRow): SyncLogEntry {
  const { number, at, branchId, kind, sent, received, outcomes, bytesSent, bytesReceived, ms, requestId } = row
  return {
    number,
    at: new Date(at).toISOString(),
    ...(branchId !== '' && { branchId }),
    kind,
    ...(row.class !== null && { class: row.class }),
    sent,
    received,
    ...(outcomes !== null && { outcomes: JSON.parse(outcomes) as NonNullable<SyncLogEntry['outcomes']> }),
    bytesSent,
    bytesReceived,
    ms,
    ...(row.queuedMs !== null && { queuedMs: row.queuedMs }),
    outcome: row.outcome,
    ...(row.code !== '' && { code: row.code as ErrorCode }),
    requestId,
    ...(row.cycle !== '' && { cycle: row.cycle }),
    ...(row.mirror !== '' && { mirror: row.mirror }),
  }
}
