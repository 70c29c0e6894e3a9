import { once } from 'node:events'
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { brotliCompressSync, constants, brotliDecompressSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ExchangeQueue } from '../../../adapters/http/exchange-queue.ts'
import { EXCHANGE_PATH } from '../../../adapters/http/exchange-path.ts'
import { readEvents } from '../../../adapters/http/read-events.ts'
import { STREAM_LIMITS } from '../../../adapters/http/stream-pauses.ts'
import { WriterClock } from '../../../adapters/rxdb/writer-clock.ts'
import type { WriterId } from '../../../schemas/brand.ts'
import { orders } from '../../../schemas/collections/orders.ts'
import { replicatedState } from '../../../schemas/merge-spec.ts'
import type { Nudge, PushResponse } from '../../../schemas/protocol/exchange.ts'
import { stampWrite } from '../../../schemas/stamp-write.ts'
import { testOrder } from '../../support/real-chain.ts'
import { heartbeatOf, serveCloud, type ServedCloud } from '../../support/served-cloud.ts'

const BRANCHES = ['b1', 'b2', 'b3']
const clock = new WriterClock({ writer: 'branch' as WriterId })
let cloud: ServedCloud
const streams: AbortController[] = []

beforeEach(async () => {
  cloud = await serveCloud(BRANCHES)
})

afterEach(async () => {
  for (const stream of streams.splice(0)) stream.abort()
  await cloud.close()
})

function pushOf(standpoint: object, branchId: string, count: number, from = 0): object {
  const documents = Array.from({ length: count }, (_, i) => {
    const order = { ...testOrder(`${branchId}-${from + i}`, branchId), _deleted: false }
    const stamped = stampWrite(orders.merge, undefined, order, clock.stamp)
    const document = stamped.ok ? replicatedState(stamped.doc) : {}
    return { collection: 'orders', version: 1, seq: from + i + 1, document }
  })
  return { ...standpoint, class: 80, documents }
}

function product(id: string): object {
  return { id, name: 'Tea', price: 100, currency: 'CNY' }
}

describe('what is compressed', () => {
  const pull = async (branchId: string, acceptEncoding: string) => {
    const body = JSON.stringify({ ...cloud.introduce(branchId), class: 20, limit: 100, wanted: [] })
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      authorization: await cloud.authorization(branchId, 'POST', `${EXCHANGE_PATH}/pull`, body),
      'accept-encoding': acceptEncoding,
    }
    return new Promise<{ encoding: string | undefined; bytes: Buffer }>((resolve, reject) => {
      const asked = httpRequest(`${cloud.url}${EXCHANGE_PATH}/pull`, { method: 'POST', headers }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => resolve({ encoding: answer.headers['content-encoding'], bytes: Buffer.concat(chunks) }))
      })
      asked.once('error', reject).end(body)
    })
  }

  it('is a long answer, as the client can read it, br rather than gzip', async () => {
    for (let i = 0; i < 30; i++) cloud.operations.write('products', product(`p${i}`) as never)
    const plain = await pull('b1', 'identity')
    const gzip = await pull('b1', 'gzip')
    const br = await pull('b1', 'gzip, br')
    expect([plain.encoding, gzip.encoding, br.encoding]).toEqual([undefined, 'gzip', 'br'])
    const contents = [plain.bytes, gunzipSync(gzip.bytes), brotliDecompressSync(br.bytes)]
    const pages = contents.map((bytes) => JSON.parse(bytes.toString()) as { documents: unknown[] })
    expect(pages.map(({ documents }) => documents.length)).toEqual([30, 30, 30])
    expect(br.bytes.length).toBeLessThan(plain.bytes.length * 0.3)
  })

  it('is no short answer', async () => {
    expect((await pull('b2', 'gzip, br')).encoding).toBeUndefined()
  })

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
  ])('may be a request in %s', async (encoding, compress) => {
    const push = pushOf(cloud.introduce('b1'), 'b1', 50)
    const body = compress(JSON.stringify(push))
    const response = await cloud.post('b1', 'push', {}, { body, headers: { 'content-encoding': encoding } })
    const { outcomes } = (await response.json()) as PushResponse
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 50 }, () => 'applied'))
  })

  it.each([
    ['gzip', gzipSync],
    ['br', (bytes: Buffer) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ])('is given up at the limit where it is a bomb in %s, and the node goes on', async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(64 * 2 ** 20))
    const response = await cloud.post('b1', 'push', {}, { body: bomb, headers: { 'content-encoding': encoding } })
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ code: 'BODY_TOO_LARGE' })
    expect((await cloud.post('b1', 'heartbeat', heartbeatOf('b1'))).status).toBe(200)
  })

  it.each([
    ['gzip', 'not gzip', /not in gzip/],
    ['zip', '{}', /"zip"/],
    ['identity', 'no JSON', /no JSON/],
    ['identity', `{"a":${'['.repeat(100)}${']'.repeat(100)}}`, /deeper than 64/],
  ])('is refused in words where it is %s and holds %j', async (encoding, body, message) => {
    const response = await cloud.post('b1', 'push', {}, { body, headers: { 'content-encoding': encoding } })
    expect(await response.json()).toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringMatching(message) as string,
    })
  })
})

