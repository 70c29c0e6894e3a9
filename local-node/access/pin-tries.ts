/** How wrong PINs are slowed down, at the node and on a paired device while the node is away: the same for both. */

/** Of one person. */
export interface PinTries {
  /** Since the last right one; one that is being checked counts as wrong. */
  readonly wrong: number
  /** When the last of them was begun, ms. */
  readonly lastMs: number
}

export const NO_TRIES: PinTries = { wrong: 0, lastMs: 0 }

const FREE = 5
const FIRST_WAIT_MS = 30_000
/** A guesser of four digits needs months; a colleague's joke costs a quarter of an hour. */
const LONGEST_WAIT_MS = 15 * 60_000

/** How long nothing more is checked, ms. A clock that was set back makes it no longer than it was. */
export function pinWaitMs({ wrong, lastMs }: PinTries, nowMs: number): number {
  if (wrong < FREE) return 0
  const wholeMs = Math.min(FIRST_WAIT_MS * 2 ** (wrong - FREE), LONGEST_WAIT_MS)
  return Math.max(0, wholeMs - Math.max(0, nowMs - lastMs))
}

/** What is kept while somebody has to wait: the wait is counted by the clock as it is now. */
export function waitingOn(tries: PinTries, nowMs: number): PinTries {
  return tries.lastMs > nowMs ? { ...tries, lastMs: nowMs } : tries
}

/** What is kept before a PIN is checked. */
export function begunTry({ wrong }: PinTries, nowMs: number): PinTries {
  return { wrong: wrong + 1, lastMs: nowMs }
}
