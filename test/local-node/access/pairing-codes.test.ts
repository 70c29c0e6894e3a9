import { beforeEach, expect, it } from 'vitest'
import { PairingCodes } from '../../../local-node/access/pairing-codes.ts'

const MINUTE = 60_000

let nowMs: number
let codes: PairingCodes

beforeEach(() => {
  nowMs = Date.parse('2026-03-01T10:00:00Z')
  codes = new PairingCodes(() => nowMs)
})

const wrong = expect.objectContaining({ code: 'PAIRING_CODE' })
const tooMany = expect.objectContaining({ code: 'TOO_MANY_REQUESTS', retryAfterS: 60 })

it('makes codes of two groups without letters that look like digits', () => {
  const made = Array.from({ length: 200 }, () => codes.issue().code)
  for (const code of made) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/)
  expect(new Set(made).size).toBe(200)
})

it('takes a code once', () => {
  const { code } = codes.issue()
  codes.check(code)
  codes.use(code)
  expect(() => codes.use(code)).toThrow(wrong)
})

it('takes a code as people type it', () => {
  for (let round = 0; round < 50; round++) {
    const { code } = codes.issue()
    const typed = code.toLowerCase().replace('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')
    expect(() => codes.use(typed)).not.toThrow()
  }
})

it('ends a code after ten minutes', () => {
  const { code, expiresMs } = codes.issue()
  expect(expiresMs).toBe(nowMs + 10 * MINUTE)
  nowMs += 10 * MINUTE - 1
  codes.check(code)
  nowMs += 1
  expect(() => codes.check(code)).toThrow(wrong)
})

it('keeps five codes open: a sixth ends the oldest', () => {
  const made = Array.from({ length: 6 }, () => codes.issue().code)
  expect(() => codes.use(made[0]!)).toThrow(wrong)
  for (const code of made.slice(1)) codes.use(code)
})

it('takes nothing more for a minute after five wrong ones, the right one neither', () => {
  const { code } = codes.issue()
  for (let at = 0; at < 5; at++) expect(() => codes.use('0000-0000')).toThrow(wrong)
  expect(() => codes.use(code)).toThrow(tooMany)
  nowMs += MINUTE
  codes.use(code)
})

it('goes on a minute later also when the clock was set back meanwhile', () => {
  for (let at = 0; at < 5; at++) expect(() => codes.use('0000-0000')).toThrow(wrong)
  nowMs -= 365 * 24 * 60 * MINUTE
  codes.use(codes.issue().code)
})
