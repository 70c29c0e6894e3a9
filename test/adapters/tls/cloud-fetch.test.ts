import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import express from 'express'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LinkFailure } from '../../../adapters/http/link-failure.ts'
import { createCloudFetch, type CloudFetch, type CloudFetchOptions } from '../../../adapters/tls/cloud-fetch.ts'
import { EXPIRED, issue, issueRoot, issueServer, NOT_YET, pem, VALID, type Issued } from './certificates.ts'
import {
  CLOUD_KEY,
  CLOUD_PUBLIC_KEY,
  OTHER_KEY,
  serveHeadquarters,
  serveHttps,
  silent,
  TIME_MS,
  type Headquarters,
} from './headquarters.ts'
import { authority } from '../../../adapters/tls/write-certificate.ts'

const TIME = '/exchange/v1/time'
let folder: string
let closing: (() => Promise<void>)[]
let root: Issued
let told: number[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outpost-tls-'))
  closing = []
  told = []
  root = issueRoot()
})
afterEach(async () => {
  for (const close of closing.toReversed()) await close()
  rmSync(folder, { recursive: true })
})

function trusting(authorityOf: Issued): string {
  const file = join(folder, 'authority.pem')
  writeFileSync(file, pem(authorityOf))
  return file
}

function branchOf({ url }: { url: string }, options: Partial<CloudFetchOptions> = {}): CloudFetch {
  const client = createCloudFetch({
    cloudUrl: url,
    cloudKey: CLOUD_KEY,
    ca: trusting(root),
    onTime: (timeMs) => told.push(timeMs),
    log: silent,
    ...options,
  })
  closing.push(() => client.close())
  return client
}

async function serving(served: Promise<Headquarters>): Promise<Headquarters> {
  const headquarters = await served
  closing.push(() => headquarters.close())
  return headquarters
}

const hello = async ({ fetch }: CloudFetch, { url }: Headquarters) => (await fetch(`${url}/hello`)).json()
const refusal = (answer: Promise<unknown>) =>
  answer.then(
    () => expect.fail('it was let in'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(LinkFailure)
      return (error as Error).message
    },
  )

describe('a certificate that is in order', () => {
  it('is believed without asking for the time', async () => {
    const cloud = await serving(serveHeadquarters([issueServer(root)]))
    expect(await hello(branchOf(cloud), cloud)).toEqual({ hello: 'branch' })
    expect(cloud.seen).toEqual(['/hello'])
    expect(told).toEqual([])
  })

  it('serves many requests over one connection or two', async () => {
    const cloud = await serving(serveHeadquarters([issueServer(root)]))
    const client = branchOf(cloud)
    for (let i = 0; i < 20; i += 1) await hello(client, cloud)
    expect(cloud.connections).toBeLessThanOrEqual(2)
  })
})

