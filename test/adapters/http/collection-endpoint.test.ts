import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Exceptions } from '../../../adapters/exchange/exceptions.ts'
import { createReplica, type Replica } from '../../../adapters/exchange/replica.ts'
import { addErrorHandling, createApp } from '../../../adapters/http/app.ts'
import { CollectionEndpoint } from '../../../adapters/http/collection-endpoint.ts'
import { RouteTable } from '../../../adapters/http/route-table.ts'
import { readEvents } from '../../../adapters/http/read-events.ts'
import { WriterClock } from '../../../adapters/rxdb/writer-clock.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import type { WriterId } from '../../../schemas/brand.ts'
import { orders } from '../../../schemas/collections/orders.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { newestStamp } from '../../../schemas/merge-spec.ts'
import type { Doc } from '../../../schemas/json.ts'
import { DEVICE, guardOf } from '../../support/guard-of.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { CHAIN_KEY } from '../../support/simulated-chain.ts'
import { CLIENT_OF, serveAtBranch, serveAtHeadquarters } from './serve-collections.ts'
import { schemaVersion } from '../../support/schema-version.ts'

let folder: { path: string; remove: () => void }
let replica: Replica
let exceptions: Exceptions
let server: Server
let url: string

beforeEach(async () => {
  folder = temporaryFolder()
  const store = new Store({ file: join(folder.path, 's.sqlite'), declarations: COLLECTIONS, tracksPending: true })
  const clock = new WriterClock({ writer: 'node0001' as WriterId })
  replica = createReplica({ store, clock, chainKey: CHAIN_KEY })
  exceptions = new Exceptions(store)
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const app = createApp(silent)
  const routes = new RouteTable(app, guardOf(DEVICE))
  for (const declaration of COLLECTIONS) {
    const client = { branchId: 'b1', scopes: ['shared', 'b1'] }
    new CollectionEndpoint({ replica, declaration, exceptions, ...client }).addRoutes(routes)
  }
  addErrorHandling(app, silent)
  server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve))
  replica.store.close()
  folder.remove()
})

function ignore(): void {
  // What is logged is not what is tested.
}

interface Answer {
  status: number
  body: unknown
}