describe('who understands each other', () => {
  it.each([
    [
      'an older protocol',
      { protocol: 0, version: '0.0.9' },
      /protocol 1 .* protocol 0 .*install Outpost 0\.1\.0 on the branch's node/,
    ],
    ['a newer protocol', { protocol: 2, version: '0.2.0' }, /install Outpost 0\.2\.0 at headquarters/],
    ['an older schema', { version: '0.0.9', schemas: { orders: -1 } }, undefined],
    [
      'a newer schema',
      { version: '0.2.0', schemas: { orders: 99 } },
      /"orders" in version 1 .* version 99 .*at headquarters/,
    ],
    ['another declaration', { schemas: { orders: 99 } }, /same --collections file/],
  ])('%s is told what to install', async (_, changed, message) => {
    const response = await cloud.post('b1', 'heartbeat', { ...heartbeatOf('b1'), ...changed })
    const body = (await response.json()) as { code: string; message: string }
    if (!message) return expect(body.code).toBe('BAD_REQUEST')
    expect(response.status).toBe(426)
    expect(body).toMatchObject({ code: 'PROTOCOL_OUTDATED', message: expect.stringMatching(message) as string })
  })

  it('a heartbeat of another protocol may say everything else in its own way', async () => {
    expect((await cloud.post('b1', 'heartbeat', { protocol: 7 })).status).toBe(426)
  })

  it('collections of one side alone are no reason', async () => {
    const schemas = { orders: 1, coupons: 4 }
    expect((await cloud.post('b1', 'heartbeat', heartbeatOf('b1', { schemas }))).status).toBe(200)
  })
})

