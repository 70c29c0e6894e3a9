import { expect, test } from 'vitest'
import { isQuietAt, parseQuietHours } from '../../../adapters/alerts/quiet-hours.ts'

const at = (time: string) => Date.parse(`2026-03-01T${time}:00Z`)

test.each([
  ['22:00-07:00', 'UTC', '21:59', false],
  ['22:00-07:00', 'UTC', '22:00', true],
  ['22:00-07:00', 'UTC', '00:00', true],
  ['22:00-07:00', 'UTC', '06:59', true],
  ['22:00-07:00', 'UTC', '07:00', false],
  ['12:30-13:30', 'UTC', '12:29', false],
  ['12:30-13:30', 'UTC', '13:29', true],
  ['22:00-07:00', 'Asia/Shanghai', '14:00', true],
  ['22:00-07:00', 'Asia/Shanghai', '23:00', false],
])('%s in %s: at %s UTC it is quiet: %s', (hours, timeZone, time, isQuiet) => {
  expect(isQuietAt(parseQuietHours(hours)!, at(time), timeZone)).toBe(isQuiet)
})

test.each(['off', '22-07', '24:00-07:00', '22:00-22:00', '22:00-07:60', ''])('"%s" are no hours', (text) => {
  expect(parseQuietHours(text)).toBeUndefined()
})
