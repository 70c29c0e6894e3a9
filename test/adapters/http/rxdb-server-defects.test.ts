/**
 * What is wrong with the published `rxdb-server` 15.22, shown on the package as it is, and that ours is not so. A test that
 * fails because a defect is mended says in its name what was built for it and can go.
 */
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createRxDatabase, type RxDatabase } from 'rxdb'
import { replicateServer } from 'rxdb-server/plugins/replication-server'
import { createRxServer } from 'rxdb-server/plugins/server'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from '../../../adapters/http/app.ts'
import { createExpressAdapter } from '../../../adapters/http/express-adapter.ts'
import { startRxServer } from '../../../adapters/http/rx-server-shell.ts'
import { members } from '../../../schemas/collections/members.ts'
import type { Doc } from '../../../schemas/json.ts'
import { CompatProcess } from '../../compat/compat-process.ts'
import { INSTALL_DEADLINE_MS, installCompat } from '../../compat/install.ts'
import {
  CLIENT_OF,
  pushedOrder as order,
  serveAtBranch,
  serveAtHeadquarters,
  type PullPage,
} from './serve-collections.ts'

const closing: (() => unknown)[] = []

beforeAll(installCompat, INSTALL_DEADLINE_MS)

afterEach(async () => {
  vi.useRealTimers()
  for (const close of closing.splice(0).toReversed()) await close()
})

const member = (more: object = {}): Doc => ({
  id: 'r-1',
  scope: 'shared',
  generation: 0,
  name: 'Li',
  tags: [],
  registrations: [],
  aliases: [],
  followUps: [],
  _deleted: false,
  ...more,
})

async function ours() {
  const served = await serveAtBranch()
  closing.push(served.close)
  return served
}

