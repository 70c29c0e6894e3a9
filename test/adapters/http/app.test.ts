import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { addErrorHandling, createApp, type AppOptions } from '../../../adapters/http/app.ts'
import { RouteTable } from '../../../adapters/http/route-table.ts'
import { guardOf, NOBODY } from '../../support/guard-of.ts'

const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function serve(options: Partial<AppOptions> = {}): Promise<number> {
  const app = createApp(SILENT, { names: [], trustedProxies: [], isSecure: false, ...options })
  new RouteTable(app, guardOf(NOBODY)).add(
    { method: 'GET', path: '/look', access: 'open', about: 'Looks.' },
    ({ req }) => ({ address: req.ip, secure: req.secure }),
  )
  addErrorHandling(app, SILENT)
  const server = app.listen(0, '127.0.0.1')
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** With headers that fetch would not send. */
async function ask(port: number, headers: Record<string, string | string[]>, path = '/look') {
  const asked = request({ host: '127.0.0.1', port, path, headers }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: response.statusCode, headers: response.headers, body: await json(response) }
}

const LOOKED = { status: 200 }
const refused = (field: string) => ({ status: 400, body: { code: 'BAD_REQUEST', field } })

describe('a node', () => {
  it.each(['localhost', 'LOCALHOST:7700', '127.0.0.1:1', '[::1]:7700', '[::1]'])('answers to %s', async (host) => {
    expect(await ask(await serve(), { host })).toMatchObject(LOOKED)
  })

  it.each(['evil.example', 'localhost.evil.example', 'evil.example:7700', '192.168.1.5'])(
    'does not answer to "%s" unless it is told to',
    async (host) => {
      expect(await ask(await serve(), { host })).toMatchObject(refused('host'))
    },
  )

  it('answers to the names that it was given, and to its own machine still', async () => {
    const port = await serve({ names: ['Shop.Lan', '192.168.1.5'] })
    for (const host of ['shop.lan:7700', 'SHOP.LAN', '192.168.1.5', 'localhost']) {
      expect([host, await ask(port, { host })]).toMatchObject([host, LOOKED])
    }
    expect(await ask(port, { host: 'other.lan' })).toMatchObject(refused('host'))
  })

  it('speaks with its own pages only', async () => {
    const port = await serve({ names: ['shop.lan'] })
    const from = (host: string, origin: string) => ask(port, { host, origin })
    expect(await from('shop.lan:7700', 'http://shop.lan:7700')).toMatchObject(LOOKED)
    expect(await from('shop.lan:80', 'http://shop.lan')).toMatchObject(LOOKED)
    for (const origin of ['https://shop.lan:7700', 'http://shop.lan', 'http://evil.example', 'null', '']) {
      expect([origin, await from('shop.lan:7700', origin)]).toMatchObject([origin, refused('origin')])
    }
  })
})

describe('behind a proxy', () => {
  const forwarded = {
    host: 'internal:7700',
    'x-forwarded-host': 'hq.example',
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '203.0.113.9',
  }

  it('that is trusted, a node goes by what it says of the client', async () => {
    const port = await serve({ names: ['hq.example'], trustedProxies: ['127.0.0.0/8'] })
    const answer = await ask(port, { ...forwarded, origin: 'https://hq.example' })
    expect(answer).toMatchObject({ ...LOOKED, body: { address: '203.0.113.9', secure: true } })
    expect(await ask(port, { ...forwarded, origin: 'http://hq.example' })).toMatchObject(refused('origin'))
  })

  it('that is not, it does not', async () => {
    for (const trustedProxies of [[], ['10.0.0.1']]) {
      const port = await serve({ names: ['hq.example'], trustedProxies })
      expect(await ask(port, forwarded)).toMatchObject(refused('host'))
      const answer = await ask(port, { ...forwarded, host: 'hq.example' })
      expect(answer).toMatchObject({ ...LOOKED, body: { address: '127.0.0.1', secure: false } })
    }
  })

  it('that is named by no address, it does not start', () => {
    const options = { names: [], trustedProxies: ['my-proxy'], isSecure: false }
    const refusal = { code: 'BAD_CONFIGURATION', field: 'trustedProxies' }
    expect(() => createApp(SILENT, options)).toThrow(expect.objectContaining(refusal) as Error)
  })
})

describe('every answer', () => {
  it('is kept by nobody, is read as what it is, and stands in no frame', async () => {
    const port = await serve()
    for (const path of ['/look', '/nothing']) {
      const { headers } = await ask(port, { host: 'localhost' }, path)
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none';frame-ancestors 'none'",
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      })
      expect(headers).not.toHaveProperty('x-powered-by')
      expect(headers).not.toHaveProperty('strict-transport-security')
    }
  })

  it('of a node that is reached by TLS says so, but for its own machine', async () => {
    const port = await serve({ names: ['hq.example'], isSecure: true })
    const { headers } = await ask(port, { host: 'hq.example' })
    expect(headers['strict-transport-security']).toBe('max-age=31536000')
    expect((await ask(port, { host: 'localhost' })).headers).not.toHaveProperty('strict-transport-security')
  })

  it('carries the id of its request, one that was given where it is one', async () => {
    const port = await serve()
    const idOf = async (given: string) => {
      const { headers, body } = await ask(port, { host: 'localhost', 'x-request-id': given }, '/nothing')
      expect(body).toMatchObject({ requestId: headers['x-request-id'] })
      return headers['x-request-id']
    }
    expect(await idOf('abc-1')).toBe('abc-1')
    expect(await idOf('<script>')).toMatch(/^[\da-f-]{36}$/)
  })
})

describe('a request with too much of', () => {
  it.each([
    ['an address', `/look?${'x'.repeat(9000)}`, {}, 431, 'HEADERS_TOO_LARGE'],
    ['headers', '/look', { many: Array.from({ length: 101 }, () => 'x') }, 431, 'HEADERS_TOO_LARGE'],
    ['a query', `/look?${Array.from({ length: 51 }, (_, i) => `a${i}=1`).join('&')}`, {}, 400, 'BAD_REQUEST'],
  ])('%s is refused', async (_what, path, headers, status, code) => {
    const answer = await ask(await serve(), { host: 'localhost', ...headers }, path)
    expect(answer).toMatchObject({ status, body: { code } })
  })
})

describe('an address that there is not', () => {
  it.each([
    ['/look/%zz13800138000', '/look/…'],
    ['/%2B8613800138000/x', '/…/x'],
    ['/138-0013-8000', '/…'],
    ['/138%200013%208000', '/…'],
  ])('is named without what may be a phone: %s', async (path, shown) => {
    const { status, body } = await ask(await serve(), { host: 'localhost' }, path)
    expect([status, body]).toMatchObject([404, { message: `there is nothing at GET ${shown}` }])
  })

  it('is named where it holds none', async () => {
    const { body } = await ask(await serve(), { host: 'localhost' }, '/api/v1/teas')
    expect(body).toMatchObject({ message: 'there is nothing at GET /api/v1/teas' })
  })
})

const nothing = () => undefined
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }
