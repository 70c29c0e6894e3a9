/** What may be claimed of a comparison of two stores: "in sync" only while it is fresh. */
import type { SyncVerdict } from './protocol/status.ts'

/** How long a comparison speaks for the present, ms. */
export const FRESH_MS = 60_000

/** @param nowMs by the clock of headquarters, which dated the comparison */
export function freshVerdict(verdict: SyncVerdict, nowMs: number): SyncVerdict {
  // Where the clock has gone back nobody knows how old a comparison is that lies ahead of it.
  const isFresh = verdict.checkedAt !== undefined && Math.abs(nowMs - Date.parse(verdict.checkedAt)) <= FRESH_MS
  return verdict.state === 'in-sync' && !isFresh ? { ...verdict, state: 'unknown' } : verdict
}
