/**
 * Nobody spends more than the balance that is shown, unless the chain allows an overdraft. Only where somebody can still be
 * told: what was sold offline is a fact, and a balance that two branches overdrew together is negative and reported.
 */
import type { Refusal } from './collection.ts'
import { NO_BALANCE, type Balance, type Contribution } from './contribution.ts'

export interface Spending {
  /** What the document contributed before the write and contributes after it. */
  readonly before: Contribution | undefined
  readonly after: Contribution | undefined
  /** Of the member that the document names after the write, as shown before it. */
  readonly shown: Balance
  /** How far below zero a balance may go. */
  readonly overdraft: Balance
  /** ISO 4217: what stored value is counted in. */
  readonly currency: string
}

/**
 * Refuses a document that takes points or value if that lowers the balance below what is allowed. What gives back is allowed
 * whatever the balance is: a refund, a cancellation, an edit that spends or earns less.
 */
export function refuseOverspend({ before, after, shown, overdraft, currency }: Spending): Refusal | undefined {
  if (!after || after.memberId === '') return undefined
  const contained = before?.memberId === after.memberId ? before : NO_BALANCE
  for (const unit of ['points', 'value'] as const) {
    const left = shown[unit] - contained[unit] + after[unit]
    const takesMore = after[unit] < 0 && after[unit] < contained[unit]
    if (!takesMore || left >= -overdraft[unit]) continue
    const inWords = unit === 'points' ? inPoints : (amount: number) => inMoney(amount, currency)
    const available = inWords(shown[unit] - contained[unit])
    const allowed = overdraft[unit] > 0 ? ` and an overdraft of ${inWords(overdraft[unit])}` : ''
    const reason = `${inWords(-left - overdraft[unit])} too little: the document takes ${inWords(-after[unit])} of a balance of ${available}${allowed}`
    return { code: 'BALANCE_TOO_LOW', field: unit, reason }
  }
  return undefined
}

function inPoints(points: number): string {
  return `${points} points`
}

/** `12.50 CNY`, `1250 JPY`: as the currency is written, whatever the language. */
function inMoney(minor: number, currency: string): string {
  const digits = minorDigits(currency)
  const text = String(Math.abs(minor)).padStart(digits + 1, '0')
  const amount = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`
  return `${minor < 0 ? '-' : ''}${amount} ${currency}`
}

function minorDigits(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
}
