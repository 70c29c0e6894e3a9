/**
 * Work of which only a little is done at once. Whoever waits takes turns, and a crowd is sent away instead of waiting for
 * ever: it is those who ask for most that hear so.
 */

export interface TurnsOptions {
  readonly atOnce: number
  readonly maxWaiting: number
  readonly maxWaitingOfOne: number
  /** What is thrown at whoever is sent away. */
  readonly sentAway: () => Error
}

interface Waiter {
  readonly begin: () => void
  readonly sendAway: (error: Error) => void
}

export class Turns {
  readonly #options: TurnsOptions
  #running = 0
  /** By whose turn it is. Whoever is first in it is next, and then the last. */
  readonly #waiting = new Map<string, Waiter[]>()

  constructor(options: TurnsOptions) {
    this.#options = options
  }

  /** @throws what `sentAway` makes; what the work throws */
  async take<T>(whose: string, work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#options.atOnce) this.#running++
    else await new Promise<void>((resolve, reject) => this.#queueUp(whose, { begin: resolve, sendAway: reject }))
    try {
      return await work()
    } finally {
      const next = this.#next()
      if (next) next.begin()
      else this.#running--
    }
  }

  #queueUp(whose: string, waiter: Waiter): void {
    const { maxWaiting, maxWaitingOfOne, sentAway } = this.#options
    const own = this.#waiting.get(whose) ?? []
    if (own.length >= maxWaitingOfOne) return waiter.sendAway(sentAway())
    const all = [...this.#waiting.values()]
    if (all.reduce((sum, { length }) => sum + length, 0) >= maxWaiting) {
      const longest = all.reduce((one, other) => (other.length > one.length ? other : one))
      // The newest of whoever has most waiting makes room for those who have less.
      if (longest.length <= own.length + 1) return waiter.sendAway(sentAway())
      longest.pop()!.sendAway(sentAway())
    }
    own.push(waiter)
    this.#waiting.set(whose, own)
  }

  #next(): Waiter | undefined {
    const [first] = this.#waiting
    if (!first) return undefined
    const [whose, [next, ...others]] = first
    this.#waiting.delete(whose)
    if (others.length > 0) this.#waiting.set(whose, others)
    return next
  }
}