describe('a certificate that is out of its dates', () => {
  it.each([
    ['has expired', EXPIRED],
    ['begins in the future, as on a PC that wakes in 2000,', NOT_YET],
  ])('and %s is believed if headquarters vouches for it', async (_what, dates) => {
    const cloud = await serving(serveHeadquarters([issueServer(root, dates)]))
    expect(await hello(branchOf(cloud), cloud)).toEqual({ hello: 'branch' })
    expect(told).toEqual([TIME_MS])
  })

  it('is believed when all of its chain begins in the future', async () => {
    root = issueRoot(NOT_YET)
    const between = issue('Between', NOT_YET, authority(0), root)
    const cloud = await serving(serveHeadquarters([issueServer(between, NOT_YET), between]))
    expect(await hello(branchOf(cloud), cloud)).toEqual({ hello: 'branch' })
  })

  it('is believed when only what it was issued by has expired', async () => {
    const between = issue('Between', EXPIRED, authority(0), root)
    const cloud = await serving(serveHeadquarters([issueServer(between, VALID), between]))
    expect(await hello(branchOf(cloud), cloud)).toEqual({ hello: 'branch' })
    expect(cloud.seen).toEqual([TIME, '/hello'])
  })

  it('costs one question, however many connections there are, and another one after an hour', async () => {
    const cloud = await serving(serveHeadquarters([issueServer(root, EXPIRED)]))
    let nowMs = 0
    const client = branchOf(cloud, { nowMs: () => nowMs })
    await Promise.all(Array.from({ length: 8 }, () => hello(client, cloud)))
    expect(cloud.seen.filter((path) => path === TIME)).toHaveLength(1)
    expect(told).toEqual([TIME_MS])
    expect(cloud.connections).toBeGreaterThan(4)
    nowMs = 3_600_001
    // Connections that are open stay open; the next one is looked at anew.
    await Promise.all(Array.from({ length: 20 }, () => hello(client, cloud)))
    expect(cloud.seen.filter((path) => path === TIME)).toHaveLength(2)
  })

  it('is refused when the answer is signed with another key', async () => {
    const cloud = await serving(serveHeadquarters([issueServer(root, EXPIRED)]))
    const message = await refusal(hello(branchOf(cloud, { cloudKey: OTHER_KEY }), cloud))
    expect(message).toContain('did not vouch for it')
    expect(cloud.seen).toEqual([TIME])
    expect(told).toEqual([])
  })

  it('is taken by a PC that knows of the key only how to tell it from others, as before it is enrolled', async () => {
    const cloud = await serving(serveHeadquarters([issueServer(root, EXPIRED)]))
    const knows = (publicKey: string) => publicKey === CLOUD_PUBLIC_KEY
    expect(await hello(branchOf(cloud, { cloudKey: knows }), cloud)).toEqual({ hello: 'branch' })
    const message = await refusal(hello(branchOf(cloud, { cloudKey: () => false }), cloud))
    expect(message).toContain('did not vouch for it')
  })

  it('is refused while no key of headquarters is known', async () => {
    const cloud = await serving(serveHeadquarters([issueServer(root, NOT_YET)]))
    expect(await refusal(hello(branchOf(cloud, { cloudKey: undefined }), cloud))).toContain('correct the clock')
    expect(cloud.seen).toEqual([])
  })

  it('is refused when it is not among those that headquarters names: a relay, or a proxy that nobody named', async () => {
    const cloud = await serving(serveHeadquarters([issueServer(root, EXPIRED)]))
    const relay = express().use((req, res) => {
      const { port } = new URL(cloud.url)
      request({ port, host: 'localhost', path: req.url, rejectUnauthorized: false }, (answer) => answer.pipe(res)).end()
    })
    const between = await serving(serveHttps(relay, [issueServer(root, EXPIRED)]))
    const message = await refusal(hello(branchOf(between), between))
    expect(message).toContain('headquarters does not know it')
    expect(message).toContain('proxyCertificate')
    expect(cloud.seen).toEqual([TIME])
    expect(between.seen).toEqual([TIME])
    // The time is true, whoever passed it on.
    expect(told).toEqual([TIME_MS])
  })

  it('is believed for a proxy whose certificate headquarters names', async () => {
    const shown = issueServer(root, EXPIRED)
    const cloud = await serving(serveHeadquarters([shown], [issueServer(root), shown]))
    expect(await hello(branchOf(cloud), cloud)).toEqual({ hello: 'branch' })
  })

  it('is refused when it is for another name, although headquarters vouches for it', async () => {
    const cloud = await serving(serveHeadquarters([issueServer(root, EXPIRED, 'elsewhere.test')]))
    expect(await refusal(hello(branchOf(cloud), cloud))).toContain('is for another name')
    expect(cloud.seen).toEqual([])
  })

  it('is refused when an old answer is shown again', async () => {
    const shown = issueServer(root, EXPIRED)
    const cloud = await serving(serveHeadquarters([shown]))
    const old = await (await branchOf(cloud).fetch(`${cloud.url}${TIME}?challenge=${'A'.repeat(43)}`)).json()
    const replay = express().get(TIME, (_req, res) => void res.json(old))
    const between = await serving(serveHttps(replay, [shown]))
    expect(await refusal(hello(branchOf(between), between))).toContain('did not vouch for it')
  })

  it.each([
    ['nothing of the kind', (_req: unknown, res: express.Response) => void res.status(404).json({ code: 'NOT_FOUND' })],
    ['a portal page', (_req: unknown, res: express.Response) => void res.send('<html>log in</html>')],
    ['without end', (_req: unknown, res: express.Response) => void res.json({ statement: 'x'.repeat(100_000) })],
    ['elsewhere', (_req: unknown, res: express.Response) => res.redirect('https://localhost:1/')],
  ])('is refused when the answer is %s', async (_what, handler) => {
    const cloud = await serving(serveHttps(express().use(handler), [issueServer(root, EXPIRED)]))
    expect(await refusal(hello(branchOf(cloud), cloud))).toContain('did not vouch for it')
    expect(cloud.seen).toEqual([TIME])
  })
})

