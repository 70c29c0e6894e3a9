/**
 * The code with which a branch's PC is enrolled: a secret of 130 bits, and the beginning of the hash of headquarters' key,
 * 80 bits, so that a PC knows its headquarters before it has ever spoken with it. Crockford's base 32, in groups of six.
 */
import { createHash, randomInt } from 'node:crypto'

export interface EnrolmentCode {
  readonly secret: string
  /** Of headquarters' key. */
  readonly fingerprint: string
}

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const SECRET_LENGTH = 26
const FINGERPRINT_LENGTH = 16
const GROUP = 6

/** @param cloudKey SPKI, DER in base64url */
export function newEnrolmentCode(cloudKey: string): EnrolmentCode {
  const secret = Array.from({ length: SECRET_LENGTH }, () => DIGITS[randomInt(32)]).join('')
  return { secret, fingerprint: fingerprintOf(cloudKey) }
}

/** The first 80 bits of SHA-256 of a public key. */
export function fingerprintOf(cloudKey: string): string {
  const hash = createHash('sha256').update(Buffer.from(cloudKey, 'base64url')).digest()
  let bits = 0n
  for (const byte of hash.subarray(0, 10)) bits = (bits << 8n) | BigInt(byte)
  let text = ''
  for (let digit = 0; digit < FINGERPRINT_LENGTH; digit++) {
    text = DIGITS[Number(bits & 31n)]! + text
    bits >>= 5n
  }
  return text
}

export function formatEnrolmentCode({ secret, fingerprint }: EnrolmentCode): string {
  return (secret + fingerprint).match(new RegExp(`.{1,${GROUP}}`, 'g'))!.join('-')
}

/** As people type it: small letters, spaces, and letters that look like digits. `undefined` for what is no code. */
export function parseEnrolmentCode(text: string): EnrolmentCode | undefined {
  const digits = text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  if (digits.length !== SECRET_LENGTH + FINGERPRINT_LENGTH) return undefined
  if (![...digits].every((digit) => DIGITS.includes(digit))) return undefined
  return { secret: digits.slice(0, SECRET_LENGTH), fingerprint: digits.slice(SECRET_LENGTH) }
}
