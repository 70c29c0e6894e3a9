import { describe, expect, it } from 'vitest'
import { addDays, dayIn, dayRange, daysBetween, isTimeZone } from '../../../adapters/mysql/dashboard-days.ts'

const iso = (ms: number) => new Date(ms).toISOString()

describe('days of a time zone', () => {
  it('begin and end at its own midnight', () => {
    const { startMs, endMs, stretches } = dayRange('2026-03-01', '2026-03-02', 'Asia/Shanghai')
    expect([startMs, endMs].map(iso)).toEqual(['2026-02-28T16:00:00.000Z', '2026-03-02T16:00:00.000Z'])
    expect(stretches).toEqual([{ untilMs: endMs, aheadS: 8 * 3600 }])
    expect(iso(dayRange('2026-03-01', '2026-03-01', 'Asia/Kolkata').startMs)).toBe('2026-02-28T18:30:00.000Z')
    expect(iso(dayRange('2026-03-01', '2026-03-01', 'America/Los_Angeles').startMs)).toBe('2026-03-01T08:00:00.000Z')
  })

  it('are shorter and longer where clocks are changed, and each stretch of one offset is told with its last instant', () => {
    const { startMs, endMs, stretches } = dayRange('2026-03-28', '2026-10-26', 'Europe/Berlin')
    expect([startMs, endMs].map(iso)).toEqual(['2026-03-27T23:00:00.000Z', '2026-10-26T23:00:00.000Z'])
    expect(stretches.map(({ untilMs, aheadS }) => [iso(untilMs), aheadS])).toEqual([
      ['2026-03-29T01:00:00.000Z', 3600],
      ['2026-10-25T01:00:00.000Z', 7200],
      ['2026-10-26T23:00:00.000Z', 3600],
    ])
  })

  it('begin at one where clocks are put forward at midnight', () => {
    expect(iso(dayRange('2026-04-24', '2026-04-24', 'Africa/Cairo').startMs)).toBe('2026-04-23T22:00:00.000Z')
    expect(iso(dayRange('2026-04-25', '2026-04-25', 'Africa/Cairo').startMs)).toBe('2026-04-24T21:00:00.000Z')
  })

  it('are today at different instants, and are counted as on a calendar', () => {
    const evening = Date.parse('2026-02-28T17:00:00.000Z')
    expect([dayIn('UTC', evening), dayIn('Asia/Shanghai', evening)]).toEqual(['2026-02-28', '2026-03-01'])
    expect([addDays('2024-02-28', 1), addDays('2026-01-01', -1)]).toEqual(['2024-02-29', '2025-12-31'])
    expect(daysBetween('2026-03-28', '2026-03-30')).toBe(2)
    expect(['Asia/Shanghai', 'UTC', 'Mars/Base', ''].filter(isTimeZone)).toEqual(['Asia/Shanghai', 'UTC'])
  })
})
