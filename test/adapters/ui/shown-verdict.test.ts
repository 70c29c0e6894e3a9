import { describe, expect, it } from 'vitest'
import { shownVerdict } from '../../../adapters/ui/shown-verdict.ts'
import { FRESH_MS } from '../../../schemas/fresh-verdict.ts'

const now = Date.UTC(2026, 0, 1)
const ago = (ms: number) => new Date(now - ms).toISOString()

describe('what a page claims of a verdict', () => {
  it('is "in sync" while the check is fresh and the figures are current', () => {
    expect(shownVerdict({ state: 'in-sync', checkedAt: ago(3_000) }, now, true).state).toBe('in-sync')
    expect(shownVerdict({ state: 'in-sync', checkedAt: ago(FRESH_MS) }, now, true).state).toBe('in-sync')
  })

  it('is "unknown" with its age once the check is old', () => {
    const checkedAt = ago(FRESH_MS + 1)
    expect(shownVerdict({ state: 'in-sync', checkedAt }, now, true)).toEqual({
      state: 'unknown',
      checkedAt,
      stale: true,
    })
  })

  it('is never "in sync" without a check', () => {
    expect(shownVerdict({ state: 'in-sync' }, now, true).state).toBe('unknown')
  })

  it('is "unknown" whatever was heard over a broken stream', () => {
    for (const state of ['in-sync', 'behind', 'differs', 'unknown'] as const) {
      expect(shownVerdict({ state, checkedAt: ago(1_000) }, now, false).state).toBe('unknown')
    }
  })

  it('does not hide that a branch is behind or differs', () => {
    expect(shownVerdict({ state: 'behind' }, now, true).state).toBe('behind')
    expect(shownVerdict({ state: 'differs', checkedAt: ago(3_600_000) }, now, true).state).toBe('differs')
  })
})
