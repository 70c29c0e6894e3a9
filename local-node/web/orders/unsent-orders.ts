/** The orders of this device that its node has not confirmed: while the node is away, only this device counts them. */
import { effect, signal, type ReadonlySignal } from '@preact/signals'
import type { OrderDocument } from '../../../schemas/collections/orders.ts'
import { orderContribution, type Balance } from '../../../schemas/contribution.ts'
import type { Doc } from '../../../schemas/json.ts'
import type { BranchStore } from '../store/branch-store.ts'
import type { MembersHere } from '../members/members-here.ts'
import type { SyncLink } from '../node/sync-link.ts'

export function unsentOrders(store: BranchStore, link: SyncLink): ReadonlySignal<readonly OrderDocument[]> {
  const orders = signal<readonly OrderDocument[]>([])
  let wanted = ''
  effect(() => {
    const ids = link.state.value.unsent?.['orders'] ?? []
    const key = JSON.stringify(ids)
    if (key === wanted) return
    wanted = key
    void store.orders
      .findByIds([...ids])
      .exec()
      .then((found) => {
        if (wanted === key) orders.value = [...found.values()].map((order) => order.toJSON() as OrderDocument)
      })
  })
  return orders
}

/** What orders contribute to a member's balance, each by itself. */
export function contributionsTo(memberId: string, orders: readonly OrderDocument[], here: MembersHere): Balance[] {
  return orders.flatMap((order) => {
    const contribution = here.memberOf(order) === memberId ? orderContribution(order as unknown as Doc) : undefined
    return contribution ? [contribution] : []
  })
}
