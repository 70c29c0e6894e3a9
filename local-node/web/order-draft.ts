/** The order that is being taken. Its id exists before it is paid, so that a repeated tap makes one order. */
import { currencyDigits, readMoney } from '../../adapters/ui/read-money.ts'
import type { MemberCard } from './member-card.ts'
import type { OrderDocument } from '../../schemas/collections/orders.ts'
import type { ProductDocument } from '../../schemas/collections/products.ts'
import type { BranchSession } from '../../schemas/protocol/session.ts'
import { registrationOnScreen } from '../../schemas/register-member.ts'

export interface DraftLine {
  readonly productId: string
  readonly name: string
  /** Minor units. */
  readonly price: number
  readonly quantity: number
}

export interface OrderDraft {
  readonly id: string
  /** As chosen; who that is today is looked up when it is shown and paid. */
  readonly memberId?: string
  readonly lines: readonly DraftLine[]
  /** As typed: points, and stored value in the currency's major units. */
  readonly spendPoints?: string
  readonly spendValue?: string
}

/** What of an order is paid with points and stored value; minor units. */
export interface Spent {
  readonly points: number
  readonly value: number
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

/** What is typed to be spent; `undefined` where that is no amount. Nothing typed spends nothing. */
export function draftSpent({ spendPoints = '', spendValue = '' }: OrderDraft, currency: string): Spent | undefined {
  const points = spendPoints.normalize('NFKC').trim() || '0'
  const value = readMoney(spendValue.trim() || '0', currency)
  return /^\d{1,9}$/.test(points) && value !== undefined ? { points: Number(points), value } : undefined
}

/** Without the member, and without what only a member can spend. */
export function withoutMember({ id, lines }: OrderDraft): OrderDraft {
  return { id, lines }
}

/**
 * @param member as it is today @param at ISO 8601
 * @param tail four random characters that keep two devices' numbers apart
 */
export function paidOrder(
  draft: OrderDraft,
  member: MemberCard | undefined,
  spent: Spent,
  session: Pick<BranchSession, 'branchId' | 'currency'>,
  at: string,
  tail: string,
): OrderDocument {
  const registrationId = member && registrationOnScreen(member, session.branchId)
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
    ...(member && spent.points > 0 && { pointsSpent: spent.points }),
    ...(member && spent.value > 0 && { valueSpent: spent.value }),
  }
}

/** The shop's day, as `yyyymmdd`; people read it on the receipt. */
function localDay(iso: string): string {
  const date = new Date(iso)
  const pad = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}${pad(date.getMonth() + 1)}${pad(date.getDate())}`
}
