/**
 * Something that is read again and again, one question at a time: what is wanted while one is under way is asked when that
 * has ended. So a node that answers more slowly than it is asked is heard all the same, and one that never answers in time
 * is said to fail.
 */
import { signal, type ReadonlySignal } from '@preact/signals'
import { pageNow } from '../page-clock.ts'

export interface Reading<T> {
  /** What was read last; stays while it cannot be read again. */
  readonly value?: T
  /** `pageNow()` when that was asked for. */
  readonly askedMs?: number
  /** It could not be read the last time. */
  readonly failed: boolean
}

export class Renewal<T> {
  readonly #reading = signal<Reading<T>>({ failed: false })
  #isUnderWay = false
  #isWanted = false
  #isOver = false
  #askedMs = Number.NEGATIVE_INFINITY

  get reading(): ReadonlySignal<Reading<T>> {
    return this.#reading
  }

  /** `pageNow()` of the last question. */
  get askedMs(): number {
    return this.#askedMs
  }

  /** @param load `undefined` where it could not be read; ends in any case */
  async ask(load: () => Promise<T | undefined>): Promise<void> {
    if (this.#isUnderWay) {
      this.#isWanted = true
      return
    }
    this.#isUnderWay = true
    try {
      do {
        this.#isWanted = false
        const askedMs = (this.#askedMs = pageNow())
        const value = await load()
        if (this.#isOver) return
        const before = this.#reading.value
        this.#reading.value = value === undefined ? { ...before, failed: true } : { value, askedMs, failed: false }
      } while (this.#isWanted)
    } finally {
      this.#isUnderWay = false
    }
  }

  /** Nobody looks any more. */
  end(): void {
    this.#isOver = true
  }
}
