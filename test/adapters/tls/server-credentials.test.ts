import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { certificateHash } from '../../../adapters/tls/certificate-hash.ts'
import {
  openProxyCertificate,
  openServerCredentials,
  type ServerCredentials,
  type ShownCertificate,
} from '../../../adapters/tls/server-credentials.ts'
import { DAY_MS, issueRoot, issueServer, keyPem, pem, type Dates, type Issued } from './certificates.ts'

let folder: string
let root: Issued
let first: Issued
let opened: ShownCertificate[]
let nowMs: number
const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }

beforeEach(() => {
  vi.clearAllMocks()
  folder = mkdtempSync(join(tmpdir(), 'outpost-credentials-'))
  root = issueRoot()
  first = issueServer(root)
  opened = []
  nowMs = Date.now()
  write(first)
})
afterEach(() => {
  vi.useRealTimers()
  for (const shown of opened) shown.stop()
  rmSync(folder, { recursive: true })
})

const certificate = () => join(folder, 'fullchain.pem')
const key = () => join(folder, 'privkey.pem')
const parts = { log, nowMs: () => nowMs }

function write(served: Issued, text = pem(served, root)): void {
  writeFileSync(certificate(), text)
  writeFileSync(key(), keyPem(served), { mode: 0o600 })
}
function open(): ServerCredentials {
  const credentials = openServerCredentials({ certificate: certificate(), key: key() }, parts)
  opened.push(credentials)
  return credentials
}
const refusal = (field: string, words: string) =>
  expect.objectContaining({ code: 'BAD_CONFIGURATION', field, message: expect.stringContaining(words) as string })
const hashOf = (served: Issued) => certificateHash(served.certificate.raw)

describe('certificate and key', () => {
  it('are served with the whole chain', () => {
    const credentials = open()
    expect(credentials.current()).toMatchObject({ cert: pem(first, root), key: keyPem(first) })
    expect(credentials.hashes()).toEqual([hashOf(first)])
    expect(log.warn).not.toHaveBeenCalled()
  })

  it.each([0o640, 0o604, 0o620, 0o660, 0o644])('are refused when the mode of the key is %o', (mode) => {
    chmodSync(key(), mode)
    expect(open).toThrow(refusal('tls.key', 'chmod 600'))
  })

  it('are refused when the key belongs to another certificate', () => {
    writeFileSync(key(), keyPem(issueServer(root)))
    expect(open).toThrow(refusal('tls.key', 'is not the key of'))
  })

  it.each(['certificate', 'key'] as const)('are refused when the file of the %s is missing', (what) => {
    unlinkSync(what === 'key' ? key() : certificate())
    expect(open).toThrow(refusal(`tls.${what}`, 'cannot be read'))
  })

  it('are refused when the files hold something else', () => {
    writeFileSync(certificate(), keyPem(first))
    expect(open).toThrow(refusal('tls.certificate', 'there is none in it'))
    write(first)
    writeFileSync(key(), pem(first))
    expect(open).toThrow(refusal('tls.key', 'no private key'))
  })

  it('are refused when the key needs a passphrase', () => {
    const locked = createPrivateKey(keyPem(first)).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'secret',
    })
    writeFileSync(key(), locked)
    expect(open).toThrow(refusal('tls.key', 'passphrase'))
  })

  it('say nothing of the key in what they refuse', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    writeFileSync(key(), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    try {
      open()
      expect.fail('it was taken')
    } catch (error) {
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('PRIVATE')
    }
  })
})

