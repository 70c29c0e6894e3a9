import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { reportError } from '../../adapters/cli/report-error.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'

let written = ''

beforeEach(() => {
  written = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text)
    return true
  })
})

afterEach(() => {
  vi.restoreAllMocks()
})

/** What is written after `outpost: `. */
function words(thrown: unknown): string {
  written = ''
  expect(reportError(thrown)).toBe(1)
  expect(written).toMatch(/^outpost: [^]*\n$/)
  return written.slice('outpost: '.length, -1)
}

const LOOP: { self?: unknown } = {}
LOOP.self = LOOP

it.each([
  ['an error', new RangeError('too far'), /^RangeError: too far\n/],
  ['an error of ours', new OutpostError('DISK_FULL', 'the disk is full'), /^the disk is full \[DISK_FULL\]\n {2}\w/],
  ['a text', 'it broke', /^it broke$/],
  ['an object with a message', { message: 'it broke', code: 'E_BROKEN' }, /^it broke \[E_BROKEN\]$/],
  ['an object with a message and no code', { message: 'it broke' }, /^it broke$/],
  [
    'an object with neither',
    { status: 422, why: [{ keyword: 'type' }] },
    /^\{ status: 422, why: \[ \{ keyword: 'type' /,
  ],
  ['an object with a phone', { phone: '+8613800138000', status: 422 }, /^\{ phone: '…', status: 422 \}$/],
  ['an object that contains itself', LOOP, /^<ref \*1> \{ self: \[Circular/],
  ['nothing', undefined, /^undefined$/],
  ['a null', null, /^null$/],
])('%s that was thrown is told in words', (_what, thrown, expected) => {
  expect(words(thrown)).toMatch(expected)
})

it('an object that carries a whole collection is told in some lines', () => {
  expect(words({ status: 422, rows: Array.from({ length: 90 }, () => 'x'.repeat(100)) })).toHaveLength(1000)
})
