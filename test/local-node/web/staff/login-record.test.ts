import { expect, it } from 'vitest'
import { isOpen, parseRecord, touched, type LoginRecord } from '../../../../local-node/web/staff/login-record.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NOW = Date.parse('2026-03-01T10:00:00Z')
const RECORD: LoginRecord = { id: 's1', name: 'Li Na', role: 'cashier', sinceMs: NOW, touchedMs: NOW }

it('ends a quarter of an hour after the last touch', () => {
  expect(isOpen(RECORD, NOW + 15 * MINUTE - 1)).toBe(true)
  expect(isOpen(RECORD, NOW + 15 * MINUTE)).toBe(false)
  const later = touched(RECORD, NOW + 10 * MINUTE)
  expect(isOpen(later, NOW + 20 * MINUTE)).toBe(true)
})

it('ends after twelve hours however often somebody touched it', () => {
  const busy = { ...RECORD, touchedMs: NOW + 12 * HOUR - 1 }
  expect(isOpen(busy, NOW + 12 * HOUR - 1)).toBe(true)
  expect(isOpen(busy, NOW + 12 * HOUR)).toBe(false)
})

it('ends when the clock was set back', () => {
  expect(isOpen(RECORD, NOW - MINUTE)).toBe(false)
})

it('is written once in five seconds', () => {
  expect(touched(RECORD, NOW + 4_999)).toBe(RECORD)
  expect(touched(RECORD, NOW + 5_000)).toEqual({ ...RECORD, touchedMs: NOW + 5_000 })
})

it('is read as it was written, and nothing else is', () => {
  expect(parseRecord(JSON.stringify(RECORD))).toEqual(RECORD)
  for (const text of [null, '', '{', '[]', '{"id":"s1"}', JSON.stringify({ ...RECORD, role: 'owner' })]) {
    expect(parseRecord(text)).toBeUndefined()
  }
})
