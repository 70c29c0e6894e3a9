import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BranchId, E164Phone, Scope } from '../../schemas/brand.ts'
import {
  isChainKey,
  memberIdOfLegacy,
  memberIdOfPhone,
  orderIdOfLegacy,
  productIdOfLegacy,
  type ChainKey,
} from '../../schemas/member-id.ts'
import { readPhone } from '../../schemas/phone.ts'

const RUNS = { numRuns: 1000 }
const KEY = '00112233445566778899aabbccddeeff'.repeat(2) as ChainKey
const scope = fc.oneof(
  fc.constantFrom('shared', 'b1'),
  fc.string({ minLength: 1, maxLength: 10 }),
) as fc.Arbitrary<Scope>
const phone = fc.stringMatching(/^\+[1-9]\d{5,14}$/) as unknown as fc.Arbitrary<E164Phone>
const key = fc.stringMatching(/^[0-9a-f]{64}$/) as unknown as fc.Arbitrary<ChainKey>
const generation = fc.nat({ max: 5 })
const text = fc.oneof(fc.constantFrom('a', 'b', '","'), fc.string({ maxLength: 12 }))

describe('the id of a member', () => {
  test('is HMAC-SHA-256 over scope, phone and generation, cut to 128 bits', () => {
    fc.assert(
      fc.property(key, scope, phone, generation, (chainKey, owner, number, n) => {
        const mac = createHmac('sha256', Buffer.from(chainKey, 'hex')).update(JSON.stringify([owner, number, n]))
        expect(memberIdOfPhone(chainKey, owner, number, n)).toBe(mac.digest('hex').slice(0, 32))
      }),
      RUNS,
    )
  })

  test('is the same for one phone in any spelling', () => {
    const spellings = [
      '13812345678',
      '138 1234 5678',
      '138-1234-5678',
      '+86 138 1234 5678',
      '0086 13812345678',
      '+86-138-1234-5678',
      '１３８１２３４５６７８',
      '＋８６ １３８ １２３４ ５６７８',
      '(+86) 138 1234 5678',
      ' 13812345678 ',
    ]
    const ids = spellings.map((typed) => {
      const read = readPhone(typed, 'CN')
      return read.ok && memberIdOfPhone(KEY, 'shared' as Scope, read.phone, 0)
    })
    expect(new Set(ids)).toEqual(new Set([memberIdOfPhone(KEY, 'shared' as Scope, '+8613812345678' as E164Phone, 0)]))
  })

  test('differs where scope, phone, generation or chain differ', () => {
    fc.assert(
      fc.property(fc.tuple(key, scope, phone, generation), fc.tuple(key, scope, phone, generation), (a, b) => {
        const mixed = a.map((part, i) => (i % 2 ? part : b[i])) as typeof a
        for (const other of [b, mixed]) {
          const same = JSON.stringify(a) === JSON.stringify(other)
          expect(memberIdOfPhone(...a) === memberIdOfPhone(...other)).toBe(same)
        }
      }),
      RUNS,
    )
  })

  test('of an imported member is the same for every import of the row, and differs from every other', () => {
    fc.assert(
      fc.property(scope, fc.tuple(text, text), fc.tuple(text, text), phone, (owner, a, b, number) => {
        const same = a[0] === b[0] && a[1] === b[1]
        expect(memberIdOfLegacy(KEY, owner, ...a) === memberIdOfLegacy(KEY, owner, ...b)).toBe(same)
        expect(memberIdOfLegacy(KEY, owner, number, '0')).not.toBe(memberIdOfPhone(KEY, owner, number, 0))
      }),
      RUNS,
    )
  })
})

describe('ids of imported orders and products', () => {
  test('an order has that of its branch, source and number there', () => {
    const mac = createHmac('sha256', Buffer.from(KEY, 'hex')).update('["order","b1","pos","7"]')
    const expected = mac.digest('hex').slice(0, 32)
    expect(orderIdOfLegacy(KEY, 'b1' as BranchId, 'pos', '7')).toBe(expected)
    expect(orderIdOfLegacy(KEY, 'b2' as BranchId, 'pos', '7')).not.toBe(expected)
  })

  test('an order has one that nobody can compute without the chain key', () => {
    fc.assert(
      fc.property(key, key, text, (a, b, number) => {
        const ids = [a, b].map((chainKey) => orderIdOfLegacy(chainKey, 'b1' as BranchId, 'pos', number))
        expect(ids[0] === ids[1]).toBe(a === b)
      }),
      RUNS,
    )
  })

  test('a product has a readable one', () => {
    expect(productIdOfLegacy('pos', '7')).toBe('pos:7')
  })
})

test('a chain key is 32 bytes in hexadecimal', () => {
  expect(isChainKey(KEY)).toBe(true)
  for (const odd of ['', KEY.slice(1), `${KEY}0`, KEY.toUpperCase(), `${KEY}\n`, 'g'.repeat(64)]) {
    expect(isChainKey(odd)).toBe(false)
  }
})
