/**
 * Writes X.509 certificates (RFC 5280) in DER, signed with ECDSA on P-256: what an authority and its servers need, and
 * nothing else. Reading and checking them is left to OpenSSL and to browsers.
 */
import { createHash, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto'

export interface CertificateFacts {
  /** Common name, for people. */
  readonly subject: string
  readonly publicKey: KeyObject
  /** Both to the second. */
  readonly notBefore: Date
  readonly notAfter: Date
  readonly issuer: { readonly subject: string; readonly publicKey: KeyObject; readonly privateKey: KeyObject }
  readonly extensions: readonly Buffer[]
}

export function writeCertificate(facts: CertificateFacts): X509Certificate {
  const { subject, publicKey, notBefore, notAfter, issuer, extensions } = facts
  const keyIds = [
    extension('2.5.29.14', false, der(0x04, keyId(publicKey))),
    extension('2.5.29.35', false, sequence(der(0x80, keyId(issuer.publicKey)))),
  ]
  const unsigned = sequence(
    der(0xa0, integer(Buffer.of(2))), // version 3
    integer(randomSerial()),
    ECDSA_WITH_SHA256,
    commonName(issuer.subject),
    sequence(time(notBefore), time(notAfter)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions, ...keyIds)),
  )
  const signature = sign('sha256', unsigned, issuer.privateKey)
  return new X509Certificate(sequence(unsigned, ECDSA_WITH_SHA256, bitString(0, signature)))
}

/** An authority that may have so many others between it and a server. */
export function authority(pathLength: number): Buffer[] {
  return [
    extension('2.5.29.19', true, sequence(der(0x01, Buffer.of(0xff)), integer(Buffer.of(pathLength)))),
    extension('2.5.29.15', true, bitString(1, Buffer.of(0b0000_0110))), // keyCertSign, cRLSign
    extension('2.5.29.37', false, sequence(SERVER_AUTH)),
  ]
}

/** What an authority issues is good for this DNS name (and names under it), for no other and for no address. */
export function onlyFor(dnsName: string): Buffer {
  const everyIpv4 = der(0x87, Buffer.alloc(8))
  const everyIpv6 = der(0x87, Buffer.alloc(32))
  const permitted = der(0xa0, sequence(der(0x82, Buffer.from(dnsName, 'ascii'))))
  const excluded = der(0xa1, sequence(everyIpv4), sequence(everyIpv6))
  return extension('2.5.29.30', true, sequence(permitted, excluded))
}

export function serverAt(dnsName: string): Buffer[] {
  return [
    extension('2.5.29.19', true, sequence()),
    extension('2.5.29.15', true, bitString(7, Buffer.of(0b1000_0000))), // digitalSignature
    extension('2.5.29.37', false, sequence(SERVER_AUTH)),
    extension('2.5.29.17', false, sequence(der(0x82, Buffer.from(dnsName, 'ascii')))),
  ]
}

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  return sequence(objectId(id), ...(isCritical ? [der(0x01, Buffer.of(0xff))] : []), der(0x04, value))
}

function commonName(text: string): Buffer {
  return sequence(der(0x31, sequence(objectId('2.5.4.3'), der(0x0c, Buffer.from(text, 'utf8')))))
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
}

/** Positive, and as short as it can be written. */
function randomSerial(): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x3f) | 0x40
  return bytes
}

/** UTCTime as long as its two digits of a year are clear, then GeneralizedTime (RFC 5280 §4.1.2.5). */
function time(date: Date): Buffer {
  const text = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`
  const year = date.getUTCFullYear()
  return year >= 1950 && year < 2050 ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text))
}

function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const digits = [value % 128]
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left % 128) + 128)
  return digits
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts)
const integer = (bytes: Buffer) => der(0x02, bytes)
const bitString = (unused: number, bytes: Buffer) => der(0x03, Buffer.of(unused), bytes)

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  if (length < 128) return Buffer.concat([Buffer.of(tag, length), content])
  const digits = Buffer.from(length.toString(16).padStart(length > 255 ? 4 : 2, '0'), 'hex')
  return Buffer.concat([Buffer.of(tag, 0x80 + digits.length), digits, content])
}

const ECDSA_WITH_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'))
const SERVER_AUTH = objectId('1.3.6.1.5.5.7.3.1')
