import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import express from 'express'
import { createRxDatabase } from 'rxdb'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startRxServer } from '../../../adapters/http/rx-server-shell.ts'
import { startListener, type Listener, type ListenerOptions } from '../../../adapters/tls/start-listener.ts'
import type { TlsCredentials } from '../../../adapters/tls/tls-credentials.ts'
import { issueRoot, issueServer, keyPem, pem, type Issued } from './certificates.ts'

const FIELDS = { hostname: 'address', port: 'port' }
let root: Issued
let served: Issued
let changed: (() => void) | undefined
let closing: (() => Promise<unknown> | void)[]
const tls: TlsCredentials = {
  current: () => ({ cert: pem(served), key: keyPem(served) }),
  onChange: (listener) => {
    changed = listener
    return () => (changed = undefined)
  },
}

beforeEach(() => {
  root = issueRoot()
  served = issueServer(root)
  closing = []
})
afterEach(async () => {
  for (const close of closing.toReversed()) await close()
})

const app = () => express().get('/', (req, res) => void res.json({ secure: req.secure }))

async function start(options: Partial<ListenerOptions> = {}): Promise<Listener> {
  const defaults = { hostname: '127.0.0.1', port: 0, fields: FIELDS, maxConnections: 10 }
  const listener = await startListener(app(), { ...defaults, ...options })
  closing.push(() => listener.close())
  return listener
}

async function handshake({ port }: Listener, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: pem(root), ...options })
  closing.push(() => void socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

async function raw({ port }: Listener): Promise<Socket> {
  const socket = connectPlain(port, '127.0.0.1')
  closing.push(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

describe('with a certificate', () => {
  it('speaks TLS 1.2 and 1.3', async () => {
    const listener = await start({ tls })
    expect((await handshake(listener)).getProtocol()).toBe('TLSv1.3')
    expect((await handshake(listener, { maxVersion: 'TLSv1.2' })).getProtocol()).toBe('TLSv1.2')
    expect(listener.url).toBe(`https://127.0.0.1:${listener.port}`)
  })

  it('speaks nothing older', async () => {
    const listener = await start({ tls })
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    await expect(handshake(listener, old)).rejects.toThrow('alert protocol version')
  })

  it('shows a renewed one to whoever comes from then on, and lets the others stay', async () => {
    const listener = await start({ tls })
    const before = await handshake(listener)
    const first = served
    served = issueServer(root)
    changed!()
    const after = await handshake(listener)
    expect(before.getPeerX509Certificate()!.serialNumber).toBe(first.certificate.serialNumber)
    expect(after.getPeerX509Certificate()!.serialNumber).toBe(served.certificate.serialNumber)
    before.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
    expect(String(await once(before, 'data'))).toContain('200 OK')
  })

  it('ends a connection that speaks plain HTTP, and goes on', async () => {
    const listener = await start({ tls })
    const socket = await raw(listener)
    socket.on('error', () => undefined).resume()
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await once(socket, 'close')
    await handshake(listener)
  })

  it('ends connections that send noise, and goes on', async () => {
    const listener = await start({ tls, maxConnections: 500 })
    const noises = Array.from({ length: 200 }, (_, i) => randomBytes(i * 10 + 1))
    await Promise.all(
      noises.map(async (noise) => {
        const socket = await raw(listener)
        socket.on('error', () => undefined).resume()
        const closed = once(socket, 'close')
        socket.end(noise)
        await closed
      }),
    )
    await handshake(listener)
  })

  it('closes although somebody has begun a handshake and says nothing', async () => {
    const listener = await start({ tls })
    const socket = await raw(listener)
    socket.on('error', () => undefined).resume()
    const closed = once(socket, 'close')
    await handshake(listener)
    await listener.close()
    await closed
    expect(changed).toBeUndefined()
  })
})

describe('a listener', () => {
  it('takes no more connections at once than it is told', async () => {
    const listener = await start({ maxConnections: 2 })
    const first = await raw(listener)
    await raw(listener)
    const third = await raw(listener)
    await once(third.resume(), 'close')
    first.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
    expect(String(await once(first, 'data'))).toContain('200 OK')
  })

  it('says whose port is taken, and which setting to change', async () => {
    const { port } = await start()
    await expect(start({ port, fields: { hostname: 'lan.address', port: 'lan.port' } })).rejects.toMatchObject({
      code: 'BAD_CONFIGURATION',
      field: 'lan.port',
      message: expect.stringContaining('another program uses this port') as string,
    })
  })

  it('says when the address is not of this machine', async () => {
    await expect(start({ hostname: '192.0.2.1' })).rejects.toMatchObject({
      code: 'BAD_CONFIGURATION',
      field: 'address',
    })
  })
})

describe("a node's server", () => {
  async function startNode(hostname: string, credentials?: TlsCredentials) {
    const database = await createRxDatabase({
      name: `d${Math.random()}`,
      storage: getRxStorageMemory(),
      multiInstance: false,
    })
    closing.push(() => database.close())
    const server = await startRxServer({ database, app: app(), hostname, port: 0, tls: credentials })
    closing.push(() => server.close())
    return server
  }
  const portOf = (url: string) => ({ port: Number(new URL(url).port) }) as Listener

  it('with TLS is there for this machine at an address of its own, whatever its certificate says', async () => {
    const { url, ownUrl } = await startNode('0.0.0.0', tls)
    expect(url).toMatch(/^https:\/\/0\.0\.0\.0:\d+$/)
    expect(await (await fetch(ownUrl)).json()).toEqual({ secure: false })
    expect(new URL(ownUrl).hostname).toBe('127.0.0.1')
    const socket = await handshake(portOf(url))
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')
    expect(String(await once(socket, 'data'))).toContain('{"secure":true}')
  })

  it('has one address for its own machine that others cannot use up, unless it listens there only', async () => {
    const onLoopback = await startNode('127.0.0.1')
    expect(onLoopback.ownUrl).toBe(onLoopback.url)
    const everywhere = await startNode('0.0.0.0')
    expect(portOf(everywhere.ownUrl)).not.toEqual(portOf(everywhere.url))
    expect(new URL(everywhere.ownUrl).hostname).toBe('127.0.0.1')
    expect(await (await fetch(everywhere.ownUrl)).json()).toEqual({ secure: false })
  })

  it('closes all that it listens at', async () => {
    const server = await startNode('0.0.0.0', tls)
    await server.close()
    await expect(fetch(server.ownUrl)).rejects.toThrow('fetch failed')
    await expect(handshake(portOf(server.url))).rejects.toThrow('ECONNREFUSED')
  })
})
