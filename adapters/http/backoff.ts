/** Waiting between tries: exponential with full jitter (Brooker, "Exponential Backoff and Jitter", 2015), cut short by a wake-up. */

export interface BackoffLimits {
  /** Longest first wait, ms. */
  readonly firstMs: number
  /** Longest wait, ms. */
  readonly capMs: number
}

/** @param random in [0, 1) */
export function backoffMs(attempt: number, { firstMs, capMs }: BackoffLimits, random: number): number {
  const ceiling = Math.min(capMs, firstMs * 2 ** Math.min(attempt, 30))
  return ceiling / 2 + (random * ceiling) / 2
}

/** Sleepers that one call wakes together. */
export class Waiting {
  readonly #sleepers = new Set<() => void>()

  /** Resolves after the time, on `wake`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        this.#sleepers.delete(end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal.addEventListener('abort', end)
      this.#sleepers.add(end)
    })
  }

  wake(): void {
    for (const end of [...this.#sleepers]) end()
  }
}
