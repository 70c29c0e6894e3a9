import { describe, expect, it } from 'vitest'
import { FRESH_MS, freshVerdict } from '../../schemas/fresh-verdict.ts'

const checkedAt = '2026-01-01T00:00:00.000Z'
const checkedMs = Date.parse(checkedAt)

describe('freshVerdict', () => {
  it('claims "in sync" for a minute after the comparison and no longer', () => {
    const verdict = { state: 'in-sync', checkedAt } as const
    expect(freshVerdict(verdict, checkedMs + FRESH_MS)).toBe(verdict)
    expect(freshVerdict(verdict, checkedMs + FRESH_MS + 1)).toEqual({ state: 'unknown', checkedAt })
    expect(freshVerdict({ state: 'in-sync' }, checkedMs)).toEqual({ state: 'unknown' })
  })

  it('claims nothing of a comparison that lies further ahead than a minute: the clock has gone back since', () => {
    const verdict = { state: 'in-sync', checkedAt } as const
    expect(freshVerdict(verdict, checkedMs - FRESH_MS)).toBe(verdict)
    expect(freshVerdict(verdict, checkedMs - FRESH_MS - 1)).toEqual({ state: 'unknown', checkedAt })
    expect(freshVerdict({ state: 'in-sync', checkedAt: 'some day' }, checkedMs)).toEqual({
      state: 'unknown',
      checkedAt: 'some day',
    })
  })

  it('leaves trouble as it is, however old', () => {
    for (const state of ['behind', 'differs', 'unknown'] as const) {
      expect(freshVerdict({ state, checkedAt }, checkedMs * 2)).toEqual({ state, checkedAt })
    }
  })
})
