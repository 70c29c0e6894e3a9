import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { priceOrder, readDiscount, shareOut, type LineToPrice } from '../../../../local-node/web/orders/order-price.ts'

const percent = (text: string) => ({ unit: 'percent', text }) as const
const money = (text: string) => ({ unit: 'money', text }) as const
const price = (lines: LineToPrice[], discount?: ReturnType<typeof percent> | ReturnType<typeof money>) =>
  priceOrder(lines, discount, 'CNY')

describe('the price of an order', () => {
  it('shares a discount on the whole order out over the lines, so that their totals add up to the order’s', () => {
    const thirds = [333, 333, 334].map((amount) => ({ price: amount, quantity: 1 }))
    const { lines, discount, total } = price(thirds, money('1'))
    expect(lines.map((line) => line.discount)).toEqual([33, 33, 34])
    expect([discount, total]).toEqual([100, 900])
  })

  it('takes the order’s discount off what the lines cost after their own', () => {
    const { lines, gross, total } = price(
      [
        { price: 1000, quantity: 2, discount: percent('10') },
        { price: 200, quantity: 1 },
      ],
      percent('50'),
    )
    expect([gross, total]).toEqual([2200, 1000])
    expect(lines).toEqual([
      { gross: 2000, discount: 1100, total: 900 },
      { gross: 200, discount: 100, total: 100 },
    ])
  })

  it('rounds half away from zero, for weights too', () => {
    expect(price([{ price: 5, quantity: 0.5 }]).total).toBe(3)
    expect(price([{ price: 1005, quantity: 0.345 }]).total).toBe(347)
    expect(price([{ price: 333, quantity: 1, discount: percent('50') }]).lines[0]).toMatchObject({ discount: 167 })
  })

  it('names what cannot be taken off, and takes nothing off for it', () => {
    const line = { price: 500, quantity: 1 }
    expect(price([line, { ...line, discount: money('5.01') }])).toMatchObject({
      total: 1000,
      problem: { kind: 'line', at: 1 },
    })
    expect(price([line], percent('101'))).toMatchObject({ total: 500, problem: { kind: 'order' } })
    expect(price([line], money('much'))).toMatchObject({ total: 500, problem: { kind: 'order' } })
    expect(price([{ price: 1e11, quantity: 2 }]).problem).toEqual({ kind: 'too-much' })
  })

  it('agrees to the minor unit whatever is typed, and no line gives more than it costs', () => {
    const discount = fc.option(
      fc.oneof(
        fc.integer({ min: 0, max: 10_000 }).map((hundredths) => percent((hundredths / 100).toFixed(2))),
        fc.integer({ min: 0, max: 500_000 }).map((amount) => money((amount / 100).toFixed(2))),
      ),
      { nil: undefined },
    )
    const line = fc
      .record({ price: fc.nat(1_000_000), thousandths: fc.integer({ min: 1, max: 20_000 }), discount })
      .map(({ price: each, thousandths, discount: off }) => ({
        price: each,
        quantity: thousandths / 1000,
        ...(off && { discount: off }),
      }))
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), discount, (lines, whole) => {
        const priced = priceOrder(lines, whole, 'CNY')
        const sum = (key: 'gross' | 'discount' | 'total') => priced.lines.reduce((all, one) => all + one[key], 0)
        expect(sum('total')).toBe(priced.total)
        expect(sum('gross')).toBe(priced.gross)
        expect(sum('discount')).toBe(priced.discount)
        for (const one of priced.lines) {
          expect(one.total).toBe(one.gross - one.discount)
          expect(one.discount).toBeGreaterThanOrEqual(0)
          expect(one.total).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })
})

describe('a typed discount', () => {
  it('is an amount or a percentage, with wide digits and either comma too', () => {
    expect(readDiscount(money('１２.5'), 2000, 'CNY')).toBe(1250)
    expect(readDiscount(percent('12,5 %'), 2000, 'CNY')).toBe(250)
    expect(readDiscount(percent(' '), 2000, 'CNY')).toBe(0)
    expect(readDiscount(undefined, 2000, 'CNY')).toBe(0)
  })
})

describe('sharing out', () => {
  it('gives what is left over to the largest remainders, the earlier first', () => {
    expect(shareOut(5, [1, 1, 1, 3])).toEqual([1, 1, 1, 2])
    expect(shareOut(2, [1, 1, 1])).toEqual([1, 1, 0])
    expect(shareOut(7, [0, 0])).toEqual([0, 0])
    expect(shareOut(10, [-5, 10])).toEqual([0, 10])
  })
})
