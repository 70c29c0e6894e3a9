import { expect, it } from 'vitest'
import { crockfordDigit, inGroups, parseCrockford, randomCrockford } from '../../../adapters/access/crockford.ts'

const DIGITS = Array.from({ length: 32 }, (_, bits) => crockfordDigit(bits)).join('')

it('has 32 digits, and none that is taken for another', () => {
  expect(new Set(DIGITS).size).toBe(32)
  expect(DIGITS).toMatch(/^[0-9A-HJKMNP-TV-Z]{32}$/)
})

it('makes codes of the length that is asked for, another one each time', () => {
  const made = Array.from({ length: 100 }, () => randomCrockford(8))
  for (const code of made) expect(parseCrockford(code)).toBe(code)
  for (const code of made) expect(code).toHaveLength(8)
  expect(new Set(made).size).toBe(100)
})

it('shows groups that are read back as one', () => {
  expect(inGroups(DIGITS.slice(0, 10), 4)).toBe('0123-4567-89')
  expect(parseCrockford(inGroups(DIGITS, 6))).toBe(DIGITS)
})

it('reads what people type, and nothing that has other letters', () => {
  expect(parseCrockford(' o1iL - abz\n')).toBe('0111ABZ')
  for (const wrong of ['U', '7K3M-9QX!', '１２', '🥟']) expect(parseCrockford(wrong)).toBeUndefined()
})
