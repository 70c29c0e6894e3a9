/** How what is left to pay is paid, and what the till gives back. */
import { currencyDigits, readMoney } from '../../../adapters/ui/read-money.ts'

/** As the order's `payment` says it; orders from elsewhere may say something else. */
export const PAYMENT_METHODS = ['cash', 'card', 'mobile', 'other'] as const
export type PaymentMethod = (typeof PAYMENT_METHODS)[number]

export function isPaymentMethod(text: unknown): text is PaymentMethod {
  return PAYMENT_METHODS.some((one) => one === text)
}

export type Cash =
  | { readonly kind: 'enough'; readonly given: number; readonly change: number }
  | { readonly kind: 'short'; readonly missing: number }
  /** What is typed is no amount. */
  | { readonly kind: 'invalid' }

/**
 * What is given for what is due, minor units.
 *
 * @param typed in major units; nothing typed is the exact amount
 */
export function readCash(typed: string | undefined, due: number, currency: string): Cash {
  const text = typed?.trim() ?? ''
  if (text === '') return { kind: 'enough', given: due, change: 0 }
  const given = readMoney(text, currency)
  if (given === undefined) return { kind: 'invalid' }
  return given < due ? { kind: 'short', missing: due - given } : { kind: 'enough', given, change: given - due }
}

/** Amounts that somebody is likely to give for what is due: up to the next note of each size. Major units. */
export function likelyCash(due: number, currency: string): number[] {
  const one = 10 ** currencyDigits(currency)
  const amounts = [1, 5, 10, 20, 50, 100].map((note) => Math.ceil(due / (note * one)) * note)
  return [...new Set(amounts)].filter((amount) => amount * one > due).slice(-3)
}
