import { describe, expect, it } from 'vitest'
import { EXCHANGE_LIMITS, exchangeDeadlineMs } from '../../../adapters/http/exchange-limits.ts'
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
    expect([0, 1, 100, 1000].map((documents) => exchangeDeadlineMs(documents))).toEqual([3500, 3530, 6500, 33_500])
  })
})

describe('the time that a request of large documents may take', () => {
  it('is enough for the largest request on a line of 16 kB a second', () => {
    const { maxRequestBytes } = EXCHANGE_LIMITS
    expect(exchangeDeadlineMs(1, maxRequestBytes)).toBeGreaterThan((maxRequestBytes / 16_000) * 1000)
  })
  it('doubles for one document that came in too late, up to a minute, and is never less than its bytes need', () => {
    const deadlines = [0, 1, 2, 3, 4, 5, 5000].map((timeouts) => exchangeDeadlineMs(1, 0, timeouts))
    expect(deadlines).toEqual([3530, 7060, 14_120, 28_240, 56_480, 60_000, 60_000])
    expect(exchangeDeadlineMs(1, MIB, 3)).toBe(exchangeDeadlineMs(1, MIB))
  })
  it('has no part for bytes in what a batch is sized by: a slow one holds up what is more urgent', () => {
    expect(next(2, { documents: 2, bytes: MIB, tookMs: 4000 })).toBe(1)
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
