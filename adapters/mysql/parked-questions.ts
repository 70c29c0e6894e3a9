/**
 * Questions which documents are parked, until the mirror has a turn for them: it answers between two pages, on its own
 * connection, so that however many ask, MySQL has no more connections. Whoever cannot be answered hears so.
 */

/** Beyond it nobody waits: MySQL is slow then. */
const MAX_WAITING = 100

interface ParkedQuestion {
  readonly collection: string
  readonly ids: readonly string[]
  /** With `undefined` where nobody can tell. */
  readonly answer: (parked: ReadonlySet<string> | undefined) => void
}

export class ParkedQuestions {
  #waiting: ParkedQuestion[] = []

  /** @returns `undefined` where nobody can tell */
  ask(collection: string, ids: readonly string[]): Promise<ReadonlySet<string> | undefined> {
    if (this.#waiting.length >= MAX_WAITING) return Promise.resolve(undefined)
    return new Promise((answer) => this.#waiting.push({ collection, ids, answer }))
  }

  /** The next one; it must be answered. */
  next(): ParkedQuestion | undefined {
    return this.#waiting.shift()
  }

  giveUp(): void {
    for (const { answer } of this.#waiting) answer(undefined)
    this.#waiting = []
  }
}
