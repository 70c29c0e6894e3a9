/** What a document says was sold, for the live figures of a day. */
import type { Doc } from './json.ts'
import type { OrderState } from './order-status.ts'

/** An order counts from its payment on, until it is refunded or cancelled. */
export const SALE_STATES: readonly OrderState[] = ['paid', 'fulfilled', 'closed']

export interface Sale {
  /** ISO 8601. */
  readonly at: string
  /** Minor units. */
  readonly amount: number
  /** ISO 4217. */
  readonly currency: string
}

export function orderSale(doc: Doc): Sale | undefined {
  if (!COUNTING.has(doc['status'] as string)) return undefined
  return { at: doc['placedAt'] as string, amount: doc['total'] as number, currency: doc['currency'] as string }
}

const COUNTING: ReadonlySet<string> = new Set(SALE_STATES)
