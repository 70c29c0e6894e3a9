/** The order that is being taken. Its id exists before it is paid, so that a repeated tap makes one order. */
import { currencyDigits, readMoney } from '../../../adapters/ui/read-money.ts'
import type { MemberCard } from '../members/member-card.ts'
import type { OrderDocument, OrderMove } from '../../../schemas/collections/orders.ts'
import type { ProductDocument } from '../../../schemas/collections/products.ts'
import { isRecord } from '../../../schemas/json.ts'
import type { BranchSession } from '../../../schemas/protocol/session.ts'
import { registrationOnScreen } from '../../../schemas/register-member.ts'
import { priceOrder, type LineToPrice, type PricedOrder, type TypedDiscount } from './order-price.ts'
import { isPaymentMethod, type PaymentMethod } from './payment-method.ts'

export interface DraftLine extends LineToPrice {
  readonly productId: string
  readonly name: string
}

export interface OrderDraft {
  readonly id: string
  /** As chosen; who that is today is looked up when it is shown and paid. */
  readonly memberId?: string
  readonly lines: readonly DraftLine[]
  /** Off the whole order. */
  readonly discount?: TypedDiscount
  /** As typed: points, and stored value in the currency's major units. */
  readonly spendPoints?: string
  readonly spendValue?: string
  readonly payment: PaymentMethod
  /** As typed, in the currency's major units; nothing typed is the exact amount. */
  readonly cashGiven?: string
  readonly note?: string
}

/** What of an order is paid with points and stored value; minor units. */
export interface Spent {
  readonly points: number
  readonly value: number
}

/** The product id of lines that were typed in. */
export const FREE_LINE = 'free'
/** As many as an order takes. */
const MOST_LINES = 1000
const MOST_QUANTITY = 99_999

/** @param payment as the order before it was paid */
export function newDraft(id: string, payment: PaymentMethod = 'cash'): OrderDraft {
  return { id, lines: [], payment }
}

export function withProduct(draft: OrderDraft, product: ProductDocument): OrderDraft {
  const at = draft.lines.findIndex((line) => line.productId === product.id && line.price === product.price)
  if (at >= 0) return withQuantity(draft, at, draft.lines[at]!.quantity + 1)
  return withLine(draft, { productId: product.id, name: product.name, price: product.price, quantity: 1 })
}

export function withFreeLine(draft: OrderDraft, name: string, price: number): OrderDraft {
  return withLine(draft, { productId: FREE_LINE, name, price, quantity: 1 })
}

function withLine(draft: OrderDraft, line: DraftLine): OrderDraft {
  return draft.lines.length < MOST_LINES ? { ...draft, lines: [...draft.lines, line] } : draft
}

/** Nothing left of a line removes it. */
export function withQuantity(draft: OrderDraft, at: number, quantity: number): OrderDraft {
  const exact = Math.round(Math.min(quantity, MOST_QUANTITY) * 1000) / 1000
  const lines = draft.lines.map((line, i) => (i === at ? { ...line, quantity: exact } : line))
  return { ...draft, lines: lines.filter((line) => line.quantity > 0) }
}

/** @param discount `undefined` takes it away */
export function withLineDiscount(draft: OrderDraft, at: number, discount: TypedDiscount | undefined): OrderDraft {
  const lines = draft.lines.map((line, i) => {
    if (i !== at) return line
    const { discount: _, ...rest } = line
    return discount ? { ...rest, discount } : rest
  })
  return { ...draft, lines }
}

export function draftPrices(draft: OrderDraft, currency: string): PricedOrder {
  return priceOrder(draft.lines, draft.discount, currency)
}

/** One point for each whole unit of the currency that is paid, in whatever way. */
export function pointsFor(total: number, currency: string): number {
  return Math.max(0, Math.floor(total / 10 ** currencyDigits(currency)))
}

/** What is typed to be spent; `undefined` where that is no amount. Nothing typed spends nothing. */
export function draftSpent({ spendPoints = '', spendValue = '' }: OrderDraft, currency: string): Spent | undefined {
  const points = spendPoints.normalize('NFKC').trim() || '0'
  const value = readMoney(spendValue.trim() || '0', currency)
  return /^\d{1,9}$/.test(points) && value !== undefined ? { points: Number(points), value } : undefined
}

