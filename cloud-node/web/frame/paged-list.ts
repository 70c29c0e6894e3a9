/** A list that is asked for page by page. What was paged to stays when it is read again, and nothing stands in it twice. */
import { signal, type ReadonlySignal } from '@preact/signals'
import type { Answer, Failure } from './ask-node.ts'

export interface PagedItems<T, Place> {
  /** `undefined` until the first answer. */
  readonly items: readonly T[] | undefined
  /** Where the rest begins. */
  readonly next: Place | undefined
  readonly busy: boolean
  readonly failure: Failure | undefined
}

export interface AskedPage<T, Place> {
  readonly items: readonly T[]
  readonly next: Place | undefined
}

export class PagedList<T extends { readonly id: string }, Place> {
  readonly #shown = signal<PagedItems<T, Place>>({ items: undefined, next: undefined, busy: false, failure: undefined })
  readonly shown: ReadonlySignal<PagedItems<T, Place>> = this.#shown
  readonly #ask: (from?: Place) => Promise<Answer<AskedPage<T, Place>>>
  /** Counts questions: what answers an earlier one is not shown. */
  #asked = 0

  constructor(ask: (from?: Place) => Promise<Answer<AskedPage<T, Place>>>) {
    this.#ask = ask
  }

  /** From the front, as far as it was shown. */
  async again(): Promise<void> {
    await this.#read(undefined, [], this.#shown.value.items?.length ?? 0)
  }

  /** The next page, unless one is on its way. */
  async more(): Promise<void> {
    const { items = [], next, busy } = this.#shown.value
    if (next !== undefined && !busy) await this.#read(next, items, 0)
  }

  async #read(from: Place | undefined, before: readonly T[], atLeast: number): Promise<void> {
    const asked = ++this.#asked
    this.#shown.value = { ...this.#shown.value, busy: true }
    let items = before
    let next = from
    do {
      const answer = await this.#ask(next)
      if (asked !== this.#asked) return
      if (!answer.ok) {
        this.#shown.value = { ...this.#shown.value, busy: false, failure: answer.failure }
        return
      }
      items = [...new Map([...items, ...answer.value.items].map((item) => [item.id, item])).values()]
      next = answer.value.next
    } while (next !== undefined && items.length < atLeast)
    this.#shown.value = { items, next, busy: false, failure: undefined }
  }
}
