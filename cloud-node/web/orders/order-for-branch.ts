/** An order that headquarters places for a branch, from what is chosen and typed; needs no page. */
import type { OrderDocument } from '../../../schemas/collections/orders.ts'
import type { ProductDocument } from '../../../schemas/collections/products.ts'
import { canonicalJson } from '../../../schemas/json.ts'
import { grossOf } from '../../../schemas/line-price.ts'

export interface ChosenLine {
  readonly product: ProductDocument
  readonly quantity: number
}

export interface OrderDraft {
  /** There before the order is placed, so that placing it twice makes one. */
  readonly id: string
  readonly branchId: string
  readonly lines: readonly ChosenLine[]
  readonly note: string
}

/** By which people and programs know where an order came from. */
export const FROM_HEADQUARTERS = 'headquarters'
/** As many as an order takes. */
export const MOST_LINES = 1000
const MOST_QUANTITY = 99_999

export function newOrderDraft(id: string, branchId = ''): OrderDraft {
  return { id, branchId, lines: [], note: '' }
}

export function withProduct(draft: OrderDraft, product: ProductDocument): OrderDraft {
  const at = draft.lines.findIndex((line) => line.product.id === product.id)
  if (at >= 0) return withQuantity(draft, at, draft.lines[at]!.quantity + 1)
  return draft.lines.length < MOST_LINES ? { ...draft, lines: [...draft.lines, { product, quantity: 1 }] } : draft
}

/** Nothing left of a line removes it. */
export function withQuantity(draft: OrderDraft, at: number, quantity: number): OrderDraft {
  const exact = Math.round(Math.min(quantity, MOST_QUANTITY) * 1000) / 1000
  const lines = draft.lines.map((line, i) => (i === at ? { ...line, quantity: exact } : line))
  return { ...draft, lines: lines.filter((line) => line.quantity > 0) }
}

export function lineTotal({ product, quantity }: ChosenLine): number {
  return grossOf({ price: product.price, quantity })
}

export function orderTotal({ lines }: OrderDraft): number {
  return lines.reduce((total, line) => total + lineTotal(line), 0)
}

export interface PlacingFacts {
  readonly currency: string
  /** ISO 8601. */
  readonly at: string
  /** Four random characters that keep numbers of one day apart. */
  readonly tail: string
  /** Who places it, and the id of its first move. */
  readonly by: string
  readonly moveId: string
}

/** Not paid yet: the branch takes the payment and goes on with it. */
export function orderForBranch(draft: OrderDraft, facts: PlacingFacts): OrderDocument {
  const { currency, at, tail, by, moveId } = facts
  const { id, branchId } = draft
  const note = draft.note.trim()
  return {
    id,
    branchId,
    number: `${branchId}-${at.slice(0, 10).replaceAll('-', '')}-${tail.toUpperCase()}`,
    placedAt: at,
    status: 'created',
    round: 1,
    lines: draft.lines.map((line) => {
      const { product, quantity } = line
      const { id: productId, name, price } = product
      return { productId, name, price, quantity, discount: 0, total: lineTotal(line) }
    }),
    total: orderTotal(draft),
    currency,
    source: FROM_HEADQUARTERS,
    ...(note !== '' && { note }),
    moves: [{ id: moveId, at, by, to: 'created', round: 1 }],
  }
}

/** Whether what is there is what is placed now, and not what an earlier try with the same id was. */
export function isAsPlaced(there: OrderDocument, placed: OrderDocument): boolean {
  const chosen = ({ branchId, lines, note }: OrderDocument) =>
    canonicalJson({ branchId, note: note ?? '', lines: lines.map(({ productId, quantity }) => [productId, quantity]) })
  return chosen(there) === chosen(placed)
}
