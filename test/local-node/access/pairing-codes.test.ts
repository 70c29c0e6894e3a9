import { beforeEach, expect, it } from 'vitest'
import { PairingCodes } from '../../../local-node/access/pairing-codes.ts'

const MINUTE = 60_000
const HERE = '192.168.1.20'
const done = () => undefined

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
  codes.check(code, HERE)
  codes.use(code, HERE, done)
  expect(() => codes.use(code, HERE, done)).toThrow(wrong)
})

it('leaves a code open when what it is for is not done', () => {
  const { code } = codes.issue()
  const full = new Error('the disk is full')
  const fail = () => {
    throw full
  }
  expect(() => codes.use(code, HERE, fail)).toThrow(full)
  expect(codes.use(code, HERE, () => 'done')).toBe('done')
})

it('takes a code as people type it', () => {
  for (let round = 0; round < 50; round++) {
    const { code } = codes.issue()
    const typed = code.toLowerCase().replace('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')
    expect(() => codes.use(typed, HERE, done)).not.toThrow()
  }
})

it('ends a code after ten minutes', () => {
  const { code, expiresMs } = codes.issue()
  expect(expiresMs).toBe(nowMs + 10 * MINUTE)
  nowMs += 10 * MINUTE - 1
  codes.check(code, HERE)
  nowMs += 1
  expect(() => codes.check(code, HERE)).toThrow(wrong)
})

it('keeps five codes open: a sixth ends the oldest', () => {
  const made = Array.from({ length: 6 }, () => codes.issue().code)
  expect(() => codes.use(made[0]!, HERE, done)).toThrow(wrong)
  for (const code of made.slice(1)) codes.use(code, HERE, done)
})

it('takes nothing more for a minute after five wrong ones, the right one neither', () => {
  const { code } = codes.issue()
  for (let at = 0; at < 5; at++) expect(() => codes.use('0000-0000', HERE, done)).toThrow(wrong)
  expect(() => codes.use(code, HERE, done)).toThrow(tooMany)
  nowMs += MINUTE
  codes.use(code, HERE, done)
})

it('takes a code from elsewhere while somebody tries wrong ones', () => {
  const { code } = codes.issue()
  const guess = (address: string) => () => codes.use('0000-0000', address, done)
  for (let at = 0; at < 5; at++) expect(guess('fe80::1:2:3:4')).toThrow(wrong)
  expect(guess('fe80::4:3:2:1')).toThrow(tooMany)
  codes.use(code, HERE, done)
})

it('lets nobody guess twice while the whole network guesses, and takes the right code all the same', () => {
  const { code } = codes.issue()
  const guess = (host: number) => () => codes.use('0000-0000', `10.0.${host >> 8}.${host & 255}`, done)
  for (let host = 0; host < 60; host++) for (let at = 0; at < 5; at++) expect(guess(host)).toThrow(wrong)
  expect(guess(60)).toThrow(wrong)
  expect(guess(60)).toThrow(tooMany)
  codes.use(code, HERE, done)
  nowMs += MINUTE
  expect(guess(60)).toThrow(wrong)
  expect(guess(60)).toThrow(wrong)
})

it('goes on a minute later also when the clock was set back meanwhile', () => {
  for (let at = 0; at < 5; at++) expect(() => codes.use('0000-0000', HERE, done)).toThrow(wrong)
  nowMs -= 365 * 24 * 60 * MINUTE
  codes.use(codes.issue().code, HERE, done)
})
