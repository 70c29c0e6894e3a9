import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDay, readInstant, readOffset } from '../../../adapters/import/read-time.ts'

describe('a time', () => {
  test.each([
    ['1996-07-04', '1996-07-04T00:00:00.000Z'],
    ['1996-07-04 00:00:00.000', '1996-07-04T00:00:00.000Z'],
    ['1996/7/4 8:05', '1996-07-04T08:05:00.000Z'],
    ['1996-07-04T18:05:06.1239', '1996-07-04T18:05:06.123Z'],
    ['1996-07-04T18:05:06Z', '1996-07-04T18:05:06.000Z'],
    ['1996-07-04 18:05:06 +0800', '1996-07-04T10:05:06.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, iso) => expect(readInstant(text, 0)).toBe(iso))

  test('without an offset has the offset of the mapping, one with an offset its own', () => {
    expect(readInstant('1996-07-04', 480)).toBe('1996-07-03T16:00:00.000Z')
    expect(readInstant('1996-07-04T00:00:00Z', 480)).toBe('1996-07-04T00:00:00.000Z')
    expect(readInstant('1996-07-04T00:00:00+08:00', -300)).toBe('1996-07-03T16:00:00.000Z')
  })

  test.each([
    '04.07.1996',
    '7/4/1996',
    '1996-13-01',
    '2023-02-29',
    '1996-07-04 24:00',
    '1996-07-04 10:60',
    '1996-07/04',
    '1996-07-04T10:00+25:00',
    '0001-01-01',
    'yesterday',
    '',
  ])('refuses "%s"', (text) => expect(readInstant(text, 0)).toBeUndefined())

  test('comes back in every offset', () => {
    const date = fc.date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(date, fc.integer({ min: -840, max: 840 }), (moment, offset) => {
        const local = new Date(moment.getTime() + offset * 60_000).toISOString().replace('T', ' ').replace('Z', '')
        expect(readInstant(local, offset)).toBe(moment.toISOString())
      }),
    )
  })
})

test('a day stays the day that is written', () => {
  expect(readDay('1990/1/2')).toBe('1990-01-02')
  expect(readDay('1990-01-02 23:59:59')).toBe('1990-01-02')
  expect(readDay('1990-02-30')).toBeUndefined()
})

test('an offset is UTC or hours and minutes', () => {
  expect([readOffset('UTC'), readOffset('+08:00'), readOffset('-0330')]).toEqual([0, 480, -210])
  expect([readOffset('+15:00'), readOffset('Asia/Shanghai'), readOffset('+8')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})
