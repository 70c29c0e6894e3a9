import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { zoneClock } from '../../../adapters/mysql/mapping-time-zone.ts'

const ZONES = ['Asia/Shanghai', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Africa/Casablanca', 'UTC']
const instants = fc.integer({ min: Date.UTC(1890, 0, 1), max: Date.UTC(2100, 0, 1) })

describe('the clock of a time zone', () => {
  test.each(ZONES)('of %s shows what Intl shows, for any moment', (timeZone) => {
    const { wallTime } = zoneClock(timeZone)!
    const asIntl = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
    fc.assert(
      fc.property(instants, (instant) => {
        const shown = new Date(Math.floor(wallTime(instant) / 1000) * 1000).toISOString()
        expect(shown.slice(0, 19).replace('T', ' ')).toBe(asIntl.format(Math.floor(instant / 1000) * 1000))
      }),
      { numRuns: 500 },
    )
  })

  test.each(ZONES)('of %s leads back to the moment, or to the earlier one that it shows as the same', (zone) => {
    const { wallTime, instantOf } = zoneClock(zone)!
    fc.assert(
      fc.property(instants, (instant) => {
        const back = instantOf(wallTime(instant))!
        expect(back).toBeLessThanOrEqual(instant)
        expect(wallTime(back)).toBe(wallTime(instant))
        expect(instant - back).toBeLessThanOrEqual(2 * 3_600_000)
      }),
      { numRuns: 500 },
    )
  })

  test('leaps over an hour in spring and shows one twice in autumn', () => {
    const { instantOf } = zoneClock('Europe/Berlin')!
    expect(instantOf(Date.parse('2024-03-31T02:30:00Z'))).toBeUndefined()
    expect(instantOf(Date.parse('2024-10-27T02:30:00Z'))).toBe(Date.parse('2024-10-27T00:30:00Z'))
    expect(instantOf(Date.parse('2024-10-27T03:00:00Z'))).toBe(Date.parse('2024-10-27T02:00:00Z'))
  })

  test('has seconds where a zone had them, and the years before anybody had zones', () => {
    const { wallTime } = zoneClock('Asia/Shanghai')!
    expect(new Date(wallTime(Date.parse('1900-06-01T00:00:00Z'))).toISOString()).toBe('1900-06-01T08:05:43.000Z')
    expect(new Date(wallTime(Date.parse('0001-01-01T00:00:00Z'))).toISOString()).toBe('0001-01-01T08:05:43.000Z')
  })

  test.each(['Mars/Olympus', '+25:00', '8', '', 'GMT+25'])('there is none for %j', (zone) => {
    expect(zoneClock(zone)).toBeUndefined()
  })
})
