/** Waits that end early when somebody knows better. */

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
    for (const end of Array.from(this.#sleepers)) end()
  }
}