describe('what is wrong beside the dates', () => {
  it('is refused, and headquarters not even asked: nobody issued it', async () => {
    const cloud = await serving(serveHeadquarters([issueServer(undefined)]))
    const message = await refusal(hello(branchOf(cloud), cloud))
    expect(message).toContain('an authority that this PC does not know')
    expect(message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT')
    expect(cloud.seen).toEqual([])
  })

  it('is refused: issued by an authority that is not trusted', async () => {
    const other = issueRoot()
    const cloud = await serving(serveHeadquarters([issueServer(other), other]))
    expect(await refusal(hello(branchOf(cloud), cloud))).toContain('an authority that this PC does not know')
  })

  it('is refused: for another name', async () => {
    const cloud = await serving(serveHeadquarters([issueServer(root, VALID, 'elsewhere.test')]))
    expect(await refusal(hello(branchOf(cloud), cloud))).toContain('is for another name')
  })

  it('is hidden behind the dates by OpenSSL, so that a stranger of any authority is refused for not being named', async () => {
    const other = issueRoot()
    const cloud = await serving(serveHeadquarters([issueServer(other, EXPIRED), other], [issueServer(root)]))
    const message = await refusal(hello(branchOf(cloud), cloud))
    expect(message).toContain('CERT_HAS_EXPIRED')
    expect(message).toContain('headquarters does not know it')
  })
})

describe('as a fetch', () => {
  it('inflates what comes as brotli or gzip, over TLS and over plain HTTP', async () => {
    const body = Buffer.from(JSON.stringify({ text: 'outpost '.repeat(500) }))
    const app = express()
      .get('/br', (_req, res) => void res.set('content-encoding', 'br').end(brotliCompressSync(body)))
      .get('/gzip', (_req, res) => void res.set('content-encoding', 'gzip').end(gzipSync(body)))
    const cloud = await serving(serveHttps(app, [issueServer(root)]))
    const plain = app.listen(0, '127.0.0.1')
    closing.push(() => new Promise((resolve) => plain.close(() => resolve()).closeAllConnections()))
    await once(plain, 'listening')
    const { fetch } = branchOf(cloud)
    for (const url of [cloud.url, `http://127.0.0.1:${(plain.address() as AddressInfo).port}`]) {
      for (const path of ['br', 'gzip']) {
        const answer = await fetch(`${url}/${path}`, { headers: { 'accept-encoding': 'br, gzip' } })
        expect(await answer.text()).toBe(body.toString())
      }
    }
  })

  it('sends bodies, refuses redirects and ends with its signal, as the global one does', async () => {
    const app = express()
      .post('/echo', (req, res) => void req.pipe(res))
      .get('/away', (_req, res) => res.redirect('/echo'))
      .get('/never', () => undefined)
    const cloud = await serving(serveHttps(app, [issueServer(root)]))
    const { fetch } = branchOf(cloud)
    const echo = await fetch(`${cloud.url}/echo`, { method: 'POST', body: Buffer.from('分店') })
    expect(await echo.text()).toBe('分店')
    await expect(fetch(`${cloud.url}/away`, { redirect: 'error' })).rejects.toThrow(TypeError)
    const stopping = new AbortController()
    const never = fetch(`${cloud.url}/never`, { signal: stopping.signal })
    stopping.abort(new Error('enough'))
    await expect(never).rejects.toThrow('enough')
  })

  it('says of an address where nobody listens what the global one says', async () => {
    const cloud = await serveHeadquarters([issueServer(root)])
    await cloud.close()
    const error = await hello(branchOf(cloud), cloud).catch((thrown: unknown) => thrown as Error)
    expect(error).toBeInstanceOf(TypeError)
    expect(JSON.stringify((error as Error).cause)).toContain('ECONNREFUSED')
  })

  it('ends what is under way when it is closed', async () => {
    const cloud = await serving(
      serveHttps(
        express().get('/never', (_req, res) => void res.write('x')),
        [issueServer(root)],
      ),
    )
    const client = branchOf(cloud)
    const reader = (await client.fetch(`${cloud.url}/never`)).body!.getReader()
    await reader.read()
    const reading = reader.read()
    await client.close()
    await expect(reading).rejects.toThrow()
  })
})

describe('the file of authorities', () => {
  it.each(['', 'no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'is refused when it holds none: %j',
    (content) => {
      const ca = join(folder, 'bad.pem')
      writeFileSync(ca, content)
      expect(() => branchOf({ url: 'https://localhost:1' }, { ca })).toThrow(
        expect.objectContaining({ code: 'BAD_CONFIGURATION', field: 'ca' }),
      )
    },
  )

  it('is refused when it cannot be read', () => {
    expect(() => branchOf({ url: 'https://localhost:1' }, { ca: join(folder, 'none.pem') })).toThrow(
      expect.objectContaining({ code: 'BAD_CONFIGURATION', field: 'ca' }),
    )
  })
})