/** Without the member, and without what only a member can spend. */
export function withoutMember(draft: OrderDraft): OrderDraft {
  const { memberId: _, spendPoints: _points, spendValue: _value, ...rest } = draft
  return rest
}

/** Whether a member was chosen who is not here: not read yet, or no member of this device. Then it is nobody's order, not yet. */
export function lacksMember({ memberId }: OrderDraft, member: MemberCard | undefined): boolean {
  return memberId !== undefined && member === undefined
}

export interface OrderFacts {
  /** As it is today. */
  readonly member: MemberCard | undefined
  readonly spent: Spent
  readonly status: 'created' | 'paid'
  readonly session: Pick<BranchSession, 'branchId' | 'currency'>
  /** ISO 8601. */
  readonly at: string
  /** Four random characters that keep two devices' numbers apart. */
  readonly tail: string
  /** Who takes it; `undefined` for nobody who is known. */
  readonly taken: Pick<OrderMove, 'id' | 'by'> | undefined
}

export function orderOf(draft: OrderDraft, facts: OrderFacts): OrderDocument {
  const { member, spent, status, session, at, tail, taken } = facts
  const { currency } = session
  const registrationId = member && registrationOnScreen(member, session.branchId)
  const prices = draftPrices(draft, currency)
  const due = prices.total - (member ? spent.value : 0)
  const note = draft.note?.trim()
  return {
    id: draft.id,
    branchId: session.branchId,
    number: `${session.branchId}-${localDay(at)}-${tail.toUpperCase()}`,
    placedAt: at,
    status,
    round: 1,
    ...(member && { memberId: member.id }),
    ...(registrationId !== undefined && { registrationId }),
    lines: draft.lines.map(({ productId, name, price, quantity }, i) => {
      const { discount, total } = prices.lines[i]!
      return { productId, name, price, quantity, discount, total }
    }),
    total: prices.total,
    currency,
    ...(member && { pointsEarned: pointsFor(prices.total, currency) }),
    ...(member && spent.points > 0 && { pointsSpent: spent.points }),
    ...(member && spent.value > 0 && { valueSpent: spent.value }),
    ...(status === 'paid' && due > 0 && { payment: draft.payment }),
    ...(note && { note }),
    moves: taken ? [{ ...taken, at, to: status, round: 1 }] : [],
  }
}

/** The shop's day, as `yyyymmdd`; people read it on the receipt. */
function localDay(iso: string): string {
  const date = new Date(iso)
  const pad = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}${pad(date.getMonth() + 1)}${pad(date.getDate())}`
}

/** `undefined` for what is none: another version of the app may have kept it. */
export function parseDraft(text: string | null): OrderDraft | undefined {
  let kept: unknown
  try {
    kept = JSON.parse(text ?? 'null')
  } catch {
    return undefined
  }
  if (!isRecord(kept) || typeof kept['id'] !== 'string' || !Array.isArray(kept['lines'])) return undefined
  if (!kept['lines'].every(isLine) || !isPaymentMethod(kept['payment'])) return undefined
  if (kept['discount'] !== undefined && !isDiscount(kept['discount'])) return undefined
  const texts = ['memberId', 'spendPoints', 'spendValue', 'cashGiven', 'note']
  return texts.every((name) => kept[name] === undefined || typeof kept[name] === 'string')
    ? (kept as unknown as OrderDraft)
    : undefined
}

function isLine(line: unknown): line is DraftLine {
  return (
    isRecord(line) &&
    typeof line['productId'] === 'string' &&
    typeof line['name'] === 'string' &&
    Number.isSafeInteger(line['price']) &&
    Number.isFinite(line['quantity']) &&
    (line['discount'] === undefined || isDiscount(line['discount']))
  )
}

function isDiscount(discount: unknown): discount is TypedDiscount {
  return (
    isRecord(discount) &&
    (discount['unit'] === 'money' || discount['unit'] === 'percent') &&
    typeof discount['text'] === 'string'
  )
}