describe('the queue', () => {
  /** A request of which nothing is sent yet; its body comes in parts, or never. */
  async function beginRequest(branchId: string, name: string, body = 'x'.repeat(500)): Promise<ClientRequest> {
    const path = `${EXCHANGE_PATH}/${name}`
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      authorization: await cloud.authorization(branchId, 'POST', path, body),
    }
    return httpRequest(`${cloud.url}${path}`, { method: 'POST', headers })
  }

  it('lets many branches through that come at once, and its memory stays bounded', async () => {
    await cloud.close()
    const limits = { places: 8, bodyBytes: 300_000, answerBytes: 300_000 }
    const queue = new ExchangeQueue(limits)
    const ids = Array.from({ length: 20 }, (_, i) => `n${i}`)
    cloud = await serveCloud(ids, queue)
    const bodies = ids.map((id) => {
      const standpoint = cloud.introduce(id)
      return [0, 40].map((from) => JSON.stringify(pushOf(standpoint, id, 40, from)))
    })
    let most = { places: 0, bodyBytes: 0 }
    let sentAway = 0
    const look = () => {
      const { places, bodyBytes } = queue.held()
      most = { places: Math.max(most.places, places), bodyBytes: Math.max(most.bodyBytes, bodyBytes) }
    }
    await Promise.all(
      ids.map(async (id, i) => {
        for (const body of bodies[i]!) {
          for (;;) {
            const response = await cloud.post(id, 'push', {}, { body })
            look()
            const answer = (await response.json()) as PushResponse
            if (response.status === 200) {
              expect(answer.outcomes).toHaveLength(40)
              break
            }
            expect(answer).toMatchObject({ code: 'TOO_BUSY' })
            expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
            sentAway += 1
            // Nobody is kept from coming back earlier than he was asked to.
            await vi.waitUntil(() => queue.held().places < limits.places, { interval: 20 })
          }
        }
      }),
    )
    expect(cloud.operations.cloud.replica.store.countLive('orders')).toBe(20 * 80)
    expect(sentAway).toBeGreaterThan(0)
    expect(most.places).toBeGreaterThan(1)
    expect(most.places).toBeLessThanOrEqual(limits.places)
    expect(most.bodyBytes).toBeGreaterThan(0)
    expect(most.bodyBytes).toBeLessThanOrEqual(limits.bodyBytes)
    await expect.poll(() => queue.held()).toEqual({ places: 0, bodyBytes: 0, answerBytes: 0 })
  }, 60_000)

  it('sends away before it reads, answers heartbeats and the page meanwhile, and drops whose client has gone', async () => {
    await cloud.close()
    const queue = new ExchangeQueue({ places: 1, bodyBytes: 1000, answerBytes: 1000 })
    cloud = await serveCloud(BRANCHES, queue)
    const stalled = await beginRequest('b1', 'push')
    stalled.on('error', () => undefined)
    stalled.write('{')
    await expect.poll(() => queue.held().places).toBe(1)
    // Only the head of the request is sent: the answer must not wait for its body.
    const asked = await beginRequest('b2', 'pull')
    asked.flushHeaders()
    const [refused] = (await once(asked, 'response')) as [IncomingMessage]
    asked.on('error', () => undefined).destroy()
    expect(refused.statusCode).toBe(503)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    expect((await cloud.post('b2', 'heartbeat', heartbeatOf('b2'))).status).toBe(200)
    expect((await fetch(`${cloud.url}/api/status`)).status).toBe(200)
    stalled.destroy()
    await expect.poll(() => queue.held()).toEqual({ places: 0, bodyBytes: 0, answerBytes: 0 })
  })

  it('lets a branch in again whose earlier request hangs half-sent', async () => {
    const stalled = await beginRequest('b1', 'push')
    const cut = new Promise((resolve) => stalled.once('error', resolve))
    stalled.write('{')
    await new Promise((resolve) => stalled.once('socket', (socket) => socket.once('connect', resolve)))
    expect((await cloud.post('b1', 'push', pushOf(cloud.introduce('b1'), 'b1', 1))).status).toBe(200)
    stalled.destroy()
    await cut
  })

  it('refuses a branch that was disabled, before its body and at its turn', async () => {
    await cloud.close()
    const queue = new ExchangeQueue()
    cloud = await serveCloud(BRANCHES, queue)
    const body = JSON.stringify(pushOf(cloud.introduce('b1'), 'b1', 1))
    const asked = await beginRequest('b1', 'push', body)
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      asked.once('response', resolve).once('error', reject)
    })
    asked.write(body.slice(0, 10))
    await expect.poll(() => queue.held().places).toBe(1)
    cloud.operations.setBranchEnabled('b1', false)
    asked.end(body.slice(10))
    expect(await json(await answered)).toMatchObject({ code: 'BRANCH_DISABLED' })
    expect(cloud.operations.cloud.replica.store.countLive('orders')).toBe(0)
    expect(await (await cloud.post('b1', 'push', {})).json()).toMatchObject({ code: 'BRANCH_DISABLED' })
  })
})

describe('what a branch sold', () => {
  const sold = { day: '2026-03-01', orders: 12, sales: 34_500, currency: 'CNY' }

  it('is kept by day and shown with the branch', async () => {
    const standpoint = cloud.introduce('b1')
    await cloud.post('b1', 'stats', { ...standpoint, ...sold })
    const answer = await cloud.post('b1', 'stats', {
      ...standpoint,
      ...sold,
      day: '2026-03-02',
      orders: 1,
      sales: -200,
    })
    expect(await answer.json()).toMatchObject({ priority: 10 })
    const [row] = cloud.operations.status().branches
    expect(row!.stats).toMatchObject({ day: '2026-03-02', orders: 1, sales: -200, currency: 'CNY' })
    expect(cloud.operations.lifecycle.show('b1').days).toMatchObject([{ day: '2026-03-02' }, sold])
  })

  it('is taken only from the start of the branch that headquarters knows', async () => {
    const stranger = { head: { epoch: 'another', seq: 0 }, positions: {}, collections: [] }
    expect(await (await cloud.post('b1', 'stats', { ...stranger, ...sold })).json()).toMatchObject({
      code: 'HEARTBEAT_FIRST',
    })
  })
})

