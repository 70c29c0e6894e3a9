import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../schemas/backoff.ts'

const limits = { firstMs: 500, capMs: 10_000 }

describe('backoffMs', () => {
  it('doubles up to the cap', () => {
    expect([0, 1, 2, 3, 10, 1000].map((attempt) => backoffMs(attempt, limits, 0.999_999))).toEqual(
      [500, 1000, 2000, 4000, 10_000, 10_000].map((ms) => expect.closeTo(ms, 0)),
    )
  })

  it('spreads over the upper half, so that tablets do not return all at once', () => {
    expect([0, 0.5, 1].map((random) => backoffMs(1, limits, random))).toEqual([500, 750, 1000])
  })
})
