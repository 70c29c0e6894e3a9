/** Codes that people copy by hand: Crockford's base 32, which has no I, L, O, U. */
import { randomInt } from 'node:crypto'

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The digit of five bits. */
export function crockfordDigit(bits: number): string {
  return DIGITS[bits]!
}

export function randomCrockford(length: number): string {
  return Array.from({ length }, () => crockfordDigit(randomInt(DIGITS.length))).join('')
}

/** As people read it to each other. */
export function inGroups(digits: string, length: number): string {
  return digits.match(new RegExp(`.{1,${length}}`, 'g'))!.join('-')
}

/** As people type it: small letters, spaces, and letters that look like digits. `undefined` for what is none. */
export function parseCrockford(typed: string): string | undefined {
  const digits = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  return [...digits].every((digit) => DIGITS.includes(digit)) ? digits : undefined
}
