/** Waiting between attempts: doubled each time, with jitter, up to a cap. */

const FIRST_MS = 500
const CAP_MS = 30_000

/** `attempt` from 0; `random` in [0, 1) spreads many waiters over the second half of the time. */
export function backoffMs(attempt: number, random: number): number {
  return Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(attempt, 16)) * (0.5 + random / 2)
}
