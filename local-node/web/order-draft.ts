/** The order that is being taken. Its id exists before it is paid, so that a repeated tap makes one order. */
import { currencyDigits } from '../../adapters/ui/format.ts'
import type { MemberDocument } from '../../schemas/collections/members.ts'
import type { OrderDocument } from '../../schemas/collections/orders.ts'
import type { ProductDocument } from '../../schemas/collections/products.ts'
import type { BranchSession } from '../../schemas/protocol/session.ts'

export interface DraftLine {
  readonly productId: string
  readonly name: string
  /** Minor units. */
  readonly price: number
  readonly quantity: number
}

export interface OrderDraft {
  readonly id: string
  readonly member?: MemberDocument
  readonly lines: readonly DraftLine[]
}

/** The product id of lines that were typed in. */
export const FREE_LINE = 'free'

export function withProduct(draft: OrderDraft, product: ProductDocument): OrderDraft {
  const at = draft.lines.findIndex((line) => line.productId === product.id && line.price === product.price)
  if (at >= 0) return withQuantity(draft, at, draft.lines[at]!.quantity + 1)
  const line = { productId: product.id, name: product.name, price: product.price, quantity: 1 }
  return { ...draft, lines: [...draft.lines, line] }
}

export function withFreeLine(draft: OrderDraft, name: string, price: number): OrderDraft {
  return { ...draft, lines: [...draft.lines, { productId: FREE_LINE, name, price, quantity: 1 }] }
}

/** Nothing left of a line removes it. */
export function withQuantity(draft: OrderDraft, at: number, quantity: number): OrderDraft {
  const lines = draft.lines.map((line, i) => (i === at ? { ...line, quantity } : line))
  return { ...draft, lines: lines.filter((line) => line.quantity > 0) }
}

export function draftTotal(draft: OrderDraft): number {
  return draft.lines.reduce((sum, line) => sum + line.price * line.quantity, 0)
}

/** One point for each whole unit of the currency. */
export function draftPoints(draft: OrderDraft, currency: string): number {
  return Math.max(0, Math.floor(draftTotal(draft) / 10 ** currencyDigits(currency)))
}

/** @param at ISO 8601 @param tail four random characters that keep two devices' numbers apart */
export function paidOrder(draft: OrderDraft, session: BranchSession, at: string, tail: string): OrderDocument {
  const { member } = draft
  const registrationId = member?.registrations.at(-1)?.id
  return {
    id: draft.id,
    branchId: session.branchId,
    number: `${session.branchId}-${localDay(at)}-${tail.toUpperCase()}`,
    placedAt: at,
    status: 'paid',
    round: 1,
    ...(member && { memberId: member.id }),
    ...(registrationId !== undefined && { registrationId }),
    lines: draft.lines.map((line) => ({ ...line, discount: 0, total: line.price * line.quantity })),
    total: draftTotal(draft),
    currency: session.currency,
    ...(member && { pointsEarned: draftPoints(draft, session.currency) }),
  }
}

/** The shop's day, as `yyyymmdd`; people read it on the receipt. */
function localDay(iso: string): string {
  const date = new Date(iso)
  const pad = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}${pad(date.getMonth() + 1)}${pad(date.getDate())}`
}
