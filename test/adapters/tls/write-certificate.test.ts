import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { authority, onlyFor, serverAt } from '../../../adapters/tls/write-certificate.ts'
import { issue, issueRoot, issueServer, VALID } from './certificates.ts'

describe('a certificate', () => {
  it('reads as it was written', () => {
    const root = issueRoot()
    const { certificate } = issueServer(root, [-1, 20], 'north.outpost.internal')
    expect(certificate.subject).toBe('CN=north.outpost.internal')
    expect(certificate.issuer).toBe('CN=Test root')
    expect(certificate.subjectAltName).toBe('DNS:north.outpost.internal')
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(certificate.ca).toBe(false)
    expect(certificate.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/)
    expect(certificate.checkIssued(root.certificate)).toBe(true)
    expect(certificate.verify(root.publicKey)).toBe(true)
    expect(Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)).toBe(21 * 86_400_000)
  })

  it('of an authority says that it is one, and has another serial number each time', () => {
    const [one, other] = [issueRoot(), issueRoot()]
    expect(one.certificate.ca).toBe(true)
    expect(one.certificate.verify(one.publicKey)).toBe(true)
    expect(one.certificate.verify(other.publicKey)).toBe(false)
    expect(one.certificate.serialNumber).not.toBe(other.certificate.serialNumber)
  })

  it.each(['1950-01-01', '1999-12-31', '2049-12-31', '2050-01-01', '2199-05-06'])('is right about %s', (day) => {
    const days = (Date.parse(`${day}T12:00Z`) - Date.now()) / 86_400_000
    const { certificate } = issue('x', [days, days + 1], serverAt('x.test'))
    expect(new Date(certificate.validFrom).toISOString().slice(0, 10)).toBe(day)
  })

  it('carries names and extensions of every length', () => {
    const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.test`
    const names = ['a.b', 'ü'.repeat(20), '分店', long]
    for (const subject of names) {
      const { certificate } = issue(subject, VALID, [...authority(0), onlyFor(long)])
      expect(new X509Certificate(certificate.raw).subject).toBe(`CN=${subject}`)
    }
  })
})
