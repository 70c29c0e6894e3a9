import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { multiplyMoney, readDecimal, toMinorUnits, toNumber } from '../../../adapters/import/read-decimal.ts'

const minorUnits = (text: string, decimals = 2) => {
  const decimal = readDecimal(text)
  return decimal && toMinorUnits(decimal, decimals)
}

describe('money', () => {
  test.each([
    ['18', 1800],
    ['18.5', 1850],
    ['18.50', 1850],
    ['18.5000', 1850],
    ['.5', 50],
    ['7.', 700],
    ['-3.25', -325],
    ['+1', 100],
    ['5.0E-2', 5],
    ['1e3', 100_000],
  ])('reads %s exactly', (text, expected) => expect(minorUnits(text)).toBe(expected))

  test.each(['', '.', '-', '1,5', '1,000.00', '$5', '0x10', '١', 'NaN', 'Infinity', '1 000', '1e999', '9'.repeat(41)])(
    'refuses "%s"',
    (text) => expect(minorUnits(text)).toBeUndefined(),
  )

  test('refuses more decimals than the currency has, and more than a document may hold', () => {
    expect(minorUnits('1.005')).toBeUndefined()
    expect(minorUnits('1.5', 0)).toBeUndefined()
    expect(minorUnits('10000000000000.00')).toBe(1e15)
    expect(minorUnits('10000000000000.01')).toBeUndefined()
  })

  test('comes back from every amount that a currency can write', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (amount) => {
        const size = Math.abs(amount)
        const text = `${amount < 0 ? '-' : ''}${Math.trunc(size / 100)}.${String(size % 100).padStart(2, '0')}`
        expect(minorUnits(text) ?? NaN).toBe(amount === 0 ? 0 : amount)
      }),
    )
  })
})

describe('multiplied money', () => {
  const times = (money: number, ...factors: string[]) => multiplyMoney(money, ...factors.map((f) => readDecimal(f)!))

  test('is rounded once, half away from zero', () => {
    expect(times(1745, '28', '0.15')).toBe(7329)
    expect(times(1250, '25', '0.15')).toBe(4688)
    expect(times(10, '0.25')).toBe(3)
    expect(times(-10, '0.25')).toBe(-3)
    expect(times(999, '0')).toBe(0)
  })

  test('is refused when it is too large', () => expect(times(1e15, '1.1')).toBeUndefined())
})

test('a quantity is the nearest number', () => {
  expect(toNumber(readDecimal('0.3')!)).toBe(0.3)
  expect(toNumber(readDecimal('-12.50')!)).toBe(-12.5)
})
