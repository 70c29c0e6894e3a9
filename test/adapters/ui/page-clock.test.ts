import { describe, expect, it } from 'vitest'
import { PageClock } from '../../../adapters/ui/page-clock.ts'

const HOUR = 3_600_000

describe('the clock of a page', () => {
  it('counts a night that only the clock of the device has seen, once', () => {
    const clock = new PageClock(1_000_000, 500)
    expect(clock.beat(1_001_000, 1_500)).toBe(false)
    expect(clock.beat(1_001_000 + 8 * HOUR, 1_600)).toBe(true)
    expect(clock.now(1_600)).toBe(1_600 + 8 * HOUR - 100)
    expect(clock.beat(1_002_000 + 8 * HOUR, 2_600)).toBe(false)
    expect(clock.now(2_600)).toBe(2_600 + 8 * HOUR - 100)
  })

  it('counts a tab that only rested no longer than it did', () => {
    const clock = new PageClock(1_000_000, 500)
    expect(clock.beat(1_000_000 + HOUR, 500 + HOUR)).toBe(false)
    expect(clock.now(500 + HOUR)).toBe(500 + HOUR)
  })

  it('never goes back, where the clock of the device does', () => {
    const clock = new PageClock(1_000_000, 500)
    expect(clock.beat(1_001_000 - HOUR, 1_500)).toBe(false)
    expect(clock.now(1_500)).toBe(1_500)
    expect(clock.beat(1_002_000 - HOUR, 2_500)).toBe(false)
  })
})
