/**
 * Time as a page counts it: on while the device slept, which `performance.now()` may pass over, and never back. Without it
 * a page that wakes up would call facts of last night some seconds old. A clock of the device that is set forward looks the
 * same: then all is too old until the node is heard again, some moments later.
 */

/** What passes of one clock and not of the other without a sleep: timers are late, clocks are put right by little. */
const SLEPT_MS = 3_000

export class PageClock {
  #sleptMs = 0
  #wallMs: number
  #runningMs: number

  /** @param wallMs `Date.now()`; @param runningMs `performance.now()` */
  constructor(wallMs: number, runningMs: number) {
    this.#wallMs = wallMs
    this.#runningMs = runningMs
  }

  /** ms since the page began, or so. */
  now(runningMs: number): number {
    return runningMs + this.#sleptMs
  }

  /** Call it often. @returns whether the device slept since the last call */
  beat(wallMs: number, runningMs: number): boolean {
    const missingMs = wallMs - this.#wallMs - (runningMs - this.#runningMs)
    this.#wallMs = wallMs
    this.#runningMs = runningMs
    if (missingMs <= SLEPT_MS) return false
    this.#sleptMs += missingMs
    return true
  }
}

/** Of this page. */
export const pageClock = new PageClock(Date.now(), performance.now())

/** ms, of this page; time that the device slept counts. */
export function pageNow(): number {
  return pageClock.now(performance.now())
}
