/** Documents that have come to a status which nothing follows, until somebody compares them with their rows. */
import { MOST_KEPT } from '../adapters/reconcile/reconcile-mirror.ts'
import type { Store } from '../adapters/sqlite/store.ts'
import { isFinalStatus } from '../schemas/order-status.ts'

/** More are left to the next recent run. */
const MOST_WAITING = 10_000
/** The mirror has them by then, and those that come together are looked at together. */
const PAUSE_MS = 1000

interface EndedOrder {
  readonly collection: string
  readonly id: string
  readonly seq: number
}

export interface TakenOrders {
  /** By collection. */
  readonly documents: ReadonlyMap<string, ReadonlySet<string>>
  /** All of them were written behind it. */
  readonly fromSeq: number
}

export class EndedOrders {
  readonly #store: Store
  readonly #call: () => void
  readonly #waiting = new Map<string, EndedOrder>()
  #timer: NodeJS.Timeout | undefined
  #unsubscribe: (() => void) | undefined

  /** @param call some wait: `take` them */
  constructor(store: Store, call: () => void) {
    this.#store = store
    this.#call = call
  }

  start(): void {
    this.#unsubscribe = this.#store.onCommit(({ changes }) => {
      for (const { table, doc, previous, seq } of changes) {
        const { declaration } = table
        if (declaration?.merge.hasStatus !== true || !declaration.mirror) continue
        if (!isFinalStatus(doc['status']) || previous?.['status'] === doc['status']) continue
        this.#note({ collection: declaration.name, id: String(doc[declaration.merge.key]), seq })
      }
    })
  }

  stop(): void {
    this.#unsubscribe?.()
    clearTimeout(this.#timer)
  }

  /** No more than a report names, since whoever approves it approves those. For what is left it calls again. */
  take(): TakenOrders {
    const documents = new Map<string, Set<string>>()
    let lowest = Infinity
    for (const [key, { collection, id, seq }] of [...this.#waiting].slice(0, MOST_KEPT)) {
      documents.set(collection, (documents.get(collection) ?? new Set()).add(id))
      lowest = Math.min(lowest, seq)
      this.#waiting.delete(key)
    }
    if (this.#waiting.size > 0) this.#callSoon()
    return { documents, fromSeq: lowest - 1 }
  }

  #note(order: EndedOrder): void {
    if (this.#waiting.size >= MOST_WAITING) return
    this.#waiting.set(`${order.collection}/${order.id}`, order)
    this.#callSoon()
  }

  #callSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#call()
    }, PAUSE_MS).unref()
  }
}
