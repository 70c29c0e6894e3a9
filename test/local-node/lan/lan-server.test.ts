import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../../adapters/http/app.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { startLanServer, type LanServer, type LanSettings } from '../../../local-node/lan/lan-server.ts'
import { launchBrowser } from '../../support/browser.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const NAME = 'north.outpost.internal'
const POLICY = { 'content-security-policy': "default-src 'self'" }
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
let folder: ReturnType<typeof temporaryFolder>
let store: Store
let closing: (() => Promise<unknown>)[]

beforeEach(() => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite') })
  closing = []
})
afterEach(async () => {
  for (const close of closing.toReversed()) await close()
  store.close()
  folder.remove()
})

/** What the node serves its own app with. */
const app = () =>
  createApp(silent, { names: [NAME], trustedProxies: [], isSecure: false })
    .get('/', (_req, res) => void res.set(POLICY).send('<!doctype html><title>Till</title><p>app</p>'))
    .get('/worker.js', (_req, res) => void res.type('text/javascript').send('self.onfetch = () => {}'))
    .post('/post', (req, res) => void res.json({ origin: req.get('origin') }))
    .get('/secure', (req, res) => void res.json(req.secure))

async function start(given: Partial<LanSettings> = {}): Promise<LanServer> {
  const lan = { name: NAME, port: 0, setupPort: 0, address: '127.0.0.1', ...given }
  const server = await startLanServer({ app: app(), lan, store, nowMs: Date.now, log: silent })
  closing.push(() => server.close())
  return server
}
const authorityOf = async ({ ownSetupUrl }: LanServer) =>
  new X509Certificate(Buffer.from(await (await fetch(`${ownSetupUrl}/outpost-ca.crt`)).arrayBuffer()))

describe('the page for new devices', () => {
  it('tells in Chinese and in English how to install the certificate, and which one it must be', async () => {
    const server = await start()
    const answer = await fetch(server.ownSetupUrl)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const page = await answer.text()
    for (const words of ['安装本店的证书', 'Install the shop', 'Android', 'iPhone', 'Windows', '/outpost-ca.crt']) {
      expect(page).toContain(words)
    }
    expect(page).toContain(server.fingerprint)
    expect(page).toContain(server.url)
    expect(page).toContain(server.ownSetupUrl)
  })

  it('hands out the certificate of the authority, and not its key', async () => {
    const server = await start()
    const answer = await fetch(`${server.ownSetupUrl}/outpost-ca.crt`)
    expect(answer.headers.get('content-type')).toBe('application/x-x509-ca-cert')
    const certificate = new X509Certificate(Buffer.from(await answer.arrayBuffer()))
    expect(certificate.fingerprint256).toBe(server.fingerprint)
    expect(certificate.ca).toBe(true)
  })

  it.each([
    ['GET', '/secure'],
    ['GET', '/api/session'],
    ['GET', '//outpost-ca.crt'],
    ['GET', '/%6futpost-ca.crt'],
    ['POST', '/'],
    ['POST', '/outpost-ca.crt'],
    ['OPTIONS', '/'],
  ])('knows nothing else, such as %s %s', async (method, path) => {
    const { ownSetupUrl } = await start()
    const answer = await fetch(`${ownSetupUrl}${path}`, { method })
    expect(answer.status).toBe(404)
    expect(await answer.json()).toEqual({
      code: 'NOT_FOUND',
      message: expect.any(String) as string,
      requestId: answer.headers.get('x-request-id'),
    })
  })

  it('bounds how many may be there at once', async () => {
    const { ownSetupUrl } = await start()
    const { port } = new URL(ownSetupUrl)
    const sockets = Array.from({ length: 33 }, () => connectPlain(Number(port), '127.0.0.1'))
    const closed = await Promise.race(sockets.map((socket, i) => once(socket.resume(), 'close').then(() => i)))
    expect(closed).toBe(32)
    for (const socket of sockets) socket.destroy()
  })
})