async function push(rows: unknown, collection = 'orders'): Promise<Answer> {
  const body = typeof rows === 'string' ? rows : JSON.stringify(rows)
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/${collection}/${schemaVersion(collection)}/push`, {
    method: 'POST',
    headers,
    body,
  })
  return { status: response.status, body: await response.json() }
}

async function pull(query: string): Promise<{ documents: Doc[]; checkpoint: { id: string; lwt: number } }> {
  const response = await fetch(`${url}/orders/1/pull?${query}`)
  return (await response.json()) as never
}

const stored = () => replica.store.table('orders').get('o1')!
const plain = {
  id: 'o1',
  branchId: 'b1',
  number: '1',
  placedAt: '2026-01-01T00:00:00.000Z',
  status: 'paid',
  round: 1,
  lines: [],
  total: 100,
  currency: 'CNY',
  _deleted: false,
}

describe('a stock RxDB client, which stamps nothing', () => {
  it('has its insert stamped by the node and gets the stored state', async () => {
    const { body } = await push([{ newDocumentState: plain }])
    expect(body).toMatchObject([{ id: 'o1', clock: { r: {} } }])
    expect(replica.store.table('orders').countInState(1).count).toBe(1)
  })

  it('keeps what somebody else changed meanwhile when it edits another field', async () => {
    await push([{ newDocumentState: plain }])
    const assumed = { ...plain }
    await push([{ newDocumentState: { ...plain, number: 'renamed' }, assumedMasterState: plain }])
    await push([{ newDocumentState: { ...plain, note: 'no ice' }, assumedMasterState: assumed }])
    expect(stored()).toMatchObject({ number: 'renamed', note: 'no ice' })
  })

  it('is heard also when it hands back the clock that it was given', async () => {
    await push([{ newDocumentState: plain }])
    const { _rev, _meta, _attachments, ...given } = stored()
    const before = newestStamp(stored())
    await push([{ newDocumentState: { ...given, number: '0 sorts before 1' }, assumedMasterState: given }])
    expect(stored()['number']).toBe('0 sorts before 1')
    expect(newestStamp(stored()) > before).toBe(true)
  })

  it('is told why an impossible change is refused, and gets the stored state back', async () => {
    await push([{ newDocumentState: { ...plain, status: 'cancelled' } }])
    const assumed = { ...plain, status: 'cancelled' }
    const { body } = await push([{ newDocumentState: plain, assumedMasterState: assumed }])
    expect(body).toMatchObject([{ status: 'cancelled' }])
    expect(exceptions.list()).toMatchObject([{ code: 'ORDER_TRANSITION', field: 'status', id: 'o1' }])
  })
})

describe('a push', () => {
  it('refuses another branch’s document with a deleted stub and lets the rest of the batch through', async () => {
    const foreign = { ...plain, id: 'o2', branchId: 'b2', moves: [], clock: { r: {} } }
    const { body } = await push([{ newDocumentState: foreign }, { newDocumentState: plain }])
    expect(body).toMatchObject([{ id: 'o2', _deleted: true }, { id: 'o1' }])
    expect(replica.store.table('orders').get('o2')).toBeUndefined()
    expect(exceptions.list()).toMatchObject([{ id: 'o2', code: 'SCOPE' }])
  })

  it('that repeats what is stored leaves the exception of a parked document standing', async () => {
    await push([{ newDocumentState: plain }])
    const failure = {
      direction: 'push',
      branchId: 'b1',
      collection: 'orders',
      id: 'o1',
      code: 'SCOPE',
      reason: 'r',
    } as const
    for (let tries = 0; tries < 3; tries++) exceptions.fail(failure, 0)
    const { _rev, _meta, _attachments, ...given } = stored()
    expect((await push([{ newDocumentState: given }])).body).toEqual([])
    expect(exceptions.countParked()).toBe(1)
  })

  it('refuses bodies that are no batch with one error shape and changes nothing', async () => {
    const deep = `[{"newDocumentState":{"id":"o1","note":${'['.repeat(5000)}${']'.repeat(5000)}}}]`
    for (const body of ['{', '"text"', '[1]', '[{"newDocumentState":[]}]', deep]) {
      const { status, body: answer } = await push(body)
      expect([body.slice(0, 30), status]).toEqual([body.slice(0, 30), 400])
      expect(answer).toMatchObject({
        code: 'BAD_REQUEST',
        message: expect.any(String) as string,
        requestId: expect.any(String) as string,
      })
    }
    expect(replica.store.head().seq).toBe(0)
  })

  it('refuses a body that is not packed as it says', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const response = await fetch(`${url}/orders/1/push`, { method: 'POST', headers, body: 'no gzip' })
    expect([response.status, await response.json()]).toEqual([400, expect.objectContaining({ code: 'BAD_REQUEST' })])
  })

  it('refuses rows whose id is none, and lets the rest of the batch through', async () => {
    const { status } = await push([{ newDocumentState: { id: { toString: 1 } } }, { newDocumentState: plain }])
    expect(status).toBe(200)
    expect(stored()).toMatchObject({ id: 'o1' })
  })

  it('refuses a time that is none', async () => {
    await push([{ newDocumentState: { ...plain, placedAt: '2026-01-01T99:99:99.000Z' } }])
    expect(replica.store.table('orders').get('o1')).toBeUndefined()
    expect(exceptions.list()).toMatchObject([{ code: 'DOCUMENT_INVALID', field: 'placedAt' }])
  })

  it('refuses set elements that only the clock names and the schema does not allow', async () => {
    const stamp = '0mwqd9kna0000node0009'
    const member = {
      id: 'r-3',
      scope: 'shared',
      generation: 0,
      name: 'x',
      tags: ['a'],
      registrations: [],
      aliases: [],
      followUps: [],
    }
    const clock = { r: { name: stamp }, s: { tags: { 5: { a: [stamp] }, '{"a":1}': { a: [stamp] } } } }
    await push([{ newDocumentState: { ...member, clock, _deleted: false } }], 'members')
    expect(replica.store.table('members').get('r-3')).toBeUndefined()
    expect(exceptions.list()).toMatchObject([{ code: 'DOCUMENT_INVALID' }])
  })

  it('is refused from pages of other addresses', async () => {
    const headers = { 'content-type': 'application/json', origin: 'http://evil.example' }
    const response = await fetch(`${url}/orders/1/push`, { method: 'POST', headers, body: '[]' })
    expect([response.status, await response.json()]).toEqual([400, expect.objectContaining({ field: 'origin' })])
  })

  it('refuses what only headquarters writes', async () => {
    const product = { id: 'p1', name: 'Tea', price: 1, currency: 'CNY', clock: { r: {} }, _deleted: false }
    await push([{ newDocumentState: product }], 'products')
    expect(replica.store.table('products').get('p1')).toBeUndefined()
    expect(exceptions.list()).toMatchObject([{ code: 'DIRECTION' }])
  })
})

describe('a pull', () => {
  it('pages by commit, full pages until the end, and refuses a checkpoint of another store', async () => {
    await push(['o1', 'o2', 'o3'].map((id) => ({ newDocumentState: { ...plain, id } })))
    const first = await pull('limit=2')
    expect(first.documents.map(({ id }) => id)).toEqual(['o1', 'o2'])
    expect(first.documents[0]).not.toHaveProperty('_meta')
    const second = await pull(`limit=2&id=${first.checkpoint.id}&lwt=${first.checkpoint.lwt}`)
    expect(second.documents.map(({ id }) => id)).toEqual(['o3'])
    const rest = await pull(`limit=2&id=${second.checkpoint.id}&lwt=${second.checkpoint.lwt}`)
    expect(rest).toEqual({ documents: [], checkpoint: second.checkpoint })
    expect(await pull('limit=2&id=other&lwt=7')).toMatchObject({ code: 'POSITION_UNKNOWN' })
    expect(await pull('limit=0')).toMatchObject({ code: 'BAD_REQUEST', field: 'limit' })
  })
})

describe('a client with another schema version', () => {
  it('is told both versions, and that it is outdated where its own is the older one', async () => {
    const newer = { ...orders, schema: { ...orders.schema, version: 2 } }
    const served = await serveAtBranch([newer])
    const answers = await Promise.all(
      ['1/pull', '3/pull', '1/pullStream'].map(async (path) => {
        const response = await fetch(`${served.url}/orders/${path}`)
        return [response.status, await response.json()]
      }),
    )
    await served.close()
    const message = (theirs: number) => `orders are at schema version 2 here, not ${theirs}`
    expect(answers).toMatchObject([
      [426, { code: 'PROTOCOL_OUTDATED', message: message(1), error: true }],
      [404, { code: 'NOT_FOUND', message: message(3), error: true }],
      [426, { code: 'PROTOCOL_OUTDATED', message: message(1), error: true }],
    ])
  })
})

describe('a client of a collection that the node has not', () => {
  it.each([
    ["a branch's node", serveAtBranch],
    ['headquarters', serveAtHeadquarters],
  ])('is refused by %s in a way that it understands', async (_node, serve) => {
    const served = await serve()
    const ask = async (path: string, init?: RequestInit) => {
      const response = await fetch(`${served.url}/${path}`, init)
      return [response.status, await response.json()]
    }
    const json = { method: 'POST', headers: { 'content-type': 'application/json', [CLIENT_OF]: 'b1' } }
    const answers = [
      await ask('recipes/0/pull'),
      await ask('recipes/0/push', { ...json, body: '[]' }),
      await ask('recipes/0/pullStream'),
      await ask('orders/1/push', { ...json, body: '{' }),
    ]
    await served.close()
    const unknown = { code: 'COLLECTION_UNKNOWN', message: 'there is no collection "recipes"', error: true }
    expect(answers).toMatchObject([
      [404, unknown],
      [404, unknown],
      [404, unknown],
      [400, { code: 'BAD_REQUEST', error: true }],
    ])
  })
})

describe('a stream', () => {
  it('brings what is written, with the position behind it', async () => {
    const response = await fetch(`${url}/orders/1/pullStream`)
    const events = readEvents<{ documents: Doc[]; checkpoint: { id: string; lwt: number } }>(response)
    await push([{ newDocumentState: { ...plain, id: 'o2' } }, { newDocumentState: plain }])
    const { value: page } = await events.next()
    expect(page).toEqual(await pull('limit=10'))
    expect(await pull(`id=${page!.checkpoint.id}&lwt=${page!.checkpoint.lwt}`)).toMatchObject({ documents: [] })
    await events.return(undefined)
  })
})
