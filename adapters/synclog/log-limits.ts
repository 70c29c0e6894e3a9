/** How much the log keeps. */

export const DAY_MS = 86_400_000

/** Of entries, unless the configuration says otherwise. */
export const LOG_DAYS = 7

export interface LogLimits {
  /** Entries are kept while they are younger, and among the newest `entries`. */
  readonly ageMs: number
  readonly entries: number
  readonly documents: number
  readonly spansMs: number
  readonly hoursMs: number
}

export const LOG_LIMITS: LogLimits = {
  ageMs: LOG_DAYS * DAY_MS,
  entries: 1_000_000,
  documents: 2_000_000,
  spansMs: 3 * DAY_MS,
  hoursMs: 90 * DAY_MS,
}

/** Of one that is kept in memory. */
export const MEMORY_LIMITS = { entries: 10_000, documents: 20_000 } as const
