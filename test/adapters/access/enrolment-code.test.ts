import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  fingerprintOf,
  formatEnrolmentCode,
  newEnrolmentCode,
  parseEnrolmentCode,
} from '../../../adapters/access/enrolment-code.ts'
import { newSigningKey } from '../../../adapters/exchange/signature.ts'

const { publicKey } = newSigningKey()

describe('an enrolment code', () => {
  it('is seven groups of six, says whose it is, and is another one each time', () => {
    const codes = Array.from({ length: 100 }, () => newEnrolmentCode(publicKey))
    for (const code of codes) {
      expect(formatEnrolmentCode(code)).toMatch(/^([0-9A-HJKMNP-TV-Z]{6}-){6}[0-9A-HJKMNP-TV-Z]{6}$/)
      expect(code.fingerprint).toBe(fingerprintOf(publicKey))
    }
    expect(new Set(codes.map(({ secret }) => secret)).size).toBe(100)
    expect(fingerprintOf(newSigningKey().publicKey)).not.toBe(fingerprintOf(publicKey))
  })

  it('is read as people type it: small letters, other spaces, letters that look like digits', () => {
    const code = newEnrolmentCode(publicKey)
    const typed = formatEnrolmentCode(code).toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')
    expect(parseEnrolmentCode(` ${typed}\n`)).toEqual(code)
  })

  it('is nothing that is shorter, longer, or has other letters', () => {
    const text = formatEnrolmentCode(newEnrolmentCode(publicKey))
    for (const wrong of ['', text.slice(1), `${text}A`, `U${text.slice(1)}`, '🥟'.repeat(42)]) {
      expect(parseEnrolmentCode(wrong)).toBe(undefined)
    }
  })

  it('never throws, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const code = parseEnrolmentCode(text)
        return code === undefined || parseEnrolmentCode(formatEnrolmentCode(code))!.secret === code.secret
      }),
    )
  })
})