describe('the app in the network', () => {
  it('is served with a certificate that whoever trusts the authority believes', async () => {
    const server = await start()
    const { port } = new URL(server.url)
    const ca = (await authorityOf(server)).toString()
    const socket = connect({ host: '127.0.0.1', port: Number(port), servername: NAME, ca })
    await once(socket, 'secureConnect')
    socket.write(`GET /secure HTTP/1.1\r\nhost: ${NAME}\r\n\r\n`)
    expect(String(await once(socket, 'data'))).toMatch(/true$/)
    socket.destroy()
  })

  it('has the same authority after a restart', async () => {
    const first = await start()
    await first.close()
    expect((await start()).fingerprint).toBe(first.fingerprint)
  })

  it('says which setting is wrong, and leaves nothing open', async () => {
    const { url, ownSetupUrl } = await start()
    const port = Number(new URL(url).port)
    await expect(start({ port })).rejects.toMatchObject({ code: 'BAD_CONFIGURATION', field: 'lan.port' })
    const setupPort = Number(new URL(ownSetupUrl).port)
    await expect(start({ setupPort })).rejects.toMatchObject({ code: 'BAD_CONFIGURATION', field: 'lan.setupPort' })
    await expect(start({ address: '192.0.2.1' })).rejects.toMatchObject({ field: 'lan.address' })
    await expect(start({ name: '10.0.0.1' })).rejects.toMatchObject({ field: 'lan.name' })
  })

  it('is reached on this PC for setting up, wherever it listens', async () => {
    const { ownSetupUrl } = await start({ address: '0.0.0.0' })
    expect(new URL(ownSetupUrl).hostname).toBe('127.0.0.1')
    expect((await fetch(ownSetupUrl)).status).toBe(200)
  })
})

describe('a browser in the shop', () => {
  const browsers: Browser[] = []
  afterAll(() => Promise.all(browsers.map((browser) => browser.close())))

  async function open(more: readonly string[] = []) {
    const browser = await launchBrowser([`--host-resolver-rules=MAP ${NAME} 127.0.0.1`, ...more])
    browsers.push(browser)
    return browser.newPage()
  }

  it('refuses the app before the certificate was installed', async () => {
    const { url } = await start()
    const page = await open()
    await expect(page.goto(url)).rejects.toThrow('ERR_CERT_AUTHORITY_INVALID')
  })

  it('has a secure context, service workers and Web Crypto once it trusts the branch', async () => {
    const server = await start()
    const { port } = new URL(server.url)
    // What an installed authority does, without touching the machine's own list of them.
    const socket = connect({ host: '127.0.0.1', port: Number(port), servername: NAME, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const spki = socket.getPeerX509Certificate()!.publicKey.export({ type: 'spki', format: 'der' })
    socket.destroy()
    const page = await open([
      `--ignore-certificate-errors-spki-list=${createHash('sha256').update(spki).digest('base64')}`,
    ])
    await page.goto(server.url)
    const posted = "fetch('/post', { method: 'POST' }).then((answer) => answer.json())"
    expect(await page.evaluate(posted)).toEqual({ origin: server.url })
    expect(await page.evaluate('window.isSecureContext')).toBe(true)
    expect(await page.evaluate('typeof crypto.subtle + typeof navigator.locks')).toBe('objectobject')
    const scope = "navigator.serviceWorker.register('/worker.js').then(({ scope }) => scope)"
    expect(await page.evaluate(scope)).toBe(`${server.url}/`)
  })

  it('downloads the certificate from the page for new devices', async () => {
    const server = await start()
    const page = await open()
    const errors: string[] = []
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
    await page.goto(server.setupUrl)
    expect(await page.locator('code').first().textContent()).toBe(server.fingerprint)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('section[lang="zh-CN"] a.fetch').click(),
    ])
    expect(download.suggestedFilename()).toBe('outpost-ca.crt')
    const certificate = new X509Certificate(readFileSync(await download.path()))
    expect(certificate.fingerprint256).toBe(server.fingerprint)
    expect(errors.filter((text) => !text.includes('favicon'))).toEqual([])
  })
})

function ignore(): void {
  // Nothing is looked at.
}
