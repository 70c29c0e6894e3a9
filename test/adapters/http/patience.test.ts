/** One large document on a slow line: its requests are given the time that they need. */
import { randomBytes } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ExchangeClient } from '../../../adapters/http/exchange-client.ts'
import { exchangeDeadlineMs } from '../../../adapters/http/exchange-limits.ts'
import type { Page, PullRequest, PushRequest } from '../../../schemas/protocol/exchange.ts'
import { exchangeClientTo } from '../../support/signed-fetch.ts'

const position = { epoch: 'start', seq: 0 }
/** Nothing that could be compressed. */
const note = randomBytes(100_000).toString('base64')
const never = new AbortController().signal

let server: Server
let client: ExchangeClient
/** Passed by hand. */
let deadlines: { readonly ms: number; readonly pass: () => void }[]
let arrived: (request: { readonly bytes: number; readonly res: ServerResponse }) => void

beforeEach(async () => {
  server = createServer((req, res) => {
    let bytes = 0
    req.on('data', (chunk: Buffer) => (bytes += chunk.length))
    req.once('end', () => arrived({ bytes, res }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  client = exchangeClientTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  vi.useFakeTimers({ toFake: ['performance'] })
  deadlines = []
  const start = globalThis.setTimeout
  // What `fetch` itself waits for so long comes with something to work on.
  const hold = (pass: (...about: never[]) => void, ms = 0, ...about: never[]) => {
    if (ms < exchangeDeadlineMs(0) || about.length > 0) return start(pass, ms, ...about)
    deadlines.push({ ms, pass })
    return start(() => undefined, 0)
  }
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(hold)
})

afterEach(async () => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function pull(limit: number, wanted = 0): Promise<Page> {
  const asked = Array.from({ length: wanted }, (_, i) => ({ collection: 'orders', id: `o${i}` }))
  return client.pull({ class: 80, limit, wanted: asked } as unknown as PullRequest, never)
}

function push(count: number): Promise<unknown> {
  const documents = Array.from({ length: count }, (_, i) => ({ document: { id: `o${i}`, note } }))
  return client.push({ class: 80, documents } as unknown as PushRequest, never)
}

/** Passes the time until a request is given up that nobody answers; says how long it was waited for. */
async function patienceOf(asking: () => Promise<unknown>): Promise<{ ms: number; bytes: number }> {
  deadlines = []
  const { asked, bytes } = await begin(asking)
  const { ms, pass } = deadlines[0]!
  pass()
  await expect(asked).rejects.toMatchObject({ message: 'headquarters did not answer in time' })
  return { ms, bytes }
}

async function begin<T>(asking: () => Promise<T>) {
  const there = new Promise<{ bytes: number; res: ServerResponse }>((resolve) => (arrived = resolve))
  const asked = asking()
  asked.catch(() => undefined)
  return { asked, ...(await there) }
}

it('a request that carries much is given the time that its bytes need', async () => {
  const { ms, bytes } = await patienceOf(() => push(2))
  expect(bytes).toBeGreaterThan(100_000)
  expect(ms).toBe(exchangeDeadlineMs(2, bytes))
  expect(ms).toBeGreaterThan((bytes / 16_000) * 1000)
})

it.each([
  ['fetched', () => pull(1)],
  ['fetched again', () => pull(1, 1)],
  ['sent', () => push(1)],
])(
  'a document that is %s alone is waited for twice as long after each time that it came too late',
  async (_what, ask) => {
    const first = await patienceOf(ask)
    const second = await patienceOf(ask)
    const third = await patienceOf(ask)
    expect([second.ms, third.ms]).toEqual([first.ms * 2, first.ms * 4])
  },
)

it('several are waited for no longer: fewer are asked for instead', async () => {
  expect([await patienceOf(() => pull(2)), await patienceOf(() => pull(2))].map(({ ms }) => ms)).toEqual([3560, 3560])
})

it('once a document comes in the usual time, so must the next; after one that needed longer, the next may too', async () => {
  await patienceOf(() => pull(1))
  await answered(5000)
  expect((await patienceOf(() => pull(1))).ms).toBe(7060)
  await answered(10)
  expect((await patienceOf(() => pull(1))).ms).toBe(3530)
})

/** A page that comes after so long. */
async function answered(afterMs: number): Promise<void> {
  const { asked, res } = await begin(() => pull(1))
  vi.advanceTimersByTime(afterMs)
  const page: Page = {
    head: position,
    priority: 0,
    level: {},
    contained: [],
    foldedUpTo: position,
    delivery: 'd1',
    documents: [],
    upTo: position,
    more: false,
  }
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(page))
  await expect(asked).resolves.toMatchObject({ delivery: 'd1' })
}
