import { describe, expect, it } from 'vitest'
import { exchangeDeadlineMs } from '../../../adapters/http/exchange-limits.ts'
import { UNUSED_BUCKET, refill, spend, waitMs } from '../../../local-node/sync/bandwidth.ts'
import { halved, nextBatchSize } from '../../../local-node/sync/batch-size.ts'

const MIB = 2 ** 20
const next = (size: number, sample: { documents: number; bytes: number; tookMs: number }, max = 1000) =>
  nextBatchSize(size, sample, max, 4 * MIB)

describe('the size of an exchange', () => {
  it('doubles while exchanges are full, quick and small, up to the configured maximum', () => {
    expect(next(100, { documents: 100, bytes: 70_000, tookMs: 30 })).toBe(200)
    expect(next(800, { documents: 800, bytes: 600_000, tookMs: 300 })).toBe(1000)
    expect(next(100, { documents: 100, bytes: 70_000, tookMs: 30 }, 100)).toBe(100)
  })
  it('stays where the exchange was not full, or twice as much would be too large or too slow', () => {
    expect(next(100, { documents: 99, bytes: 70_000, tookMs: 30 })).toBe(100)
    expect(next(100, { documents: 100, bytes: 3 * MIB, tookMs: 30 })).toBe(100)
    expect(next(100, { documents: 100, bytes: 70_000, tookMs: 1500 })).toBe(100)
  })
  it('is halved where the exchange came near its deadline, and after trouble, down to one document', () => {
    expect(next(100, { documents: 100, bytes: 70_000, tookMs: 4000 })).toBe(50)
    expect([halved(3), halved(1)]).toEqual([1, 1])
  })
})

describe('the time that a request may take', () => {
  it('is 3.5 s, and 30 ms more for each document', () => {
    expect([0, 1, 100, 1000].map(exchangeDeadlineMs)).toEqual([3500, 3530, 6500, 33_500])
  })
})

describe('the cap on the line', () => {
  const rate = 1000
  it('lets one exchange through at once, then waits until it is paid for', () => {
    const full = refill(UNUSED_BUCKET, rate, 0)
    expect(waitMs(full, rate)).toBe(0)
    const spent = spend(full, 3000)
    expect(waitMs(spent, rate)).toBe(2000)
    expect(waitMs(refill(spent, rate, 500), rate)).toBe(1500)
  })
  it('saves up no more than a second’s worth', () => {
    const idle = refill(refill(UNUSED_BUCKET, rate, 0), rate, 3_600_000)
    expect(waitMs(spend(idle, 2000), rate)).toBe(1000)
  })
})
