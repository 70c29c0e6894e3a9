import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maskPhone, readPhone } from '../../schemas/phone.ts'

const RUNS = { numRuns: 1000 }

describe('a phone', () => {
  test.each([
    ['13812345678', 'CN', '+8613812345678'],
    ['138 1234 5678', 'CN', '+8613812345678'],
    ['138-1234-5678', 'CN', '+8613812345678'],
    ['１３８１２３４５６７８', 'CN', '+8613812345678'],
    ['１３８－１２３４－５６７８', 'CN', '+8613812345678'],
    ['+86 138 1234 5678', 'CN', '+8613812345678'],
    ['＋８６ 13812345678', 'CN', '+8613812345678'],
    ['0086 138 1234 5678', 'CN', '+8613812345678'],
    ['008613812345678', 'DE', '+8613812345678'],
    ['(+86) 138 1234 5678', 'CN', '+8613812345678'],
    ['(0086)13812345678', 'CN', '+8613812345678'],
    ['8613812345678', 'CN', '+8613812345678'],
    ['+8613812345678', 'DE', '+8613812345678'],
    ['13812345678', 'cn', '+8613812345678'],
    ['13812345678\u200b', 'CN', '+8613812345678'],
    ['010-12345678', 'CN', '+861012345678'],
    ['(0755) 8765 4321', 'CN', '+8675587654321'],
    ['400-810-6666', 'CN', '+864008106666'],
    ['030-0074321', 'DE', '+49300074321'],
    ['(171) 555-7788', 'GB', '+441715557788'],
    ['0921-12 34 65', 'SE', '+46921123465'],
    ['(1) 42.34.22.66', 'FR', '+33142342266'],
    ['(206) 555-9857', 'US', '+12065559857'],
    ['011-4988260', 'IT', '+390114988260'],
  ])('typed as %s in %s is %s', (typed, country, phone) => {
    expect(readPhone(typed, country)).toEqual({ ok: true, phone })
  })

  test('leaves out the extension, which no phone network knows', () => {
    expect(readPhone('(206) 555-9857 x3457', 'US')).toEqual({ ok: true, phone: '+12065559857' })
    expect(readPhone('030-0074321 ext. 5', 'DE')).toEqual({ ok: true, phone: '+49300074321' })
  })

  test.each([
    ['', 'CN', 'the phone is empty'],
    ['  \u3000', 'CN', 'the phone is empty'],
    ['1'.repeat(41), 'CN', 'longer than any phone number'],
    ['ask her', 'CN', 'not a phone number'],
    ['13812345678 / 13912345678', 'CN', 'not a phone number'],
    ['phone 13812345678', 'CN', 'not a phone number'],
    ['13812345678', 'XX', 'not a phone number'],
    ['12', 'CN', 'not a possible number in CN'],
    ['110', 'CN', 'not a possible number in CN'],
    ['1381234567', 'DK', 'not a possible number in DK'],
    ['(5) 555-4729', 'MX', 'not a possible number in MX'],
    ['+4912345678901234567', 'CN', 'not a possible number in DE'],
  ])('typed as %j in %s is refused: %s', (typed, country, reason) => {
    expect(readPhone(typed, country)).toEqual({ ok: false, reason })
  })

  test('is read or refused with a reason, whatever was typed', () => {
    const typed = fc.oneof(fc.string({ unit: 'binary', maxLength: 50 }), fc.stringMatching(/^[-+0-9 ()x;.]{0,45}$/))
    fc.assert(
      fc.property(typed, fc.constantFrom('CN', 'DE', 'US', 'MX', '', 'XX', '中国'), (text, country) => {
        const read = readPhone(text, country)
        if (read.ok) expect(read.phone).toMatch(/^\+\d{4,15}$/)
        else expect(read.reason).not.toBe('')
      }),
      RUNS,
    )
  })

  test('reads as itself once it is normalised, in whichever country', () => {
    const mobile = fc.stringMatching(/^1[358]\d{9}$/) // 179 also begins a carrier's prefix
    fc.assert(
      fc.property(mobile, fc.constantFrom('CN', 'DE', 'US'), (text, country) => {
        const read = readPhone(text, 'CN')
        expect(read).toEqual({ ok: true, phone: `+86${text}` })
        if (read.ok) expect(readPhone(read.phone, country)).toEqual(read)
      }),
      RUNS,
    )
  })
})

describe('a masked phone', () => {
  test.each([
    ['+8613812345678', '138****5678'],
    ['13812345678', '138****5678'],
    ['+441715557788', '+44****7788'],
    ['+12065559857', '+12****9857'],
    ['+861012345678', '****5678'],
    ['+4576753425', '+45****3425'],
    ['+49300074', '****074'],
    ['12345678', '****78'],
    ['1234567', '****7'],
    ['110', '****'],
    ['', '****'],
  ])('of %s is %s', (phone, masked) => {
    expect(maskPhone(phone)).toBe(masked)
  })

  test('hides at least four characters of its middle, and of a short one all', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\+?[0-9]{0,15}$/), (phone) => {
        const shown = maskPhone(phone).replace('****', '')
        const national = phone.replace(/^\+86/, '')
        expect(shown.length).toBeLessThanOrEqual(Math.max(0, national.length - 4))
        const [head, tail] = maskPhone(phone).split('****')
        expect(national.startsWith(head!) && national.endsWith(tail!)).toBe(true)
      }),
      RUNS,
    )
  })
})
