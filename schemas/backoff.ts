/** How long to wait between tries: exponential with equal jitter (Brooker, "Exponential Backoff and Jitter", 2015). */

export interface BackoffLimits {
  /** Longest first wait, ms. */
  readonly firstMs: number
  /** Longest wait, ms. */
  readonly capMs: number
}

/**
 * The wait before the next try, ms: at least half of its ceiling, which doubles up to the cap.
 *
 * @param attempt failed tries before, from 0
 * @param random in [0, 1): spreads those that failed together
 */
export function backoffMs(attempt: number, { firstMs, capMs }: BackoffLimits, random: number): number {
  const ceiling = Math.min(capMs, firstMs * 2 ** Math.min(attempt, 30))
  return ceiling * (0.5 + random / 2)
}