describe('the live stream of nudges', () => {
  const NUDGES = `${EXCHANGE_PATH}/nudges`
  async function listen(branchId: string, stop = new AbortController()): Promise<AsyncGenerator<Nudge>> {
    streams.push(stop)
    const response = await cloud.sendAs(branchId)(NUDGES, { method: 'GET', signal: stop.signal })
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    return readEvents<Nudge>(response)
  }
  const next = async (stream: AsyncGenerator<Nudge>) => (await stream.next()).value as Nudge | undefined

  it('says at once what waits, then what comes: of all branches, or of this one', async () => {
    await cloud.post('b1', 'heartbeat', heartbeatOf('b1'))
    const stream = await listen('b1')
    // Its own entry among the branches.
    expect(await next(stream)).toEqual({ priority: 10 })
    cloud.operations.write('products', product('p1') as never)
    expect(await next(stream)).toEqual({ priority: 20 })
    cloud.operations.write('orders', testOrder('o2', 'b2'))
    cloud.operations.write('orders', testOrder('o1', 'b1'))
    expect(await next(stream)).toEqual({ priority: 80 })
  })

  it('says once what several commits brought, and nothing of what the branch sent itself', async () => {
    const stream = await listen('b1')
    await next(stream)
    await cloud.post('b1', 'push', pushOf(cloud.introduce('b1'), 'b1', 3))
    cloud.operations.write('products', product('p1') as never)
    cloud.operations.write('products', product('p2') as never)
    expect(await next(stream)).toEqual({ priority: 20 })
    cloud.operations.write('orders', testOrder('o1', 'b1'))
    expect(await next(stream)).toEqual({ priority: 80 })
  })

  it('ends when the branch is disabled or retired, and is not opened then', async () => {
    const [first, second] = [await listen('b1'), await listen('b2')]
    await Promise.all([next(first), next(second)])
    cloud.operations.setBranchEnabled('b1', false)
    cloud.operations.lifecycle.retire('b2', false)
    // Its own entry has changed: it may still be told so.
    for (const stream of [first, second]) for await (const nudge of stream) expect(nudge.priority).toBe(10)
    const again = await cloud.sendAs('b2')(NUDGES, { method: 'GET', signal: new AbortController().signal })
    expect(await again.json()).toMatchObject({ code: 'BRANCH_RETIRED' })
  })

  it('tells whether the link is open, and when one is lost that had lasted, until the branch is heard', async () => {
    const link = (branchId = 'b1') => cloud.operations.status().branches.find(({ id }) => id === branchId)!.link
    const until = (state: string | undefined, id?: string) => vi.waitUntil(() => link(id)?.state === state)
    await cloud.post('b1', 'heartbeat', heartbeatOf('b1'))
    const brief = new AbortController()
    await next(await listen('b1', brief))
    expect(link()).toEqual({ state: 'open', since: expect.stringMatching(/^\d{4}-.*Z$/) as string })
    brief.abort()
    await until(undefined)

    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      const long = new AbortController()
      const newer = new AbortController()
      await Promise.all([listen('b1', long), listen('b2')].map(async (stream) => next(await stream)))
      vi.advanceTimersByTime(STREAM_LIMITS.longMs)
      let told = 0
      cloud.operations.rows.onChange(() => (told += 1))
      long.abort()
      await until('lost')
      expect(told).toBe(1)
      // It takes the place of one that had lasted.
      await next(await listen('b2', newer))
      newer.abort()
      await until('lost', 'b2')
    } finally {
      vi.useRealTimers()
    }
    await cloud.post('b1', 'heartbeat', heartbeatOf('b1', { beat: 2 }))
    expect(link()).toBeUndefined()

    await next(await listen('b1'))
    cloud.operations.setBranchEnabled('b1', false)
    await until(undefined)
  })

  it('is one for each branch: a newer one ends the older', async () => {
    const older = await listen('b1')
    await next(older)
    const newer = await listen('b1')
    await next(newer)
    expect(await next(older)).toBeUndefined()
    cloud.operations.write('products', product('p1') as never)
    expect(await next(newer)).toEqual({ priority: 20 })
    expect(cloud.operations.presence.of('b1')?.state).toBe('open')
  })
})
