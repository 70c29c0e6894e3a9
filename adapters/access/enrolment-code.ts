/**
 * The code with which a branch's PC is enrolled: a secret of 130 bits, and the beginning of the hash of headquarters' key,
 * 80 bits, so that a PC knows its headquarters before it has ever spoken with it. Crockford's base 32, in groups of six.
 */
import { createHash } from 'node:crypto'
import { crockfordDigit, inGroups, parseCrockford, randomCrockford } from './crockford.ts'

export interface EnrolmentCode {
  readonly secret: string
  /** Of headquarters' key. */
  readonly fingerprint: string
}

const SECRET_LENGTH = 26
const FINGERPRINT_LENGTH = 16
const GROUP = 6

/** @param cloudKey SPKI, DER in base64url */
export function newEnrolmentCode(cloudKey: string): EnrolmentCode {
  return { secret: randomCrockford(SECRET_LENGTH), fingerprint: fingerprintOf(cloudKey) }
}

/** The first 80 bits of SHA-256 of a public key. */
export function fingerprintOf(cloudKey: string): string {
  const hash = createHash('sha256').update(Buffer.from(cloudKey, 'base64url')).digest()
  let bits = 0n
  for (const byte of hash.subarray(0, 10)) bits = (bits << 8n) | BigInt(byte)
  let text = ''
  for (let digit = 0; digit < FINGERPRINT_LENGTH; digit++) {
    text = crockfordDigit(Number(bits & 31n)) + text
    bits >>= 5n
  }
  return text
}

export function formatEnrolmentCode({ secret, fingerprint }: EnrolmentCode): string {
  return inGroups(secret + fingerprint, GROUP)
}

/** As people type it; `undefined` for what is no code. */
export function parseEnrolmentCode(text: string): EnrolmentCode | undefined {
  const digits = parseCrockford(text)
  if (digits?.length !== SECRET_LENGTH + FINGERPRINT_LENGTH) return undefined
  return { secret: digits.slice(0, SECRET_LENGTH), fingerprint: digits.slice(SECRET_LENGTH) }
}
