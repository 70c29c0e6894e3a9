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
} from '../../schemas/protocol/sync-log.ts'
import { StatementCache } from '../sqlite/statement-cache.ts'
import { DocumentFinder } from './document-finder.ts'

/** What entries must have to be listed; times in ms since 1970. */
export interface SyncLogQuery {
  readonly branch?: string | undefined
  readonly kind?: SyncLogKind | undefined
  readonly outcome?: 'ok' | 'failed' | undefined
  readonly code?: string | undefined
  readonly request?: string | undefined
  readonly document?: { readonly collection: string; readonly id: string } | undefined
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  /** The `next` of the page before. */
  readonly before?: number | undefined
  readonly limit: number
}

const COLUMNS = `SELECT number, at, branch_id AS branchId, kind, class, sent, received, outcomes,
  bytes_sent AS bytesSent, bytes_received AS bytesReceived, ms, queued_ms AS queuedMs, failed, code,
  request_id AS requestId, cycle, mirror, first_document AS firstDocument, documents FROM entry`
/** Of `filters`. */
const FILTERS = `branch_id = coalesce(?, branch_id) AND kind = coalesce(?, kind) AND failed = coalesce(?, failed)
  AND code = coalesce(?, code) AND at >= ? AND at < ? ORDER BY number DESC LIMIT ?`
/** Entries of one document that are looked at for a page. */
const MOST_OF_DOCUMENT = 1000
/** Later entries that a trail shows. */
const MOST_LATER = 200
/** Entries that can share a request's id: one with its repeats. */
const MOST_OF_REQUEST = 100

export class LogReader {
  readonly #statements: StatementCache
  readonly #finder: DocumentFinder

  constructor(db: Database.Database) {
    this.#statements = new StatementCache(db)
    this.#finder = new DocumentFinder(this.#statements)
  }

  /** The newest first. */
  list(query: SyncLogQuery): SyncLogPage {
    const rows = this.#rows(query, query.limit + 1)
    const entries = rows.slice(0, query.limit).map(toEntry)
    return { entries, ...(rows.length > query.limit && { next: entries.at(-1)!.number }) }
  }

  /** @throws OutpostError NOT_FOUND */
  entry(number: number): SyncLogDetail {
    const row = this.#statements.prepare(`${COLUMNS} WHERE number = ?`).get(number) as EntryRow | undefined
    if (!row) throw new OutpostError('NOT_FOUND', `the sync log has no entry ${number}, or not any more`)
    return this.#withDocuments(row)
  }

  /** @throws OutpostError NOT_FOUND */
  trail(requestId: string): SyncLogTrail {
    const rows = this.#rows({ request: requestId, limit: MOST_OF_REQUEST }, MOST_OF_REQUEST).toReversed()
    if (rows.length === 0) throw new OutpostError('NOT_FOUND', 'the sync log knows no request of this id')
    const entries = rows.map((row) => this.#withDocuments(row))
    const own = new Set(entries.map(({ number }) => number))
    const documents = entries.flatMap((entry) => entry.documents)
    const later = this.#finder.after(documents, rows[0]!.firstDocument, MOST_LATER).filter((number) => !own.has(number))
    return { entries, later: this.#numbered(later).map(toEntry) }
  }

  #rows(query: SyncLogQuery, limit: number): EntryRow[] {
    const { request, document, before = Number.MAX_SAFE_INTEGER } = query
    const rest = [...filters(query), limit]
    if (request !== undefined) {
      return this.#all(`${COLUMNS} WHERE request_id = ? AND number < ? AND ${FILTERS}`, [request, before, ...rest])
    }
    if (document) {
      const numbers = this.#finder.before(document, before, MOST_OF_DOCUMENT)
      const listed = `${COLUMNS} WHERE number IN (SELECT value FROM json_each(?)) AND ${FILTERS}`
      return this.#all(listed, [JSON.stringify(numbers), ...rest])
    }
    if (query.outcome === 'failed' || (query.code ?? '') !== '') {
      return this.#all(`${COLUMNS} INDEXED BY entry_failed WHERE failed = 1 AND number < ? AND ${FILTERS}`, [
        before,
        ...rest,
      ])
    }
    if (query.branch !== undefined) {
      return this.#all(`${COLUMNS} WHERE branch_id = ? AND number < ? AND ${FILTERS}`, [query.branch, before, ...rest])
    }
    return this.#all(`${COLUMNS} WHERE number < ? AND ${FILTERS}`, [before, ...rest])
  }

  #numbered(numbers: readonly number[]): EntryRow[] {
    const sql = `${COLUMNS} WHERE number IN (SELECT value FROM json_each(?)) ORDER BY number`
    return this.#all(sql, [JSON.stringify(numbers)])
  }

  #all(sql: string, values: readonly unknown[]): EntryRow[] {
    return this.#statements.prepare(sql).all(...values) as EntryRow[]
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
  readonly failed: 0 | 1
  readonly code: string
  readonly requestId: string
  readonly cycle: string
  readonly mirror: string
  readonly firstDocument: number
  readonly documents: number
}

function filters({ branch, kind, outcome, code, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER }: SyncLogQuery): unknown[] {
  const failed = outcome === undefined ? null : outcome === 'failed' ? 1 : 0
  return [branch ?? null, kind ?? null, failed, code ?? null, fromMs, toMs]
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
    outcome: row.failed === 1 ? 'failed' : 'ok',
    ...(row.code !== '' && { code: row.code as ErrorCode }),
    requestId,
    ...(row.cycle !== '' && { cycle: row.cycle }),
    ...(row.mirror !== '' && { mirror: row.mirror }),
  }
}
