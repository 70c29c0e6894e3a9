import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Hlc, WriterId } from '../../schemas/brand.ts'
import { orders } from '../../schemas/collections/orders.ts'
import { addContribution, movementContribution, NO_BALANCE, orderContribution } from '../../schemas/contribution.ts'
import { formatStamp } from '../../schemas/hlc.ts'
import type { Doc } from '../../schemas/json.ts'
import { merge } from '../../schemas/merge.ts'
import { ORDER_STATES } from '../../schemas/order-status.ts'
import { hostileDoc, jsonValue } from './arbitrary-documents.ts'

const RUNS = { numRuns: 1000 }
const stamp = (n: number): Hlc => formatStamp(n, 0, 'w' as WriterId)
const sale = { id: 'o', memberId: 'm', round: 1, pointsEarned: 30, pointsSpent: 10, valueSpent: 500 }
const reached = (...entries: string[]) => ({
  clock: { r: {}, h: Object.fromEntries(entries.map((entry, i) => [entry, stamp(i + 1)])) },
})

describe('an order', () => {
  test.each([
    ['created', 0, 0],
    ['paid', 20, -500],
    ['fulfilled', 20, -500],
    ['closed', 20, -500],
    ['cancelled', 0, 0],
    ['refunded', 0, 0],
  ])('that is %s contributes %i points and %i of stored value', (status, points, value) => {
    expect(orderContribution({ ...sale, status })).toEqual({ memberId: 'm', points, value })
  })

  test('that was deleted, or is nobody’s, contributes nothing', () => {
    expect(orderContribution({ ...sale, status: 'paid', _deleted: true })).toBeUndefined()
    const { memberId: _nobody, ...rest } = sale
    expect(orderContribution({ ...rest, status: 'paid' })).toBeUndefined()
  })

  test('in contradiction counts as paid if it was paid in this round', () => {
    const conflicted = { ...sale, status: 'conflicted' }
    const paid = { memberId: 'm', points: 20, value: -500 }
    expect(orderContribution({ ...conflicted, ...reached('1:closed', '1:refunded') })).toEqual(paid)
    expect(orderContribution({ ...conflicted, ...reached('1:paid', '1:cancelled') })).toEqual(paid)
    const unpaid = reached('1:paid', '2:cancelled', '2:refunded')
    expect(orderContribution({ ...conflicted, round: 2, ...unpaid })).toEqual({ memberId: 'm', points: 0, value: 0 })
  })

  test('contributes the same on every replica that holds the same state', () => {
    fc.assert(
      fc.property(hostileDoc(orders), hostileDoc(orders), (a, b) => {
        const one = merge(orders.merge, a, b)
        const other = merge(orders.merge, b, a)
        expect(orderContribution(one)).toEqual(orderContribution(other))
      }),
      RUNS,
    )
  })
})

describe('a movement', () => {
  const topup = { id: 'x', memberId: 'm', points: 5, value: 10_000 }

  test('counts from the moment that it exists until it is deleted', () => {
    expect(movementContribution(topup)).toEqual({ memberId: 'm', points: 5, value: 10_000 })
    expect(movementContribution({ ...topup, points: -7, value: 0 })).toEqual({ memberId: 'm', points: -7, value: 0 })
    expect(movementContribution({ ...topup, _deleted: true })).toBeUndefined()
    expect(movementContribution({ ...topup, memberId: 1 })).toBeUndefined()
  })
})

describe('whatever a document holds', () => {
  test('its contribution is whole numbers or none', () => {
    const part = fc.oneof(jsonValue, fc.constantFrom<unknown>(1.5, Number.NaN, Infinity, '5', 2 ** 60, -3))
    const doc = fc.record({
      memberId: fc.oneof(fc.constant('m'), jsonValue),
      status: fc.oneof(fc.constantFrom<unknown>(...ORDER_STATES, 'conflicted'), jsonValue),
      round: part,
      points: part,
      value: part,
      pointsEarned: part,
      pointsSpent: part,
      valueSpent: part,
      clock: jsonValue,
    }) as fc.Arbitrary<Doc>
    fc.assert(
      fc.property(doc, (state) => {
        for (const contribution of [orderContribution(state), movementContribution(state)]) {
          if (!contribution) continue
          expect(Number.isInteger(contribution.points) && Number.isInteger(contribution.value)).toBe(true)
          expect(contribution.memberId).toBeTypeOf('string')
        }
      }),
      RUNS,
    )
  })
})

describe('a balance', () => {
  const amount = fc.record({ points: fc.integer(), value: fc.integer() })

  test('does not depend on the order in which contributions come and are replaced', () => {
    fc.assert(
      fc.property(fc.array(amount), amount, (all, gone) => {
        const there = all.reduce((sum, part) => addContribution(sum, part, 1), addContribution(NO_BALANCE, gone, 1))
        const back = all.toReversed().reduce((sum, part) => addContribution(sum, part, 1), NO_BALANCE)
        expect(addContribution(there, gone, -1)).toEqual(back)
      }),
      RUNS,
    )
  })
})
