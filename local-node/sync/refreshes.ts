/**
 * Documents that somebody has opened and whose newest state headquarters is asked for: a few at a time, each once in a
 * while. In memory, since whoever opened them looks at them now.
 */
import { documentKey } from '../../adapters/exchange/replica.ts'

export interface OpenedDocument {
  readonly collection: string
  readonly id: string
}

/** A document is asked for at most so often, ms. */
const PAUSE_MS = 30_000
/** Asked for at once. */
const MAX_OPEN = 20
/** Of which it is known when they were asked for: more than staff open within the pause. */
const MAX_REMEMBERED = 500

export class Refreshes {
  readonly #nowMs: () => number
  readonly #open = new Map<string, OpenedDocument>()
  /** When each was asked for, the longest ago first. */
  readonly #askedAtMs = new Map<string, number>()

  /** @param nowMs monotonic */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  get size(): number {
    return this.#open.size
  }

  /** @returns whether it is to be asked for because of this */
  add(opened: OpenedDocument): boolean {
    const key = documentKey(opened)
    const nowMs = this.#nowMs()
    const askedAtMs = this.#askedAtMs.get(key)
    if (askedAtMs !== undefined && nowMs - askedAtMs < PAUSE_MS) return false
    if (this.#open.has(key) || this.#open.size >= MAX_OPEN) return false
    this.#open.set(key, opened)
    this.#askedAtMs.delete(key)
    this.#askedAtMs.set(key, nowMs)
    for (const [oldest] of this.#askedAtMs) {
      if (this.#askedAtMs.size <= MAX_REMEMBERED) break
      this.#askedAtMs.delete(oldest)
    }
    return true
  }

  list(): OpenedDocument[] {
    return [...this.#open.values()]
  }

  /** Headquarters has answered of these. */
  settle(opened: readonly OpenedDocument[]): void {
    for (const one of opened) this.#open.delete(documentKey(one))
  }

  /** Nobody is asked: whoever opens one of them again may try anew at once. */
  drop(): void {
    for (const key of this.#open.keys()) this.#askedAtMs.delete(key)
    this.#open.clear()
  }
}
