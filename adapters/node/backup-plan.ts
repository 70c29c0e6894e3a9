/**
 * Decides when a node backs itself up and which of its backups it deletes. The clocks of shop PCs jump by years, so age
 * decides nothing that cannot be made good: backups are numbered, and what is newest goes by number.
 */

/** The table of defaults, as documented in `docs/backup.md`. */
export const BACKUP_DEFAULTS = {
  /** Local hour of the day. */
  hour: 3,
  /** How many of the newest are kept. */
  newest: 7,
  /** Of how many earlier weeks the last one is kept. */
  weeks: 4,
} as const

export interface PlannedBackup {
  /** Counts up in its folder: 1 is the first. */
  readonly number: number
  /** What the PC's clock said. */
  readonly atMs: number
}

/** What a node knows when it asks whether a backup is due. */
export interface BackupMoment {
  /** What the clock says: anything. */
  readonly nowMs: number
  /** What it said when the node started. */
  readonly startedAtMs: number
  /** How long the node has run, by a clock that nobody sets. */
  readonly upMs: number
  /** When the newest one was made, in the same measure; absent if an earlier run of the node made it. */
  readonly madeAtUpMs?: number | undefined
  /** Whether anything was written since the newest one. */
  readonly hasChanged: boolean
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Two of one run are at least so far apart, whatever the clock says. */
const LEAST_APART_MS = DAY_MS / 2
const WEEK_MS = 7 * DAY_MS
/** 1970 began on a Thursday: weeks begin on Monday. */
const MONDAY_MS = 3 * 24 * 3_600_000

/**
 * A clock that goes says by itself when a day is over. One that stands or was set back does not: then the node's own
 * running time decides, and after a start, of which no clock tells how long ago the last run was, one is made.
 *
 * @param existing those that were made by themselves
 * @param hour of the local day, 0 to 23
 */
export function planBackup(
  existing: readonly PlannedBackup[],
  hour: number,
  moment: BackupMoment,
): { readonly due: boolean; readonly nextAtMs: number } {
  const [newest] = byNumber(existing)
  const { nowMs, upMs, madeAtUpMs } = moment
  if (!newest) return { due: true, nextAtMs: nowMs }
  const now = new Date(nowMs)
  const at = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour).getTime()
  const hasPassed = at(0) <= nowMs
  const isOver = newest.atMs < (hasPassed ? at(0) : at(-1))
  const nextHourMs = hasPassed ? at(1) : at(0)
  const due = (is: boolean, nextAtMs: number) => ({ due: is, nextAtMs: is ? nowMs : nextAtMs })
  if (madeAtUpMs === undefined) return due(isOver || hasNoDay(newest, moment), nextHourMs)
  const sinceMs = upMs - madeAtUpMs
  // An hour is what summer time takes, and more than it takes to make one.
  const hasKeptUp = nowMs - newest.atMs >= sinceMs - HOUR_MS
  if (!hasKeptUp) return due(sinceMs >= DAY_MS, nowMs + DAY_MS - sinceMs)
  const waitMs = LEAST_APART_MS - sinceMs
  return due(isOver && waitMs <= 0, isOver ? nowMs + waitMs : Math.max(nextHourMs, nowMs + waitMs))
}

/** Whether nobody can tell on which day an earlier run made the newest one. */
function hasNoDay(newest: PlannedBackup, { nowMs, startedAtMs, upMs, hasChanged }: BackupMoment): boolean {
  // Made before this run began, and yet it is not older: the clock was set back, or begins anew with each start.
  if (newest.atMs >= nowMs - upMs) return true
  const stands = nowMs - startedAtMs < upMs / 2
  return stands && (hasChanged || upMs >= DAY_MS)
}

/**
 * Those to delete, once a new one has been made: all but the newest and, of what is older, the last one of each of a few
 * weeks. Whatever times they carry, the newest stay.
 */
export function expiredBackups<T extends PlannedBackup>(
  existing: readonly T[],
  keep: { readonly newest: number; readonly weeks: number } = BACKUP_DEFAULTS,
): T[] {
  const sorted = byNumber(existing)
  const seenWeeks = new Set(sorted.slice(0, keep.newest).map(weekOf))
  let weeks = 0
  return sorted.slice(keep.newest).filter((backup) => {
    const week = weekOf(backup)
    if (seenWeeks.has(week) || weeks === keep.weeks) return true
    seenWeeks.add(week)
    weeks += 1
    return false
  })
}

/** Newest first. */
function byNumber<T extends PlannedBackup>(backups: readonly T[]): T[] {
  return backups.toSorted((a, b) => b.number - a.number)
}

function weekOf({ atMs }: PlannedBackup): number {
  return Math.floor((atMs + MONDAY_MS) / WEEK_MS)
}
