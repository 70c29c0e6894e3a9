/** Which orders a list shows, of all on the device. */
import type { OrderStatus } from '../../../schemas/order-status.ts'
import type { OrderCard } from './order-card.ts'

export interface OrderFilter {
  readonly status?: OrderStatus | undefined
  /** Days of the shop, as `2026-03-01`; both included. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Part of the order's number, or of its member's name or phone. */
  readonly text: string
}

/** Whether anything is left out. */
export function isFiltering({ status, from, to, text }: OrderFilter): boolean {
  return [status, from, to, text.trim()].some(Boolean)
}

/**
 * @param orders in the order in which they are to be shown
 * @param sought what is searched of an order's member, lower case: name, line break, phones
 */
export function filterOrders(
  orders: readonly OrderCard[],
  filter: OrderFilter,
  sought: (order: OrderCard) => string | undefined,
): readonly OrderCard[] {
  if (!isFiltering(filter)) return orders
  const { status } = filter
  const text = filter.text.normalize('NFKC').trim().toLocaleLowerCase()
  const phone = /^[\d\s()+-]+$/.test(text) ? text.replace(/\D/g, '') : ''
  const from = filter.from ? dayBounds(filter.from)[0] : undefined
  const to = filter.to ? dayBounds(filter.to)[1] : undefined
  const hasText = (order: OrderCard) => {
    if (order.number.toLocaleLowerCase().includes(text)) return true
    const member = sought(order)
    if (member === undefined) return false
    const [name = '', ...phones] = member.split('\n')
    return name.includes(text) || (phone.length >= 3 && phones.some((one) => one.includes(phone)))
  }
  return orders.filter(
    (order) =>
      (status === undefined || order.status === status) &&
      (from === undefined || order.placedAt >= from) &&
      (to === undefined || order.placedAt < to) &&
      (text === '' || hasText(order)),
  )
}

/** The shop's day of a moment, as `2026-03-01`, so many days later. */
export function dayOf(atMs: number, later = 0): string {
  const now = new Date(atMs)
  const date = new Date(now.getFullYear(), now.getMonth(), now.getDate() + later)
  const pad = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
}

/** When a day of the shop begins and ends, ISO 8601; the end is no part of it. It may have 23 hours or 25. */
export function dayBounds(day: string): [from: string, to: string] {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return [new Date(year, month - 1, date).toISOString(), new Date(year, month - 1, date + 1).toISOString()]
}