async function postRows(url: string, rows: readonly object[]): Promise<{ status: number; body: unknown }> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/push`, { method: 'POST', headers, body: JSON.stringify(rows) })
  const text = await response.text()
  return { status: response.status, body: text.startsWith('[') ? (JSON.parse(text) as unknown) : text }
}

describe('the published server', () => {
  let server: CompatProcess
  let url: string

  beforeEach(async () => {
    server = await CompatProcess.start('published-server-process.mjs')
    closing.push(() => server.stop())
    url = await server.ask<string>('serve')
  })

  const pull = async (query: string) => (await (await fetch(`${url}/pull?limit=10&${query}`)).json()) as PullPage

  it('pages by clock and never hands out what was written after the clock went back (ours pages by commit)', async () => {
    await server.ask('insert', { doc: { id: 'n1', branchId: 'b1' } })
    const { checkpoint } = await pull('')
    const doc = { id: 'n2', branchId: 'b1' }
    await server.ask('insertAfterRestart', { doc, clockMs: -3_600_000 })
    expect(await server.ask('get', { id: 'n2' })).toMatchObject(doc)
    expect((await pull(`id=${checkpoint.id}&lwt=${checkpoint.lwt}`)).documents).toEqual([])

    const node = await ours()
    await node.push([{ newDocumentState: order('o1') }])
    const first = await node.pull('')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 })
    await node.push([{ newDocumentState: order('o2') }])
    const later = await node.pull(`id=${first.checkpoint.id}&lwt=${first.checkpoint.lwt}`)
    expect(later.documents.map(({ id }) => id)).toEqual(['o2'])
  })

  it('answers 403 for a whole batch because of one row (ours parks the row and takes the others)', async () => {
    const rows = [
      { newDocumentState: { id: 'n1', branchId: 'b1' } },
      { newDocumentState: { id: 'n2', branchId: 'b2' } },
    ]
    expect((await postRows(url, rows)).status).toBe(403)
    expect(await server.ask('get', { id: 'n1' })).toBeNull()

    const node = await ours()
    const { status } = await node.push([
      { newDocumentState: order('o1') },
      { newDocumentState: order('o2', { branchId: 'b2' }) },
    ])
    expect(status).toBe(200)
    expect(node.replica.store.table('orders').get('o1')).toMatchObject({ id: 'o1' })
    expect(node.exceptions.list()).toMatchObject([{ id: 'o2', code: 'SCOPE' }])
  })

  it('answers a conflict with a document that the client may not see (ours with a deletion)', async () => {
    await server.ask('insert', { doc: { id: 'n1', branchId: 'b2', note: 'a secret of b2' } })
    expect(await pull('')).toMatchObject({ documents: [] })
    const { body } = await postRows(url, [{ newDocumentState: { id: 'n1', branchId: 'b1', _deleted: false } }])
    expect(body).toMatchObject([{ branchId: 'b2', note: 'a secret of b2' }])

    const headquarters = await serveAtHeadquarters()
    closing.push(headquarters.close)
    const theirs = [{ newDocumentState: order('o1', { branchId: 'b2', note: 'a secret of b2' }) }]
    await headquarters.push(theirs, 'orders', { [CLIENT_OF]: 'b2' })
    const guess = order('o1')
    const answer = await headquarters.push([{ newDocumentState: guess }], 'orders', { [CLIENT_OF]: 'b1' })
    expect(answer.body).toEqual([{ ...guess, _deleted: true }])
  })

  it('lets a client set server-only fields with an insert (ours ignores what only headquarters writes)', async () => {
    await postRows(url, [{ newDocumentState: { id: 'n1', branchId: 'b1', balance: 1_000_000, _deleted: false } }])
    expect(await server.ask('get', { id: 'n1' })).toMatchObject({ balance: 1_000_000 })

    const headquarters = await serveAtHeadquarters()
    closing.push(headquarters.close)
    const forged = member({ balance: { points: 1_000_000, value: 0 }, balanceSeq: 1, currentId: 'r-2' })
    const headers = { [CLIENT_OF]: 'b1' }
    const { body } = await headquarters.push([{ newDocumentState: forged }], 'members', headers)
    const stored = headquarters.replica.store.table('members').get('r-1')!
    for (const doc of [stored, (body as Doc[])[0]!]) {
      expect(members.merge.authority.filter((field) => doc[field] !== undefined)).toEqual([])
    }
  })

  it('refuses bodies above 100 kB (ours takes a batch of 1,000 large documents)', async () => {
    const note = 'x'.repeat(1000)
    const rows = [...Array(200).keys()].map((i) => ({ newDocumentState: { id: `n${i}`, branchId: 'b1', note } }))
    expect((await postRows(url, rows)).status).toBe(413)

    const node = await ours()
    const orders = rows.map(({ newDocumentState: { id } }) => ({
      newDocumentState: order(id, { note: note.slice(0, 500) }),
    }))
    expect((await node.push(orders)).status).toBe(200)
  })

  it('has an adapter whose paths Express 5 refuses (ours has none of them)', async () => {
    const express = createRequire(import.meta.url).resolve('express')
    await expect(server.ask('setCorsOn', { express })).rejects.toThrow('Missing parameter name')

    const app = createApp({ debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() })
    expect(() => createExpressAdapter().setCors(app, 'notes/0', '*')).not.toThrow()
  })
})

describe('the published client', () => {
  it('ends its process at the RESYNC that the published server may send (our stream carries documents)', async () => {
    const server = createServer((req, res) => {
      if (req.url!.includes('/pullStream')) {
        res.writeHead(200, { 'content-type': 'text/event-stream' })
        res.write('data: "RESYNC"\n\n')
      } else res.end(JSON.stringify({ documents: [], checkpoint: { id: '', lwt: 0 } }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => {
      server.closeAllConnections()
      server.close()
    })
    const client = await CompatProcess.start('stock-client-process.mjs')
    closing.push(() => client.stop())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await client.ask('replicate', { url, collection: 'orders', version: 0, headers: {} })
    const forEver = client.ask('when', { collection: 'orders', id: 'o1', fields: {} })
    await expect(forEver).rejects.toThrow(/ended with 1: [^]*TypeError/)
  })
})

describe('the published package under RxDB 17', () => {
  let database: RxDatabase

  beforeEach(async () => {
    database = await createRxDatabase({
      name: `d${Math.random()}`,
      storage: getRxStorageMemory(),
      multiInstance: false,
    })
    closing.push(() => database.close())
  })

  it('looks for onDestroy, which RxDB 17 calls onClose (rx-server-shell.ts renames it)', async () => {
    const adapter = createExpressAdapter()
    const plain = createRxServer({ database: database as never, adapter, port: 0 })
    await expect(plain).rejects.toThrow("reading 'push'")

    const app = createApp({ debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() })
    const server = await startRxServer({ database, app, hostname: '127.0.0.1', port: 0 })
    expect((await fetch(server.url)).status).toBe(404)
    await database.close()
    await expect(fetch(server.url)).rejects.toThrow('fetch failed')
  })

  it('has a client that cannot extend RxDB 17’s RxReplicationState (replication-client.ts does without it)', async () => {
    const { members: collection } = await database.addCollections({
      members: { schema: members.schema, autoMigrate: false },
    })
    const start = () =>
      replicateServer({
        collection: collection as never,
        replicationIdentifier: 'r',
        url: 'http://127.0.0.1:1',
        pull: {},
      })
    expect(start).toThrow("cannot be invoked without 'new'")
  })
})
