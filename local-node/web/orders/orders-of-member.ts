/** A member's orders on this device, whatever id they were written with, the newest first. */
import type { AppState } from '../frame/app-state.ts'
import type { OrderCard } from './order-card.ts'

/** Reads signals: a component that calls it is drawn again when an order or a decision comes. */
export function ordersOf({ orders, here }: AppState, memberId: string): OrderCard[] {
  void orders.version.value
  return newestOrdersFirst([...orders.byId.values()].filter((order) => here.value.memberOf(order) === memberId))
}

export function newestOrdersFirst(orders: readonly OrderCard[]): OrderCard[] {
  return orders.toSorted((a, b) => (a.placedAt < b.placedAt ? 1 : a.placedAt > b.placedAt ? -1 : a.id < b.id ? 1 : -1))
}