describe('a renewed certificate', () => {
  it('is taken within a minute, without anybody asking', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const credentials = open()
    const changed = vi.fn()
    credentials.onChange(changed)
    const second = issueServer(root)
    write(second)
    vi.advanceTimersByTime(60_000)
    expect(changed).toHaveBeenCalledOnce()
    expect(credentials.current().cert).toBe(pem(second, root))
    expect(credentials.hashes()).toEqual([hashOf(second)])
    vi.advanceTimersByTime(600_000)
    expect(changed).toHaveBeenCalledOnce()
  })

  it('is taken when links are turned, as those who renew by themselves do', () => {
    const [live, archived] = [(name: string) => join(folder, `live-${name}`), (name: string) => join(folder, name)]
    renameSync(certificate(), archived('chain1'))
    renameSync(key(), archived('key1'))
    const second = issueServer(root)
    write(second)
    symlinkSync(archived('chain1'), live('chain'))
    symlinkSync(archived('key1'), live('key'))
    const credentials = openServerCredentials({ certificate: live('chain'), key: live('key') }, parts)
    opened.push(credentials)
    expect(credentials.hashes()).toEqual([hashOf(first)])
    for (const [name, target] of [
      ['chain', certificate()],
      ['key', key()],
    ] as const) {
      symlinkSync(target, live('new'))
      renameSync(live('new'), live(name))
    }
    credentials.check()
    expect(credentials.hashes()).toEqual([hashOf(second)])
  })

  it('is waited for while only half of it stands there', () => {
    const credentials = open()
    const changed = vi.fn()
    credentials.onChange(changed)
    const second = issueServer(root)
    writeFileSync(certificate(), pem(second, root))
    credentials.check()
    credentials.check()
    expect(credentials.current().cert).toBe(pem(first, root))
    expect(changed).not.toHaveBeenCalled()
    expect(log.warn).toHaveBeenCalledOnce()
    writeFileSync(key(), keyPem(second))
    credentials.check()
    expect(credentials.current().cert).toBe(pem(second, root))
    expect(changed).toHaveBeenCalledOnce()
  })

  it('is told to nobody who wants to hear no more', () => {
    const credentials = open()
    const changed = vi.fn()
    credentials.onChange(changed)()
    write(issueServer(root))
    credentials.check()
    expect(changed).not.toHaveBeenCalled()
  })
})

describe('the end of a certificate', () => {
  const warnings = () => log.warn.mock.calls.map((call) => String(call[1]))
  const openWith = (dates: Dates) => {
    write(issueServer(root, dates))
    return open()
  }

  it.each<[Dates, string]>([
    [[-76, 13.5], 'ends in 13 days'],
    [[-5, 1.5], 'ends in 1 days'],
    [[-90, -1], 'has expired'],
    [[1, 90], 'not valid yet'],
  ])('is announced for days %j: %s', (dates, words) => {
    openWith(dates)
    expect(warnings()).toEqual([expect.stringContaining(words)])
  })

  it.each<[Dates]>([[[-60, 30]], [[-2, 4]]])('is not announced for days %j', (dates) => {
    openWith(dates)
    expect(warnings()).toEqual([])
  })

  it('is announced once a day until it was renewed', () => {
    const credentials = openWith([-76, 13.5])
    for (let hour = 1; hour < 24; hour += 1) {
      nowMs += DAY_MS / 24
      credentials.check()
    }
    expect(warnings()).toHaveLength(1)
    nowMs += DAY_MS / 24
    credentials.check()
    expect(warnings()).toHaveLength(2)
    write(issueServer(root, [-1, 89]))
    nowMs += DAY_MS
    credentials.check()
    expect(warnings()).toHaveLength(2)
  })
})

describe("a proxy's certificate", () => {
  it('is named without its key, and anew when it was renewed', () => {
    unlinkSync(key())
    const shown = openProxyCertificate(certificate(), parts)
    opened.push(shown)
    expect(shown.hashes()).toEqual([hashOf(first)])
    const second = issueServer(root)
    writeFileSync(certificate(), pem(second))
    shown.check()
    expect(shown.hashes()).toEqual([hashOf(second)])
  })

  it('is refused when there is none', () => {
    writeFileSync(certificate(), '')
    expect(() => openProxyCertificate(certificate(), parts)).toThrow(refusal('proxyCertificate', 'there is none'))
  })
})
