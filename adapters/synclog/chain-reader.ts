/**
 * Reads the figures of hundreds of branches at once. They are those of the history reader by another way: whole hours
 * from the hours' rows and the rest from the finer ones, which is a tenth of the rows, with one statement for all.
 */
import type Database from 'better-sqlite3'
import type { FiguresOfBranch, HourlyPoints } from '../../schemas/protocol/chain-figures.ts'
import { StatementCache } from '../sqlite/statement-cache.ts'
import { DAY_MS } from './log-limits.ts'
import { LONGEST_ROW_OF_ALL } from './history-reader.ts'
import { ALL_BRANCHES, HOUR_MS, SPAN_MS } from './tally.ts'

const HOURS = DAY_MS / HOUR_MS

export class ChainReader {
  readonly #statements: StatementCache

  constructor(db: Database.Database) {
    this.#statements = new StatementCache(db)
  }

  /** By branch, each of those that are named. */
  figures(branchIds: readonly string[], nowMs: number): Map<string, FiguresOfBranch> {
    const fromMs = firstHour(nowMs)
    const hours = this.#spans(branchIds, HOUR_MS, fromMs - 1, nowMs + 1)
    // What lies between this moment of yesterday and the first whole hour.
    const rest = this.#spans(branchIds, SPAN_MS, nowMs - DAY_MS, fromMs)
    const last = this.#spans(branchIds, SPAN_MS, nowMs - HOUR_MS, nowMs + 1)
    const rows = this.#longestRows(branchIds, nowMs)
    return new Map(
      branchIds.map((id) => {
        const own = hours.get(id) ?? []
        const { requests, failed, refused } = sumOf([...own, ...(rest.get(id) ?? [])])
        const hour = sumOf(last.get(id) ?? [])
        const figures = {
          ...(requests > 0 && { successRate: (requests - failed) / requests }),
          requests,
          failed,
          ...(refused > 0 && { refused }),
          failedLastHour: hour.failed,
          ...(hour.delays > 0 && { meanDelayMs: hour.delayMs / hour.delays }),
          consecutiveFailures: rows.get(id) ?? 0,
          ...(own.length > 0 && { hours: pointsOf(own, fromMs) }),
        }
        return [id, figures]
      }),
    )
  }

  #longestRows(branchIds: readonly string[], nowMs: number): Map<string, number> {
    const sql = `SELECT branch_id, max(failures) FROM failure_row
      WHERE branch_id IN (SELECT value FROM json_each(?)) GROUP BY branch_id`
    const rows = new Map(this.#all(sql, JSON.stringify(branchIds)) as [string, number][])
    const ofAll = this.#statements.preparePlucked(LONGEST_ROW_OF_ALL).get(nowMs - HOUR_MS, nowMs) as number | null
    return rows.set(ALL_BRANCHES, ofAll ?? 0)
  }

  /** By branch, those that began after one moment and before the other. */
  #spans(branchIds: readonly string[], stepMs: number, afterMs: number, beforeMs: number): Map<string, Span[]> {
    const sql = `SELECT branch_id, at, requests, failed, refused, delays, delay_ms, backlog FROM json_each(?) CROSS JOIN span
      WHERE step = ? AND branch_id = value AND at > ? AND at < ?`
    const byBranch = new Map<string, Span[]>()
    for (const row of this.#all(sql, JSON.stringify(branchIds), stepMs, afterMs, beforeMs)) {
      const [branchId, ...span] = row as [string, ...Span]
      const known = byBranch.get(branchId)
      if (known) known.push(span)
      else byBranch.set(branchId, [span])
    }
    return byBranch
  }

  /** Rows as lists: thousands of objects would take longer to make than to find. */
  #all(sql: string, ...values: unknown[]): unknown[] {
    return this.#statements.prepare(sql).raw().all(values)
  }
}

/** When the oldest of 24 hours began, of which the last is under way. */
export function firstHour(nowMs: number): number {
  return (Math.floor(nowMs / HOUR_MS) - HOURS + 1) * HOUR_MS
}

type Span = [
  at: number,
  requests: number,
  failed: number,
  refused: number,
  delays: number,
  delayMs: number,
  backlog: number | null,
]

function sumOf(spans: readonly Span[]) {
  const sum = { requests: 0, failed: 0, refused: 0, delays: 0, delayMs: 0 }
  for (const [, requests, failed, refused, delays, delayMs] of spans) {
    sum.requests += requests
    sum.failed += failed
    sum.refused += refused
    sum.delays += delays
    sum.delayMs += delayMs
  }
  return sum
}

function pointsOf(spans: readonly Span[], fromMs: number): HourlyPoints {
  const points = {
    requests: Array<number>(HOURS).fill(0),
    failed: Array<number>(HOURS).fill(0),
    backlog: Array<number | null>(HOURS).fill(null),
  }
  for (const [at, requests, failed, , , , backlog] of spans) {
    const index = (at - fromMs) / HOUR_MS
    points.requests[index] = requests
    points.failed[index] = failed
    points.backlog[index] = backlog
  }
  return points
}
