/** Where a branch stands, judged by checked facts only: what pages, commands and proofs call it. */
import { freshVerdict, FRESH_MS } from './fresh-verdict.ts'
import type { BranchLink, BranchRow } from './protocol/status.ts'

/**
 * `off`: disabled or retired, so nothing is expected of it. `trouble`: a person has to do something. `silent`: it was
 * heard once and is not heard now; what it said last may no longer be so. `behind`: something waits on either side.
 * `in-sync`: digests agreed a moment ago. `unchecked`: none of these is known, as before the first comparison.
 */
export type BranchStanding = 'off' | 'trouble' | 'silent' | 'behind' | 'in-sync' | 'unchecked'

/** The gravest first. */
export const BRANCH_STANDINGS: readonly BranchStanding[] = [
  'trouble',
  'silent',
  'behind',
  'unchecked',
  'in-sync',
  'off',
]

/** What makes trouble; all that are so, since each wants another remedy. */
export type BranchTrouble = 'clone' | 'differs' | 'exceptions' | 'clock' | 'disk'

/** A live stream that has ended comes back within moments, where the link is there. */
export const LINK_LOST_MS = 3000
/** By so much a PC's clock may be wrong before somebody should set it, ms. */
export const CLOCK_OFFSET_MS = 300_000
/** A till writes some MB a day, an update takes a few hundred; bytes. */
export const LITTLE_DISK = 1e9

/** @param nowMs by the clock of headquarters, which dated all of it */
export function branchStanding(row: BranchRow, nowMs: number): BranchStanding {
  if (!row.enabled || row.retired === true) return 'off'
  if ((row.suspected?.length ?? 0) > 0) return 'trouble'
  if (isSilent(row, nowMs)) return 'silent'
  if (branchTroubles(row).length > 0) return 'trouble'
  const { state } = freshVerdict(row.verdict, nowMs)
  return state === 'in-sync' || state === 'behind' ? state : 'unchecked'
}

/** As headquarters heard of them last, which for a silent branch is a while ago. */
export function branchTroubles(row: BranchRow): BranchTrouble[] {
  const { reported } = row
  const found: Readonly<Record<BranchTrouble, boolean>> = {
    clone: (row.suspected?.length ?? 0) > 0,
    differs: row.verdict.state === 'differs',
    exceptions: (reported?.exceptions ?? 0) > 0,
    clock: Math.abs(reported?.clockOffsetMs ?? 0) > CLOCK_OFFSET_MS,
    disk: (reported?.disk?.free ?? Infinity) < LITTLE_DISK,
  }
  return (Object.keys(found) as BranchTrouble[]).filter((trouble) => found[trouble])
}

/** One that was never heard has not been set up yet: nobody misses it. */
export function isSilent({ lastHeartbeatAt, link }: BranchRow, nowMs: number): boolean {
  if (lastHeartbeatAt === undefined) return false
  if (link?.state === 'lost' && Math.abs(nowMs - Date.parse(link.since)) > LINK_LOST_MS) return true
  // Where the clock has gone back nobody knows how old a heartbeat is that lies ahead of it.
  return Math.abs(nowMs - Date.parse(lastHeartbeatAt)) > FRESH_MS
}

/** What may be claimed of its live stream: a PC that lost its power ends none, and headquarters keeps one open for long. */
export function knownLink(row: BranchRow, nowMs: number): BranchLink | undefined {
  return row.link?.state === 'open' && isSilent(row, nowMs) ? undefined : row.link
}
