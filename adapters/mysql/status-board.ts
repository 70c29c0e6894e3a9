/** How a mirror stands: its loop notes it, others look and listen. It says too why nothing can be asked of the mirror now. */
import { OutpostError } from '../../schemas/outpost-error.ts'
import { ended } from './mirror-jobs.ts'
import type { MirrorStatus } from './mirror-status.ts'

type Noted = Omit<MirrorStatus, 'lag'>

export class StatusBoard {
  readonly #listeners = new Set<() => void>()
  #noted: Noted = { state: 'stopped', position: undefined, filling: [], parked: 0, written: 0 }
  #ended: 'stopped' | 'deposed' | undefined

  get noted(): Noted {
    return this.#noted
  }

  /** Calls back after each change; returns the unsubscribe function. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Resolves when it has become so, or the mirror has ended. */
  until(is: (noted: Noted) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.#ended && !is(this.#noted)) return
        leave()
        resolve()
      }
      const leave = this.onChange(look)
      look()
    })
  }

  note(change: Partial<Noted>): void {
    this.#noted = { ...this.#noted, ...change }
    for (const listener of this.#listeners) listener()
  }

  /** @param written documents, beside those before */
  noteWritten(written: number, parked: number): void {
    this.note({ written: this.#noted.written + written, parked })
  }

  /** @param at ms since 1970 */
  noteFailure({ code, message }: OutpostError, at: number): void {
    this.note({ state: 'waiting', lastError: { code, message, at: new Date(at).toISOString() } })
  }

  noteEnd(how: 'stopped' | 'deposed'): void {
    this.#ended = how
    this.note({ state: how })
  }

  /** `undefined` for a mirror that runs, or will. */
  whyEnded(): OutpostError | undefined {
    return this.#ended && ended(this.#ended)
  }

  /** What whoever asks hears while MySQL is away or its tables do not fit: nobody knows when that is over. */
  whyWaiting(): OutpostError | undefined {
    const { state, lastError } = this.#noted
    if (state !== 'waiting' || !lastError) return undefined
    const message = `the mirror waits and tries again by itself: ${lastError.message}; see to that, then ask again`
    return new OutpostError(lastError.code, message)
  }
}
