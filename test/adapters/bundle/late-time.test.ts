/** What a clock makes of a time that was told long ago. */
import { describe, expect, it } from 'vitest'
import { WriterClock } from '../../../adapters/rxdb/writer-clock.ts'
import type { WriterId } from '../../../schemas/brand.ts'

const DAY_MS = 86_400_000
const TOLD_MS = Date.parse('2026-03-01T10:00:00Z')

function clockAt(osMs: number): WriterClock {
  return new WriterClock({ writer: 'w0000000' as WriterId, osMs: () => osMs, floorMs: TOLD_MS, lastCloudMs: TOLD_MS })
}

describe('a time that a bundle brings', () => {
  it('lets a clock that is right go on, however long the branch has had no link', () => {
    const now = TOLD_MS + 90 * DAY_MS
    const clock = clockAt(now)
    expect(clock.wallMs()).toBe(TOLD_MS)
    clock.hearLate(now - 2 * DAY_MS)
    expect(clock.wallMs()).toBe(now)
    expect(clock.memory()).toMatchObject({ lastCloudMs: now - 2 * DAY_MS })
  })

  it('is the least that a clock which lags behind believes', () => {
    const clock = clockAt(0)
    clock.hearLate(TOLD_MS + 5 * DAY_MS)
    expect(clock.wallMs()).toBe(TOLD_MS + 5 * DAY_MS)
  })

  it('never takes a clock back', () => {
    const now = TOLD_MS + DAY_MS
    const clock = clockAt(now)
    clock.hearLate(TOLD_MS - DAY_MS)
    clock.hearLate(Number.NaN)
    expect(clock.wallMs()).toBe(now)
    clock.hear(now + 1000)
    clock.hearLate(now - 1000)
    expect(clock.wallMs()).toBeGreaterThanOrEqual(now + 1000)
  })
})
