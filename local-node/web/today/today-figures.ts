/** What a day of the shop came to, of the orders that are on the device. */
import type { OrderDocument } from '../../../schemas/collections/orders.ts'
import type { Doc } from '../../../schemas/json.ts'
import { orderSale } from '../../../schemas/sale.ts'
import type { MemberCard } from '../members/member-card.ts'
import type { OrderCard } from '../orders/order-card.ts'
import { dayBounds } from '../orders/order-filter.ts'

export interface DayFigures {
  /** Paid, and neither refunded nor cancelled. */
  readonly orders: number
  /** Of them, minor units. */
  readonly sales: number
  /** Minor units, rounded; 0 without orders. */
  readonly average: number
  readonly refunds: number
  /** Minor units. */
  readonly refunded: number
  /** Sales by hour of the shop's clock, 0 to 23, minor units. */
  readonly byHour: readonly number[]
}

export interface SoldProduct {
  readonly name: string
  readonly quantity: number
  /** Minor units. */
  readonly sales: number
}

/** @param day as `2026-03-01` @param currency orders in another one do not count */
export function figuresOf(orders: Iterable<OrderCard>, day: string, currency: string): DayFigures {
  const [from, to] = dayBounds(day)
  const byHour = Array.from({ length: 24 }, () => 0)
  let [count, sales, refunds, refunded] = [0, 0, 0, 0]
  for (const order of orders) {
    if (order.placedAt < from || order.placedAt >= to || order.currency !== currency) continue
    if (order.status === 'refunded') {
      refunds++
      refunded += order.total
    }
    const sale = orderSale(order as unknown as Doc)
    if (!sale) continue
    count++
    sales += sale.amount
    byHour[new Date(sale.at).getHours()]! += sale.amount
  }
  return { orders: count, sales, average: count === 0 ? 0 : Math.round(sales / count), refunds, refunded, byHour }
}

/** Whether there is any order of the day, whatever became of it. */
export function hasOrders(orders: Iterable<OrderCard>, day: string): boolean {
  const [from, to] = dayBounds(day)
  for (const { placedAt } of orders) if (placedAt >= from && placedAt < to) return true
  return false
}

/** Members whose first registration by this branch was on the day. */
export function newMembersOf(members: Iterable<MemberCard>, day: string, branchId: string): number {
  const [from, to] = dayBounds(day)
  let count = 0
  for (const { registrations } of members) {
    let first: string | undefined
    for (const one of registrations) {
      if (one.branchId === branchId && one.at !== undefined && (first === undefined || one.at < first)) first = one.at
    }
    if (first !== undefined && first >= from && first < to) count++
  }
  return count
}

/** What was sold most, by what was paid for it; free lines go by their names. */
export function bestProducts(
  orders: Iterable<Pick<OrderDocument, 'status' | 'lines' | 'currency'>>,
  currency: string,
  most: number,
): SoldProduct[] {
  const sold = new Map<string, SoldProduct>()
  for (const order of orders) {
    if (order.currency !== currency || !orderSale(order)) continue
    for (const { productId, name, quantity, total } of order.lines) {
      const key = `${productId}\n${name}`
      const before = sold.get(key) ?? { name, quantity: 0, sales: 0 }
      // Decimals of weights do not add up exactly.
      const sum = Math.round((before.quantity + quantity) * 1000) / 1000
      sold.set(key, { name, quantity: sum, sales: before.sales + total })
    }
  }
  return [...sold.values()].toSorted((a, b) => b.sales - a.sales || b.quantity - a.quantity).slice(0, most)
}

/** The hours that a chart shows: from the first with sales to the last, and never fewer than eight. */
export function shownHours(byHour: readonly number[], now: number): { first: number; last: number } {
  const busy = byHour.flatMap((sales, hour) => (sales === 0 ? [] : [hour]))
  let first = Math.min(...busy, now)
  let last = Math.max(...busy, now)
  while (last - first < 7) {
    if (last < 23) last++
    if (last - first < 7 && first > 0) first--
  }
  return { first, last }
}
