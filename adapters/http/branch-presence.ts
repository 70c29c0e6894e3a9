/** What live streams tell of branches: one that is held open, and one that was lost where streams usually last. */
import type { BranchLink } from '../../schemas/protocol/status.ts'
import { STREAM_LIMITS } from './stream-pauses.ts'

export class BranchPresence {
  readonly #nowMs: () => number
  readonly #links = new Map<string, BranchLink>()
  /** Branches with which nothing in between cuts streams: the end of one says that the link is gone. */
  readonly #lasting = new Set<string>()
  readonly #listeners = new Set<(branchId: string) => void>()

  /** @param nowMs since 1970 */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** `undefined` while none is open, and none has ended that tells anything. */
  of(branchId: string): BranchLink | undefined {
    return this.#links.get(branchId)
  }

  opened(branchId: string): void {
    this.#set(branchId, 'open')
  }

  /** Another one was opened in its place. @param livedMs how long it was open */
  replaced(branchId: string, livedMs: number): void {
    if (livedMs >= STREAM_LIMITS.longMs) this.#lasting.add(branchId)
  }

  /** The other side has gone. */
  ended(branchId: string, livedMs: number): void {
    this.replaced(branchId, livedMs)
    // A proxy that cuts streams short says nothing of the branch behind it.
    this.#set(branchId, this.#lasting.has(branchId) ? 'lost' : undefined)
  }

  /** Headquarters has ended it itself. */
  refused(branchId: string): void {
    this.#set(branchId, undefined)
  }

  /** The branch was heard otherwise: it is there. */
  heard(branchId: string): void {
    if (this.of(branchId)?.state === 'lost') this.#set(branchId, undefined)
  }

  onChange(listener: (branchId: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #set(branchId: string, state: BranchLink['state'] | undefined): void {
    if (state) this.#links.set(branchId, { state, since: new Date(this.#nowMs()).toISOString() })
    else if (!this.#links.delete(branchId)) return
    for (const listener of this.#listeners) listener(branchId)
  }
}
