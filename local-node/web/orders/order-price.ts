/** What an order costs: its lines, what is taken off them and off the whole, to the minor unit. */
import { readMoney } from '../../../adapters/ui/read-money.ts'
import { grossOf } from '../../../schemas/line-price.ts'

/** As typed. */
export interface TypedDiscount {
  readonly unit: 'money' | 'percent'
  readonly text: string
}

export interface LineToPrice {
  /** Minor units. */
  readonly price: number
  /** At most three decimals. */
  readonly quantity: number
  readonly discount?: TypedDiscount
}

/** Minor units; `total = gross − discount`, with the line's part of the order's discount in both. */
export interface PricedLine {
  readonly gross: number
  readonly discount: number
  readonly total: number
}

export type PriceProblem =
  /** Of the line with this index: no amount, or more than the line costs. */
  | { readonly kind: 'line'; readonly at: number }
  /** Of the whole order. */
  | { readonly kind: 'order' }
  /** Nobody pays that much. */
  | { readonly kind: 'too-much' }

export interface PricedOrder {
  readonly lines: readonly PricedLine[]
  readonly gross: number
  readonly discount: number
  readonly total: number
  /** A discount that cannot be read is not taken off. */
  readonly problem?: PriceProblem
}

/** Minor units; up to here a percentage of it is exact. */
const MOST = 1e11

/** The order's discount stands on what the lines cost after their own. */
export function priceOrder(
  lines: readonly LineToPrice[],
  discount: TypedDiscount | undefined,
  currency: string,
): PricedOrder {
  let problem: PriceProblem | undefined
  const own = lines.map((line, at) => {
    const gross = grossOf(line)
    const off = readDiscount(line.discount, gross, currency)
    if (off === undefined) problem ??= { kind: 'line', at }
    return { gross, off: off ?? 0 }
  })
  const bases = own.map(({ gross, off }) => gross - off)
  const base = sum(bases)
  const whole = readDiscount(discount, base, currency)
  if (whole === undefined) problem ??= { kind: 'order' }
  const gross = sum(own.map((line) => line.gross))
  if (gross > MOST) problem = { kind: 'too-much' }
  const shares = shareOut(whole ?? 0, bases)
  const priced = own.map((line, at) => {
    const off = line.off + shares[at]!
    return { gross: line.gross, discount: off, total: line.gross - off }
  })
  const total = base - (whole ?? 0)
  return { lines: priced, gross, discount: gross - total, total, ...(problem && { problem }) }
}

/**
 * What is taken off `base`, minor units; nothing where nothing is typed. `undefined` for what is no amount or percentage,
 * and for more than there is.
 */
export function readDiscount(typed: TypedDiscount | undefined, base: number, currency: string): number | undefined {
  const text = typed?.text.normalize('NFKC').trim() ?? ''
  if (!typed || text === '') return 0
  if (typed.unit === 'money') {
    const amount = readMoney(text, currency)
    return amount !== undefined && amount <= Math.max(0, base) ? amount : undefined
  }
  const match = /^(\d{1,3})(?:[.,](\d{0,2}))?\s*%?$/.exec(text)
  if (!match) return undefined
  const hundredths = Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'))
  return hundredths <= 10_000 ? Math.round((Math.max(0, base) * hundredths) / 10_000) : undefined
}

/**
 * An amount in parts that stand to each other as the weights do and add up to it, by the method of largest remainders; of
 * equal remainders the earlier is rounded up. No part exceeds its weight where the amount does not exceed their sum.
 *
 * @param weights minor units; one below zero has no part
 */
export function shareOut(amount: number, weights: readonly number[]): number[] {
  const positive = weights.map((weight) => BigInt(Math.max(0, weight)))
  const whole = positive.reduce((total, weight) => total + weight, 0n)
  if (whole === 0n) return weights.map(() => 0)
  const exact = positive.map((weight) => BigInt(amount) * weight)
  const shares = exact.map((part) => part / whole)
  const left = Number(BigInt(amount) - shares.reduce((total, share) => total + share, 0n))
  const remainders = exact.map((part, at) => ({ at, rest: part % whole }))
  const byRemainder = remainders.toSorted((a, b) => (a.rest === b.rest ? a.at - b.at : a.rest > b.rest ? -1 : 1))
  for (const { at } of byRemainder.slice(0, left)) shares[at]! += 1n
  return shares.map(Number)
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0)
}
