/** What a line of an order costs before anything is taken off it. */
import type { OrderLine } from './collections/orders.ts'

/** `price × quantity`, rounded half away from zero; of a quantity three decimals count. */
export function grossOf({ price, quantity }: Pick<OrderLine, 'price' | 'quantity'>): number {
  const exact = (Math.abs(price) * Math.round(Math.abs(quantity) * 1000)) / 1000
  return Math.sign(price) * Math.sign(quantity) * Math.round(exact) || 0
}
