/** Those who wait until the mirror has reached a seq. */

interface Waiter {
  readonly seq: number
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

export class LevelWaiters {
  readonly #waiters = new Set<Waiter>()

  /** Settles when `reached` is called with `seq` or more; rejects with the signal's reason or with what `fail` gets. */
  wait(seq: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      const end = (): void => {
        this.#waiters.delete(waiter)
        signal?.removeEventListener('abort', abort)
      }
      const waiter: Waiter = {
        seq,
        resolve: () => (end(), resolve()),
        reject: (reason) => (end(), reject(reason)),
      }
      const abort = (): void => waiter.reject(signal?.reason)
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiters.add(waiter)
    })
  }

  reached(seq: number): void {
    for (const waiter of this.#waiters) if (waiter.seq <= seq) waiter.resolve()
  }

  fail(reason: unknown): void {
    for (const waiter of this.#waiters) waiter.reject(reason)
  }
}
