/** What a document says was sold, for the live figures of a day. */
import type { Doc } from './json.ts'

export interface Sale {
  /** ISO 8601. */
  readonly at: string
  /** Minor units. */
  readonly amount: number
  /** ISO 4217. */
  readonly currency: string
}

/** An order counts from its payment on, until it is refunded or cancelled. */
export function orderSale(doc: Doc): Sale | undefined {
  if (!COUNTING.has(doc['status'] as string)) return undefined
  return { at: doc['placedAt'] as string, amount: doc['total'] as number, currency: doc['currency'] as string }
}

const COUNTING: ReadonlySet<string> = new Set(['paid', 'fulfilled', 'closed'])
