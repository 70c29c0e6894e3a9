import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NO_BALANCE, type Contribution } from '../../schemas/contribution.ts'
import { refuseOverspend } from '../../schemas/spending.ts'

const takes = (points: number, value = 0, memberId = 'm'): Contribution => ({
  memberId,
  points: -points,
  value: -value,
})
const spend = (more: Partial<Parameters<typeof refuseOverspend>[0]>) =>
  refuseOverspend({
    before: undefined,
    after: undefined,
    shown: { points: 20, value: 1000 },
    overdraft: NO_BALANCE,
    currency: 'CNY',
    ...more,
  })

describe('a document that spends', () => {
  test('may take exactly what is there', () => {
    expect(spend({ after: takes(20, 1000) })).toBeUndefined()
  })

  test('is refused when it takes more, and told how much is missing', () => {
    expect(spend({ after: takes(25) })).toEqual({
      code: 'BALANCE_TOO_LOW',
      field: 'points',
      reason: '5 points too little: the document takes 25 points of a balance of 20 points',
    })
    expect(spend({ after: takes(0, 1250) })).toMatchObject({
      field: 'value',
      reason: '2.50 CNY too little: the document takes 12.50 CNY of a balance of 10.00 CNY',
    })
    expect(spend({ after: takes(0, 1250), currency: 'JPY' })?.reason).toContain('250 JPY too little')
  })

  test('may take what the overdraft allows, and no more', () => {
    const overdraft = { points: 10, value: 0 }
    expect(spend({ after: takes(30), overdraft })).toBeUndefined()
    expect(spend({ after: takes(31), overdraft })?.reason).toBe(
      '1 points too little: the document takes 31 points of a balance of 20 points and an overdraft of 10 points',
    )
  })

  test('takes only what it did not take before', () => {
    // 20 are left after the 15 that the order has taken already.
    expect(spend({ before: takes(15), after: takes(35) })).toBeUndefined()
    expect(spend({ before: takes(15), after: takes(36) })).toBeDefined()
    // They were another member's.
    expect(spend({ before: takes(15, 0, 'other'), after: takes(35) })).toBeDefined()
  })
})

describe('below zero', () => {
  const shown = { points: -5, value: -5 }

  test('a refund, an edit that spends less and one that changes neither are allowed', () => {
    expect(spend({ shown, before: takes(15), after: takes(0) })).toBeUndefined()
    expect(spend({ shown, before: takes(15), after: takes(14) })).toBeUndefined()
    expect(spend({ shown, before: takes(15, 3), after: takes(15, 3) })).toBeUndefined()
    expect(spend({ shown, before: takes(15), after: undefined })).toBeUndefined()
  })

  test('points that an order had earned may be taken back', () => {
    expect(spend({ shown, before: takes(-30), after: takes(0) })).toBeUndefined()
    expect(spend({ shown, before: takes(-30), after: takes(-10) })).toBeUndefined()
  })

  test('nothing more is spent', () => {
    expect(spend({ shown, after: takes(1) })).toBeDefined()
    expect(spend({ shown, after: takes(0, 1) })).toBeDefined()
  })
})

test('what is allowed never takes a balance below the overdraft that was above it', () => {
  const amount = fc.integer({ min: -100, max: 100 })
  const contribution = fc.option(
    fc.record({ memberId: fc.constantFrom('m', 'n', ''), points: amount, value: amount }),
    { nil: undefined },
  )
  const balance = fc.record({ points: amount, value: amount })
  const limit = fc.record({ points: fc.nat(50), value: fc.nat(50) })
  fc.assert(
    fc.property(contribution, contribution, balance, limit, (before, after, shown, overdraft) => {
      if (!after || after.memberId === '' || refuseOverspend({ before, after, shown, overdraft, currency: 'CNY' }))
        return
      const contained = before?.memberId === after.memberId ? before : NO_BALANCE
      for (const unit of ['points', 'value'] as const) {
        if (after[unit] >= 0) continue
        const left = shown[unit] - contained[unit] + after[unit]
        expect(left >= Math.min(shown[unit], -overdraft[unit])).toBe(true)
      }
    }),
    { numRuns: 2000 },
  )
})
