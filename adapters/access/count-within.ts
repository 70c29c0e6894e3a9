/** Counts by a key in a window of time, and refuses what is too much. */
import type { RateLimiterMemory } from 'rate-limiter-flexible'
import { OutpostError } from '../../schemas/outpost-error.ts'

/** @throws OutpostError TOO_MANY_REQUESTS */
export async function countWithin(limiter: RateLimiterMemory, key: string, what: string): Promise<void> {
  const { consumedPoints, msBeforeNext } = await limiter.penalty(key)
  if (consumedPoints > limiter.points) throw tooMany(what, msBeforeNext, limiter.duration)
}

/** @param longestS of the window: the operating system's clock may have been set since it began */
export function tooMany(what: string, msBeforeNext: number, longestS: number): OutpostError {
  const retryAfterS = Math.min(longestS, Math.max(1, Math.ceil(msBeforeNext / 1000)))
  return new OutpostError('TOO_MANY_REQUESTS', `${what}; try again in ${retryAfterS} seconds`, { retryAfterS })
}
