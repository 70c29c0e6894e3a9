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

/** A time so far ahead was noted by a clock that was wrong then, or is wrong now. */
const FUTURE_MS = 24 * 3_600_000
const WEEK_MS = 7 * 24 * 3_600_000
/** 1970 began on a Thursday: weeks begin on Monday. */
const MONDAY_MS = 3 * 24 * 3_600_000

/**
 * @param existing those that were made by themselves
 * @param hour of the local day, 0 to 23
 * @returns `due` when the last hour has passed without one, and when the newest comes from the future: else a clock that
 *   was a year ahead for a day would end all backups for a year
 */
export function planBackup(
  existing: readonly PlannedBackup[],
  nowMs: number,
  hour: number,
): { readonly due: boolean; readonly nextAtMs: number } {
  const [newest] = byNumber(existing)
  const now = new Date(nowMs)
  const at = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour).getTime()
  const hasPassed = at(0) <= nowMs
  const lastDueMs = hasPassed ? at(0) : at(-1)
  const due = newest === undefined || newest.atMs < lastDueMs || newest.atMs > nowMs + FUTURE_MS
  return { due, nextAtMs: due ? nowMs : hasPassed ? at(1) : at(0) }
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
