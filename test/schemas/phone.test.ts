import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { getCountries, parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/min'
import { describe, expect, test } from 'vitest'
import { maskPhone, readPhone } from '../../schemas/phone.ts'

const RUNS = { numRuns: 1000 }
const EXTENSION = 'a number with an extension is shared by several people; keep it as contact phone'
const SEVERAL = 'several numbers in one field; one of them is the phone, the others are contact phones'
const LETTERS = 'letters are no part of a phone number'
const SIGNS = 'signs that no phone number has'
const COUNTRY = 'the country that numbers without a country code are read for is unknown; it has two letters such as CN'
const SHORT = "too short for a phone number; emergency and service numbers are nobody's own"
const LONG = 'too long for a phone number'
const CHINESE = 'neither a Chinese mobile number (11 digits) nor a fixed line with its area code'

/** One mobile number of every country. */
const EXAMPLES = JSON.parse(
  readFileSync(new URL('../../node_modules/libphonenumber-js/examples.mobile.json', import.meta.url), 'utf8'),
) as Partial<Record<CountryCode, string>>
const CODES = ['+86', '86', '0086', '+0086', '(+86)', '(0086)']

/** What stands between digits. */
const gap = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc.constantFrom(...' \u00a0\u2009\u202f\u3000\t-‐‑–—－ー−.·．\u200b\u200e\u202a\u202c\u2066\u2069\ufeff'),
)
const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.string({ unit: 'grapheme', maxLength: 50 }),
  fc.stringMatching(/^[-+0-9 ()x;./,#转]{0,45}$/),
  fc.stringMatching(/^\+\d{4,16}$/),
  fc.stringMatching(/^\d{3,16}$/),
)

/** With something between the digits and some of them in full width; a last digit behind a dash would be an extension. */
function decorated(text: string, gaps: Iterator<string>, wide: Iterator<boolean>): string {
  return [...text]
    .map((sign, i) => {
      const width = wide.next().value === true ? String.fromCharCode(sign.charCodeAt(0) + 0xfee0) : sign
      const between = gaps.next().value as string
      return width + (i === text.length - 2 ? between.replace(/[\p{Pd}ー−]/u, ' ') : between)
    })
    .join('')
}

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

  test.each([
    ['+0086 138 1234 5678', '+8613812345678'],
    ['86-138-1234-5678', '+8613812345678'],
    ['86 10 6552 9988', '+861065529988'],
    ['86-010-6552 9988', '+861065529988'],
    ['013812345678', '+8613812345678'],
    ['17990009410', '+8617990009410'],
    ['+86 179 1234 5678', '+8617912345678'],
    ['17951 138 1234 5678', '+8613812345678'],
    ['(010)6552 9988', '+861065529988'],
    ['010－6552　9988', '+861065529988'],
    ['【0755】8765·4321', '+8675587654321'],
    ['0451/1234567', '+864511234567'],
    ['+49 (0)30 1234567', '+49301234567'],
    ['+852 5123 4567', '+85251234567'],
    ['\u202a+86 138 1234 5678\u202c', '+8613812345678'],
    ['\u0661\u0663\u0668\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668', '+8613812345678'],
  ])('typed as %s in China is %s', (typed, phone) => {
    expect(readPhone(typed, 'CN')).toEqual({ ok: true, phone })
  })

  test.each([
    '010-65529988转123',
    '010-65529988 轉 8',
    '010-65529988分机8',
    '(206) 555-9857 x3457',
    '+1 206 555 9857 ext. 12',
    '+1 206 555 9857 EXTENSION 12',
    '13812345678 #12',
    '13812345678,12',
    '+86 10 65529988;ext=12',
    '+7 495 123-45-67 доб. 5',
    '010-65529988转',
    '010-65529988-123',
    '0451-1234567-8',
    '（0451）1234567－8',
    '010-65529988 ｘ１２',
  ])('with an extension, %s, proves nobody', (typed) => {
    expect(readPhone(typed, 'CN')).toEqual({ ok: false, reason: EXTENSION })
  })

  test.each([
    '13812345678/13912345678',
    '13812345678 / 13912345678',
    '13812345678、13912345678',
    '13812345678,13912345678',
    '13812345678；13912345678',
    '13812345678 或 13912345678',
    '13812345678 13912345678',
    '13812345678\n13912345678',
    '010-65529988/65529989',
    '010-65529988/89',
    '+8613812345678 or +4930123456',
  ])('is one: %j is refused', (typed) => {
    expect(readPhone(typed, 'CN')).toEqual({ ok: false, reason: SEVERAL })
  })

  test.each([
    ['', 'CN', 'the phone is empty'],
    ['  \u3000', 'CN', 'the phone is empty'],
    ['\u200b\u2060', 'CN', 'the phone is empty'],
    ['1'.repeat(101), 'CN', 'longer than any phone number'],
    ['1'.repeat(41), 'CN', LONG],
    ['ask her', 'CN', LETTERS],
    ['phone 13812345678', 'CN', LETTERS],
    ['1-800-FLOWERS', 'US', LETTERS],
    ['一三八', 'CN', LETTERS],
    ['*21*13812345678', 'CN', SIGNS],
    ['+', 'CN', SIGNS],
    ['-', 'CN', SIGNS],
    ['86+13812345678', 'CN', 'a plus that is not in front'],
    ['13812345678', 'XX', COUNTRY],
    ['13812345678', '', COUNTRY],
    ['13812345678', '__proto__', COUNTRY],
    ['+999 1234 5678', 'CN', 'no country has this country code'],
    ['12', 'CN', SHORT],
    ['10086', 'CN', SHORT],
    ['95588', 'CN', SHORT],
    ['+86 110', 'DE', SHORT],
    ['65529988', 'CN', CHINESE],
    ['1381234567', 'CN', CHINESE],
    ['138123456789', 'CN', LONG],
    ['40012345678', 'CN', CHINESE],
    ['1381234567', 'DK', 'not a possible number in DK'],
    ['(5) 555-4729', 'MX', 'not a possible number in MX'],
    ['+4912345678901234567', 'CN', LONG],
    ['+49008837039860', 'CN', 'not a possible number in DE'],
  ])('typed as %j in %s is refused: %s', (typed, country, reason) => {
    expect(readPhone(typed, country)).toEqual({ ok: false, reason })
  })

  test('that says its country needs no default', () => {
    expect(readPhone('+86 138 1234 5678', 'XX')).toEqual({ ok: true, phone: '+8613812345678' })
  })

  test('of an emergency or a service is nobody’s, in every country', () => {
    const short = [
      '110',
      '112',
      '113',
      '117',
      '118',
      '119',
      '120',
      '122',
      '911',
      '999',
      '000',
      '10086',
      '12345',
      '95588',
    ]
    for (const number of short) expect([number, readPhone(number, 'CN').ok]).toEqual([number, false])
    for (const country of getCountries()) {
      for (const number of short.slice(0, 11))
        expect([country, number, readPhone(number, country).ok]).toEqual([country, number, false])
    }
  })

  test('is read or refused with a reason that does not repeat it, whatever was typed', () => {
    fc.assert(
      fc.property(
        anything,
        fc.constantFrom('CN', 'DE', 'US', 'MX', '', 'XX', '中国', 'constructor'),
        (text, country) => {
          const read = readPhone(text, country)
          if (read.ok) {
            expect(read.phone).toMatch(/^\+[1-9]\d{4,14}$/)
            expect(readPhone(read.phone, country)).toEqual(read)
          } else {
            expect(read.reason).not.toBe('')
            expect(read.reason.replace('(11 digits)', '')).not.toMatch(/\d/)
          }
        },
      ),
      { numRuns: 5000 },
    )
  })

  test('is the same in every decoration, in every country', () => {
    const countries = getCountries().filter((country) => country in EXAMPLES)
    expect(countries.length).toBeGreaterThan(240)
    for (const country of countries) {
      const parsed = parsePhoneNumberFromString(EXAMPLES[country]!, country)!
      const forms = [
        parsed.number,
        parsed.formatInternational(),
        parsed.formatNational(),
        parsed.formatNational().replace(/\D/g, ''),
      ]
      for (const form of forms)
        expect([country, readPhone(form, country)]).toEqual([country, { ok: true, phone: parsed.number }])
    }
    const spelling = fc.constantFrom<CountryCode>(...countries).chain((country) => {
      const parsed = parsePhoneNumberFromString(EXAMPLES[country]!, country)!
      const national = parsed.formatNational().replace(/\D/g, '')
      const code = parsed.countryCallingCode
      const own = fc.constant(`N${national}`)
      const foreign = fc
        .constantFrom('+', '00', '+00', '(+', '(00')
        .map((idd) => idd + code + (idd.startsWith('(') ? ')' : '') + parsed.nationalNumber)
      return fc.tuple(fc.constant(country), fc.constant(parsed.number), fc.oneof(own, foreign))
    })
    fc.assert(
      fc.property(
        spelling,
        fc.infiniteStream(gap),
        fc.infiniteStream(fc.boolean()),
        fc.boolean(),
        ([country, phone, text], gaps, wide, lower) => {
          const typed = decorated(text.replace('N', ''), gaps, wide)
          expect(readPhone(typed, lower ? country.toLowerCase() : country)).toEqual({ ok: true, phone })
        },
      ),
      { numRuns: 5000 },
    )
  })

  test('of China is the same with and without any prefix, in any decoration', () => {
    const mobile = fc.stringMatching(/^1[3-9]\d{9}$/).map((national) => ({ national, prefixes: ['', '0', ...CODES] }))
    const fixed = fc
      .stringMatching(/^(?:10[2-8]\d{7}|2[0-9][2-8]\d{7}|(?:[3579]\d\d|4[1-9]\d|6[1-9]\d)[2-8]\d{6,7})$/)
      .map((national) => ({ national, prefixes: ['0', ...CODES, ...CODES.map((code) => `${code}0`)] }))
    const spelling = fc
      .oneof(mobile, fixed)
      .chain(({ national, prefixes }) => fc.tuple(fc.constant(national), fc.constantFrom(...prefixes)))
    fc.assert(
      fc.property(
        spelling,
        fc.infiniteStream(gap),
        fc.infiniteStream(fc.boolean()),
        ([national, prefix], gaps, wide) => {
          expect(readPhone(decorated(prefix + national, gaps, wide), 'CN')).toEqual({
            ok: true,
            phone: `+86${national}`,
          })
        },
      ),
      { numRuns: 5000 },
    )
  })

  test('reads as itself once it is normalised, in whichever country', () => {
    const mobile = fc.stringMatching(/^1[3-9]\d{9}$/)
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
    ['+86 138 1234 5678 转 9', '138****6789'],
    ['1--------5678', '****'],
    ['ask her', '****'],
  ])('of %s is %s', (phone, masked) => {
    expect(maskPhone(phone)).toBe(masked)
  })

  test('hides at least four digits of every number, and of a short one all, however it was typed', () => {
    const number = fc.stringMatching(/^\+?[0-9]{0,15}$/)
    fc.assert(
      fc.property(fc.oneof(number, anything), (phone) => {
        const masked = maskPhone(phone)
        expect(masked).toMatch(/^\+?\d{0,3}\*{4}\d{0,4}$/)
        const digits = phone.normalize('NFKC').replace(/\D/g, '')
        const shown = masked.replace(/\D/g, '')
        expect(shown.length).toBeLessThanOrEqual(Math.max(0, digits.length - 4))
        if (digits.length > 0) expect(masked).not.toContain(digits)
      }),
      RUNS,
    )
  })
})
