/**
 * How fast the chain uses up the failures that its objective allows: multi-window, multi-burn-rate alerts (Google, "The Site
 * Reliability Workbook", chapter 5). 1 uses exactly all of it over the objective's 30 days. The short window ends an alert
 * soon after its cause has gone.
 */
import type { AlertLevel } from '../../schemas/protocol/alerts.ts'
import type { SyncBucket } from '../../schemas/protocol/sync-log.ts'
import { ALERT_LEVELS, FEWEST_REQUESTS, type LevelThresholds } from './thresholds.ts'

/** Of exchanges, that succeed. */
export const OBJECTIVE = 0.999

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** A twelfth of the long window is the short one. */
export const WINDOWS: Readonly<Record<AlertLevel, { readonly longMs: number; readonly shortMs: number }>> = {
  critical: { longMs: HOUR_MS, shortMs: 5 * MINUTE_MS },
  warning: { longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS },
  notice: { longMs: 72 * HOUR_MS, shortMs: 6 * HOUR_MS },
}

/**
 * Failures in the long window below which nobody is called: two idle shops ask seven hundred times in an hour, and a handful
 * of failures would already be a grave share of that ("Low-Traffic Services and Error Budget Alerting", ibidem).
 */
export const FEWEST_FAILURES: Readonly<Record<AlertLevel, number>> = { critical: 20, warning: 10, notice: 5 }

export const BURN_RATE_HISTORY_MS = WINDOWS.notice.longMs

export interface Burning {
  readonly level: AlertLevel
  /** Over the long window. */
  readonly value: number
  readonly threshold: number
}

/** The gravest level whose two windows both burn faster than it allows. */
export function burning(
  buckets: readonly SyncBucket[],
  thresholds: LevelThresholds,
  nowMs: number,
): Burning | undefined {
  for (const level of ALERT_LEVELS) {
    const threshold = thresholds[level]
    if (threshold === undefined) continue
    const { longMs, shortMs } = WINDOWS[level]
    const long = sumSince(buckets, nowMs - longMs)
    if (long.failed < FEWEST_FAILURES[level]) continue
    const value = burnRate(long)
    if (value > threshold && burnRate(sumSince(buckets, nowMs - shortMs)) > threshold)
      return { level, value, threshold }
  }
  return undefined
}

interface Sum {
  readonly requests: number
  readonly failed: number
}

/** 0 where there were too few exchanges to say. */
function burnRate({ requests, failed }: Sum): number {
  return requests < FEWEST_REQUESTS ? 0 : failed / requests / (1 - OBJECTIVE)
}

/** Of the spans that ended after a moment. */
function sumSince(buckets: readonly SyncBucket[], sinceMs: number): Sum {
  let [requests, failed] = [0, 0]
  for (const bucket of buckets) {
    if (Date.parse(bucket.at) + SPAN_MS <= sinceMs) continue
    requests += bucket.requests
    failed += bucket.failed
  }
  return { requests, failed }
}

const SPAN_MS = 5 * MINUTE_MS
