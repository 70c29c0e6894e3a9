/** Which rows have changed: their ids only, since they are read as they are when they are taken. */
import type { LegacyKind } from './legacy-batch.ts'

export class RowChanges {
  readonly #ids: Readonly<Record<LegacyKind, Set<string>>> = { member: new Set(), order: new Set() }

  get size(): number {
    return this.#ids.member.size + this.#ids.order.size
  }

  add(kind: LegacyKind, id: string): void {
    this.#ids[kind].add(id)
  }

  /** All that there are; nothing is left. */
  drain(): Readonly<Record<LegacyKind, readonly string[]>> {
    const { member, order } = this.#ids
    const drained = { member: [...member], order: [...order] }
    member.clear()
    order.clear()
    return drained
  }
}
