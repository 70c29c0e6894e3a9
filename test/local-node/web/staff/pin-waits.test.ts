import { expect, it } from 'vitest'
import { parseWaits, waitLeftMs, withoutWait, withWait } from '../../../../local-node/web/staff/pin-waits.ts'

const NOW = Date.parse('2026-03-01T10:00:00Z')

it('is over at the time that it was given, for each person alone', () => {
  const waits = withWait({}, 's1', 30, NOW)
  expect(waitLeftMs(waits['s1'], NOW)).toBe(30_000)
  expect(waitLeftMs(waits['s1'], NOW + 29_999)).toBe(1)
  expect(waitLeftMs(waits['s1'], NOW + 30_000)).toBe(0)
  expect(waitLeftMs(waits['s2'], NOW)).toBe(0)
})

it('lasts as long after a reload', () => {
  const kept = JSON.stringify(withWait({}, 's1', 30, NOW))
  expect(waitLeftMs(parseWaits(kept)['s1'], NOW + 10_000)).toBe(20_000)
})

it('holds nobody up for years by a clock that was set back', () => {
  const waits = withWait({}, 's1', 30, Date.parse('2099-01-01T00:00:00Z'))
  expect(waitLeftMs(waits['s1'], NOW)).toBe(0)
})

it('keeps no wait that is over, nor one of somebody who was let in', () => {
  const waits = withWait(withWait({}, 's1', 30, NOW), 's2', 30, NOW + 30_000)
  expect(Object.keys(waits)).toEqual(['s2'])
  expect(withoutWait(waits, 's2')).toEqual({})
})

it('reads what was written, and nothing else', () => {
  const waits = withWait({}, 's1', 30, NOW)
  expect(parseWaits(JSON.stringify({ ...waits, s2: { sinceMs: NOW }, s3: 5 }))).toEqual(waits)
  for (const text of [null, '', '{', '[]', '7']) expect(parseWaits(text)).toEqual({})
})
