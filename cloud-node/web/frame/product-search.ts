/** Products that headquarters finds for what is typed, page by page. */
import { signal, type ReadonlySignal } from '@preact/signals'
import type { ProductDocument } from '../../../schemas/collections/products.ts'
import type { ProductPage } from '../../../schemas/protocol/listings.ts'
import { askNode, type Failure } from './ask-node.ts'

export interface FoundProducts {
  readonly products: readonly ProductDocument[]
  readonly currency: string | undefined
  readonly next: string | undefined
  readonly busy: boolean
  readonly failure: Failure | undefined
}

const NOTHING: FoundProducts = { products: [], currency: undefined, next: undefined, busy: true, failure: undefined }
/** Between the last key and the question. */
export const SEARCH_PAUSE_MS = 200
/** Products that are shown before more are asked for. */
const ENOUGH = 50

export class ProductSearch {
  readonly #found = signal(NOTHING)
  readonly found: ReadonlySignal<FoundProducts> = this.#found
  #query = new URLSearchParams()
  /** Counts questions: what answers an earlier one is not shown. */
  #asked = 0

  /** From the first page; what was found stays until there is an answer. */
  async search(query: URLSearchParams): Promise<void> {
    this.#query = query
    await this.#ask(undefined, [])
  }

  async again(): Promise<void> {
    await this.search(this.#query)
  }

  async more(): Promise<void> {
    const { next, products } = this.#found.value
    if (next !== undefined) await this.#ask(next, products)
  }

  async #ask(from: string | undefined, before: readonly ProductDocument[]): Promise<void> {
    const asked = ++this.#asked
    this.#found.value = { ...this.#found.value, busy: true, failure: undefined }
    let after = from
    let products = before
    // A page can end before it has found enough: headquarters looks at so many products at once and no more.
    do {
      const query = new URLSearchParams(this.#query)
      if (after !== undefined) query.set('after', after)
      const answer = await askNode<ProductPage>(`/api/products?${query}`)
      if (asked !== this.#asked) return
      if (!answer.ok) {
        this.#found.value = { ...this.#found.value, busy: false, failure: answer.failure }
        return
      }
      products = [...products, ...answer.value.products]
      after = answer.value.next
      const { currency } = answer.value
      const busy = after !== undefined && products.length < before.length + ENOUGH
      this.#found.value = { products, currency, next: after, busy, failure: undefined }
    } while (after !== undefined && products.length < before.length + ENOUGH)
  }
}
