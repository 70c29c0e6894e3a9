/** Reads what was summed up: histories for charts, and the figures of requirement 003 §5. */
import type Database from 'better-sqlite3'
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import type { SyncBucket, SyncFigures } from '../../schemas/protocol/sync-log.ts'
import { StatementCache } from '../sqlite/statement-cache.ts'
import { DAY_MS } from './log-limits.ts'
import { ALL_BRANCHES, HOUR_MS, SPAN_MS } from './tally.ts'

/** Of a branch that is heard: one that was shut out, or is away, has failed an hour ago for the last time. */
export const LONGEST_ROW_OF_ALL = 'SELECT max(failures) FROM failure_row WHERE at > ? AND at <= ?'

export class HistoryReader {
  readonly #statements: StatementCache

  constructor(db: Database.Database) {
    this.#statements = new StatementCache(db)
  }

  /** @param branchId of all without one */
  buckets(branchId: string | undefined, stepMs: number, fromMs: number, toMs: number): SyncBucket[] {
    const sql = `SELECT at, requests, failed, refused, sent, received, bytes, ms, max_ms AS maxMs, delays,
      delay_ms AS delayMs, max_delay_ms AS maxDelayMs, backlog FROM span WHERE step = ? AND branch_id = ? AND at >= ? AND at < ? ORDER BY at`
    const rows = this.#statements.prepare(sql).all(stepMs, branchId ?? ALL_BRANCHES, fromMs, toMs) as SpanRow[]
    return rows.map(
      ({ at, requests, failed, refused, sent, received, bytes, ms, maxMs, delays, delayMs, maxDelayMs, backlog }) => ({
        at: new Date(at).toISOString(),
        requests,
        failed,
        ...(refused > 0 && { refused }),
        sent,
        received,
        bytes,
        meanMs: requests > 0 ? ms / requests : 0,
        maxMs,
        ...(delays > 0 && { meanDelayMs: delayMs / delays, maxDelayMs }),
        ...(backlog !== null && { backlog }),
      }),
    )
  }

  /** @param branchId of all without one */
  figures(branchId: string | undefined, nowMs: number): SyncFigures {
    const of = branchId ?? ALL_BRANCHES
    const { requests, failed, refused } = this.#sum(of, nowMs - DAY_MS, nowMs)
    const hour = this.#sum(of, nowMs - HOUR_MS, nowMs)
    const codes = `SELECT code, sum(count) AS count FROM failure WHERE branch_id = ? AND at > ? AND at <= ?
      GROUP BY code`
    const failuresByCode = this.#statements.prepare(codes).all(of, nowMs - DAY_MS, nowMs) as CodeRow[]
    return {
      ...(requests > 0 && { successRate: (requests - failed) / requests }),
      requests,
      failed,
      ...(refused > 0 && { refused }),
      failedLastHour: hour.failed,
      ...(hour.delays > 0 && { meanDelayMs: hour.delayMs / hour.delays }),
      consecutiveFailures: this.#longestRow(branchId, nowMs),
      failuresByCode: failuresByCode.toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1)),
    }
  }

  #longestRow(branchId: string | undefined, nowMs: number): number {
    const ofOne = 'SELECT max(failures) FROM failure_row WHERE branch_id = ?'
    const found =
      branchId === undefined
        ? this.#statements.preparePlucked(LONGEST_ROW_OF_ALL).get(nowMs - HOUR_MS, nowMs)
        : this.#statements.preparePlucked(ofOne).get(branchId)
    return (found as number | null) ?? 0
  }

  /** Of the spans that have begun since one moment, and not after the other: the clock may have been ahead. */
  #sum(branchId: string, sinceMs: number, nowMs: number): Sum {
    const sql = `SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(failed), 0) AS failed,
      coalesce(sum(refused), 0) AS refused, coalesce(sum(delays), 0) AS delays, coalesce(sum(delay_ms), 0) AS delayMs
      FROM span WHERE step = ? AND branch_id = ? AND at > ? AND at <= ?`
    return this.#statements.prepare(sql).get(SPAN_MS, branchId, sinceMs, nowMs) as Sum
  }
}

interface Sum {
  readonly requests: number
  readonly failed: number
  readonly refused: number
  readonly delays: number
  readonly delayMs: number
}

interface CodeRow {
  readonly code: ErrorCode
  readonly count: number
}

interface SpanRow extends Sum {
  readonly at: number
  readonly sent: number
  readonly received: number
  readonly bytes: number
  readonly ms: number
  readonly maxMs: number
  readonly maxDelayMs: number
  readonly backlog: number | null
}
