import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect, createServer } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Store } from '../../../adapters/sqlite/store.ts'
import { authority, serverAt, writeCertificate } from '../../../adapters/tls/write-certificate.ts'
import { openOwnAuthority } from '../../../local-node/lan/own-authority.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const NAME = 'north.outpost.internal'
const DAY_MS = 86_400_000
const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
let folder: ReturnType<typeof temporaryFolder>
let store: Store

beforeEach(() => {
  vi.clearAllMocks()
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite') })
})
afterEach(() => {
  store.close()
  folder.remove()
})

const open = (name = NAME) => openOwnAuthority(store, name, log)
const issued = () => open().issue(Date.now() - DAY_MS, Date.now() + DAY_MS)

/** What a device says that trusts the authority: its error, `undefined` if there is none. */
async function visit(served: { cert: string; key: string }, servername: string): Promise<string | undefined> {
  const server = createServer(served, (socket) => socket.on('error', () => undefined))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ca = open().certificate.toString()
  const socket = connect({ host: '127.0.0.1', port, servername, ca })
  const error = await once(socket, 'secureConnect').then(
    () => undefined,
    (thrown: unknown) => (thrown as Error).message,
  )
  socket.destroy()
  server.close()
  await once(server, 'close')
  return error
}

/** What a thief makes of the key of the authority. */
function forge(subject: string, extensions: readonly Buffer[]) {
  const { certificate } = open()
  const kept = JSON.parse(store.readSetting('lan authority')!) as { privateKey: string }
  const privateKey = createPrivateKey({ key: Buffer.from(kept.privateKey, 'base64url'), format: 'der', type: 'pkcs8' })
  const issuer = { subject: certificate.subject.slice(3), privateKey, publicKey: createPublicKey(privateKey) }
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const dates = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) }
  const forged = writeCertificate({ subject, publicKey: keys.publicKey, ...dates, issuer, extensions })
  expect(forged.verify(certificate.publicKey)).toBe(true)
  return { cert: forged.toString(), key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, ...keys }
}

describe("a branch's own authority", () => {
  it('is made once, and is the same at every start', () => {
    const first = open().certificate
    expect(open().certificate.raw).toEqual(first.raw)
    store.close()
    store = new Store({ file: join(folder.path, 'store.sqlite') })
    expect(open().certificate.raw).toEqual(first.raw)
    expect(log.warn).not.toHaveBeenCalled()
  })

  it('is good for 20 years from a day that has passed on every clock that works', () => {
    const { certificate } = open()
    expect(new Date(certificate.validFrom).toISOString()).toBe('2025-01-01T00:00:00.000Z')
    expect(new Date(certificate.validTo).toISOString()).toBe('2045-01-01T00:00:00.000Z')
    expect(certificate.ca).toBe(true)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.subject).toBe(`CN=Outpost ${NAME}`)
  })

  it('is of the kind that browsers take: P-256', () => {
    expect(open().certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
  })

  it('is another one for another branch', () => {
    const first = open().certificate
    const other = new Store({ file: join(folder.path, 'other.sqlite') })
    expect(openOwnAuthority(other, NAME, log).certificate.fingerprint256).not.toBe(first.fingerprint256)
    other.close()
  })

  it('is made anew for a new name, and says what that means', () => {
    const first = open().certificate
    const second = open('south.outpost.internal').certificate
    expect(second.fingerprint256).not.toBe(first.fingerprint256)
    expect(log.warn).toHaveBeenCalledExactlyOnceWith(
      { before: NAME, now: 'south.outpost.internal' },
      expect.stringContaining('install its new certificate'),
    )
  })

  it('reads its name as names are read: without regard to capitals', () => {
    const first = open().certificate
    expect(open('North.Outpost.Internal').certificate.raw).toEqual(first.raw)
  })

  it.each([
    '',
    'north',
    '192.168.1.10',
    'north..internal',
    '-a.b',
    'a b.internal',
    'a_b.internal',
    '店.internal',
    '*.internal',
  ])('is not made for "%s"', (name) => {
    expect(() => open(name)).toThrow(expect.objectContaining({ code: 'BAD_CONFIGURATION', field: 'lan.name' }))
    expect(store.readSetting('lan authority')).toBeUndefined()
  })

  it('takes a name as long as names may be', async () => {
    const name = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`
    expect(name).toHaveLength(253)
    const { certificate, issue } = open(name)
    expect(certificate.subject).toHaveLength(3 + 64)
    const { cert } = issue(Date.now(), Date.now() + DAY_MS)
    expect(new X509Certificate(cert).checkHost(name)).toBe(name)
    expect(new X509Certificate(cert).verify(certificate.publicKey)).toBe(true)
  })
})

describe('what it issues', () => {
  it('is believed by whoever trusts the authority, for its name', async () => {
    expect(await visit(issued(), NAME)).toBeUndefined()
  })

  it('is believed by nobody for another name', async () => {
    expect(await visit(issued(), 'south.outpost.internal')).toContain('does not match certificate')
  })

  it('has another key each time', () => {
    expect(issued().key).not.toBe(issued().key)
  })

  it('stays believed after a restart of the branch', async () => {
    const before = issued()
    store.close()
    store = new Store({ file: join(folder.path, 'store.sqlite') })
    expect(await visit(before, NAME)).toBeUndefined()
  })
})

describe('a stolen authority', () => {
  it('can speak for its own name', async () => {
    expect(await visit(forge(NAME, serverAt(NAME)), NAME)).toBeUndefined()
  })

  it.each(['bank.example', 'outpost.internal', 'xnorth.outpost.internal', 'internal'])(
    'cannot speak for %s',
    async (name) => {
      expect(await visit(forge(name, serverAt(name)), name)).toBe('permitted subtree violation')
    },
  )

  it('cannot speak for a name that stands only where people read it', async () => {
    const withoutNames = serverAt('bank.example').slice(0, -1)
    expect(await visit(forge('bank.example', withoutNames), 'bank.example')).toBe('permitted subtree violation')
  })

  it('cannot speak for an address', async () => {
    const extensions = serverAt('ABCD')
    const name = extensions.at(-1)!
    // A DNS name of four letters is an IPv4 address but for its tag.
    name[name.indexOf(Buffer.from([0x82, 4]))] = 0x87
    const forged = forge('65.66.67.68', extensions)
    expect(new X509Certificate(forged.cert).subjectAltName).toBe('IP Address:65.66.67.68')
    expect(await visit(forged, 'x')).toBe('excluded subtree violation')
  })

  it('cannot make another authority', async () => {
    const between = forge('Between', authority(0))
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const leaf = writeCertificate({
      subject: NAME,
      publicKey: keys.publicKey,
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + DAY_MS),
      issuer: { subject: 'Between', ...between },
      extensions: serverAt(NAME),
    })
    const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    expect(await visit({ cert: leaf.toString() + between.cert, key }, NAME)).toBe('path length constraint exceeded')
  })
})
