/** Chooses the refusals that are listed: the PC of a branch that is disabled asks all day, and is refused each time. */
import type { SyncNote } from './sync-recorder.ts'
import { HOUR_MS } from './tally.ts'

/** That are remembered. */
const MOST = 10_000

export class ListedRefusals {
  /** When one was listed last, by branch and code. */
  readonly #listed = new Map<string, number>()

  /** @returns whether it is the first within an hour */
  isListed({ branchId = '', code }: Pick<SyncNote, 'branchId' | 'code'>, atMs: number): boolean {
    const key = `${String(code)} ${branchId}`
    // One that lies ahead was listed before the clock was set back.
    const sinceMs = atMs - (this.#listed.get(key) ?? -Infinity)
    if (sinceMs >= 0 && sinceMs < HOUR_MS) return false
    if (this.#listed.size >= MOST) this.#listed.clear()
    this.#listed.set(key, atMs)
    return true
  }
}
