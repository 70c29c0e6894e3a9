/** Requests that are too large for the line: the real client, over real HTTP, with a proxy that takes small ones only. */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Request } from 'express'
import { decodeJwt } from 'jose'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { addErrorHandling, createApp } from '../../../adapters/http/app.ts'
import { EXCHANGE_LIMITS } from '../../../adapters/http/exchange-limits.ts'
import { addExchangeRoutes } from '../../../adapters/http/exchange-routes.ts'
import { readAuthorization } from '../../../adapters/http/authorization.ts'
import { RouteTable } from '../../../adapters/http/route-table.ts'
import { SyncCycle } from '../../../local-node/sync/sync-cycle.ts'
import type { Principal } from '../../../schemas/access.ts'
import { guardOf } from '../../support/guard-of.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { testOrder } from '../../support/real-chain.ts'
import { exchangeClientTo } from '../../support/signed-fetch.ts'
import { SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

let folder: { path: string; remove: () => void }
let chain: SimulatedChain
let north: SimulatedBranch
let server: Server
let cycle: SyncCycle
/** Of a request's body as it travels. */
let mostBytes: number
/** Bytes of the requests that the proxy refused. */
let refused: number[]

beforeEach(async () => {
  folder = temporaryFolder()
  chain = new SimulatedChain(folder.path, ['north'])
  north = chain.branches[0]!
  mostBytes = Number.POSITIVE_INFINITY
  refused = []
  const app = createApp(SILENT)
  const { registry } = chain
  const routes = new RouteTable(app, guardOf(northOf))
  addExchangeRoutes(routes, chain.cloud, {
    admit: ({ branchId }) => registry.admit(branchId),
    heartbeat: ({ branchId }, request) => registry.heartbeat(branchId, request),
    stats: ignore,
    mirrored: () => Promise.resolve({ mirrored: [], mirror: 'off' }),
    waiting: () => 0,
  })
  addErrorHandling(app, SILENT)
  server = createServer((req, res) => {
    const bytes = lengthOf(req)
    if (bytes <= mostBytes) {
      app(req, res)
      return
    }
    refused.push(bytes)
    req.resume()
    res.writeHead(413, { 'content-type': 'text/html' }).end('<h1>413 Request Entity Too Large</h1>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = exchangeClientTo(url)
  const { traffic } = client
  cycle = new SyncCycle({
    branch: north.branch,
    client,
    log: SILENT,
    enabled: () => true,
    traffic,
    intervalMs: 2 ** 30,
  })
  await cycle.run()
})

afterEach(async () => {
  vi.restoreAllMocks()
  await cycle.stop()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  chain.close()
  folder.remove()
})

function ignore(): void {
  // What is logged and reported is not what is tested.
}
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** Its body is compared with what was signed. */
function northOf(req: Request): Principal {
  const shown = readAuthorization(req)
  const bodyHash = shown.kind === 'proof' ? String(decodeJwt(shown.jws)['bsh']) : ''
  return { kind: 'branch', branchId: 'north', keyId: 'of a test', bodyHash }
}

function lengthOf({ headers }: IncomingMessage): number {
  return Number(headers['content-length'] ?? 0)
}

function sell(count: number, more: () => object): void {
  for (let i = 0; i < count; i++) chain.write(north, 'orders', { ...testOrder(`o${i}`, 'north'), ...more() })
}

function expectAllThere(count: number): void {
  expect(chain.cloud.replica.store.countLive('orders')).toBe(count)
  expect(north.branch.backlog().documents).toBe(0)
  expect([...north.branch.exceptions.list(), ...chain.cloud.exceptions.list()]).toEqual([])
  expect(cycle.status().lastError).toBeUndefined()
}

const line = { productId: 'test:1', name: 'Tea'.repeat(60), price: 1200, quantity: 1, discount: 0, total: 1200 }
const lines = (count: number) => ({ lines: Array.from({ length: count }, () => line) })

it('documents that are more than a request may be go in several, none of which is larger', async () => {
  sell(100, () => lines(200))
  const push = vi.spyOn(chain.cloud, 'push')
  await cycle.run()
  expectAllThere(100)
  const lengths = push.mock.calls.map(([, request]) => JSON.stringify(request).length)
  expect(Math.max(...lengths)).toBeLessThanOrEqual(EXCHANGE_LIMITS.maxRequestBytes)
  expect(lengths.reduce((sum, length) => sum + length)).toBeGreaterThan(EXCHANGE_LIMITS.maxRequestBytes)
})

it('a batch that a proxy refuses with 413 goes in halves until the proxy takes it, and counts against no document', async () => {
  // Nothing that could be compressed.
  sell(12, () => ({ note: randomBytes(3000).toString('base64') }))
  const push = vi.spyOn(chain.cloud, 'push')
  mostBytes = 12_000
  await cycle.run()
  expectAllThere(12)
  expect(refused.length).toBeGreaterThan(0)
  expect(Math.max(...push.mock.calls.map(([, { documents }]) => documents.length))).toBe(3)
})

it('what a proxy has refused once is not tried again and again in the same cycle', async () => {
  sell(40, () => ({ note: randomBytes(3000).toString('base64') }))
  mostBytes = 12_000
  await cycle.run()
  expectAllThere(40)
  // From 40 over 20, 10 and 5 to the two that fit: each size once.
  expect(refused.length).toBeLessThan(6)
})

it('a document that a proxy takes in no way is parked after its third try, and keeps none behind it waiting', async () => {
  chain.write(north, 'orders', { ...testOrder('large', 'north'), note: randomBytes(2900).toString('base64') })
  sell(3, () => ({}))
  mostBytes = 2500
  await cycle.run()
  expect(chain.cloud.replica.store.countLive('orders')).toBe(3)
  await cycle.run()
  const [exception] = north.branch.exceptions.list()
  expect(exception).toMatchObject({ direction: 'push', id: 'large', code: 'BODY_TOO_LARGE', tries: 3 })
  expect(exception!.reason).toMatch(/takes no request of this size/)
  expect(north.branch.backlog().documents).toBe(0)
  expect(cycle.status().lastError).toBeUndefined()
})

it('pages from headquarters end early where documents are long, and nothing is left out', async () => {
  for (let i = 0; i < 20; i++) chain.writeAtCloud('orders', { ...testOrder(`o${i}`, 'north'), ...lines(1000) })
  for (let i = 0; i < 6; i++) chain.writeAtCloud('orders', { ...testOrder(`s${i}`, 'north') })
  const pull = vi.spyOn(chain.cloud, 'pull')
  await cycle.run()
  expect(north.branch.replica.store.countLive('orders')).toBe(26)
  const pages = pull.mock.results.map(({ value }) => JSON.stringify(value).length)
  expect(pages).toHaveLength(2)
  expect(Math.max(...pages)).toBeLessThan(2 * EXCHANGE_LIMITS.maxRequestBytes)
})
