/** What a device keeps in memory of each order: whatever lists, filters and figures show. */
import type { OrderDocument } from '../../../schemas/collections/orders.ts'

const FIELDS = [
  'id',
  'number',
  'placedAt',
  'status',
  'round',
  'memberId',
  'registrationId',
  'total',
  'currency',
  'pointsEarned',
  'pointsSpent',
  'valueSpent',
  'payment',
] as const satisfies readonly (keyof OrderDocument)[]

export interface OrderCard extends Pick<OrderDocument, (typeof FIELDS)[number]> {
  /** Pieces of all lines. */
  readonly pieces: number
}

/** Raised with each change of what a card holds. */
export const ORDER_CARD_FORMAT = 1

export function toOrderCard(order: OrderDocument): OrderCard {
  const card = Object.fromEntries(FIELDS.flatMap((field) => (field in order ? [[field, order[field]]] : [])))
  const pieces = order.lines.reduce((sum, { quantity }) => sum + quantity, 0)
  return { ...(card as unknown as Pick<OrderDocument, (typeof FIELDS)[number]>), pieces }
}
