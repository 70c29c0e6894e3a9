/** Documents that have come to a status which nothing follows, until somebody compares them with their rows. */
import type { Store } from '../adapters/sqlite/store.ts'
import { isFinalStatus } from '../schemas/order-status.ts'

/** More are left to the next recent run. */
const MOST_WAITING = 10_000
/** The mirror has them by then, and those that come together are looked at together. */
const PAUSE_MS = 1000

export class EndedOrders {
  readonly #store: Store
  readonly #call: () => void
  #waiting = new Map<string, Set<string>>()
  #count = 0
  #timer: NodeJS.Timeout | undefined
  #unsubscribe: (() => void) | undefined

  /** @param call some wait: `take` them */
  constructor(store: Store, call: () => void) {
    this.#store = store
    this.#call = call
  }

  start(): void {
    this.#unsubscribe = this.#store.onCommit(({ changes }) => {
      for (const { table, doc, previous } of changes) {
        const { declaration } = table
        if (declaration?.merge.hasStatus !== true || !declaration.mirror) continue
        if (!isFinalStatus(doc['status']) || previous?.['status'] === doc['status']) continue
        this.#note(declaration.name, String(doc[declaration.merge.key]))
      }
    })
  }

  stop(): void {
    this.#unsubscribe?.()
    clearTimeout(this.#timer)
  }

  /** By collection. */
  take(): ReadonlyMap<string, ReadonlySet<string>> {
    const taken = this.#waiting
    this.#waiting = new Map()
    this.#count = 0
    return taken
  }

  #note(collection: string, id: string): void {
    if (this.#count >= MOST_WAITING) return
    const ids = this.#waiting.get(collection) ?? new Set()
    this.#waiting.set(collection, ids.add(id))
    this.#count += 1
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#call()
    }, PAUSE_MS).unref()
  }
}
