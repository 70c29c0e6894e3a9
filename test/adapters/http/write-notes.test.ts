import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Exceptions } from '../../../adapters/exchange/exceptions.ts'
import { createReplica, type Replica } from '../../../adapters/exchange/replica.ts'
import { importRecords } from '../../../adapters/import/import-records.ts'
import { addErrorHandling, createApp } from '../../../adapters/http/app.ts'
import { CollectionEndpoint } from '../../../adapters/http/collection-endpoint.ts'
import { addDocumentRoutes } from '../../../adapters/http/document-routes.ts'
import { RouteTable } from '../../../adapters/http/route-table.ts'
import { WriteNotes } from '../../../adapters/http/write-notes.ts'
import { IdentityBook } from '../../../adapters/identity/identity-book.ts'
import { MembersHere } from '../../../adapters/identity/members-here.ts'
import { WriterClock } from '../../../adapters/rxdb/writer-clock.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { SyncRecorder, type SyncNote, type SyncNoteDetails } from '../../../adapters/synclog/sync-recorder.ts'
import type { WriterId } from '../../../schemas/brand.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import { DEVICE, guardOf } from '../../support/guard-of.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { testOrder } from '../../support/real-chain.ts'
import { CHAIN_KEY } from '../../support/simulated-chain.ts'

const NOW_MS = Date.parse('2026-03-01T10:00:00.000Z')
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }

let folder: { path: string; remove: () => void }
let replica: Replica
let server: Server
let url: string
let heard: Promise<SyncNote & SyncNoteDetails>

beforeEach(async () => {
  folder = temporaryFolder()
  const store = new Store({ file: join(folder.path, 's.sqlite'), declarations: COLLECTIONS, tracksPending: true })
  replica = createReplica({
    store,
    clock: new WriterClock({ writer: 'node0001' as WriterId }),
    chainKey: CHAIN_KEY,
  })
  const recorder = new SyncRecorder(silent)
  heard = new Promise((resolve) => recorder.onEntry((note, details) => resolve({ ...note, ...details })))
  const notes = new WriteNotes(recorder, store, () => NOW_MS)
  const app = createApp(silent)
  const routes = new RouteTable(app, guardOf(DEVICE))
  const client = { branchId: 'b1', scopes: ['shared', 'b1'], notes, exceptions: new Exceptions(store) }
  for (const declaration of COLLECTIONS) {
    new CollectionEndpoint({ replica, declaration, ...client }).addRoutes(routes)
  }
  const refusing = {
    importBatch: (records: unknown[]) =>
      importRecords({ replica, here: new MembersHere(replica, new IdentityBook(store)), country: 'CN' }, records),
    read: () => ({}),
    write: () => {
      throw new OutpostError('COLLECTION_UNKNOWN', 'there is no such collection')
    },
  }
  addDocumentRoutes(routes, refusing, { import: 'device', read: 'device', write: 'device' }, 'of nobody', notes)
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

function ignore(): void {}

async function post(path: string, body: unknown, requestId: string): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-request-id': requestId }
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  await answer.arrayBuffer()
  return answer.status
}

test("what a client pushes is noted under its request's id, with the seq of what was stored of it", async () => {
  const rows = ['o1', 'o2'].map((id) => ({ newDocumentState: { ...testOrder(id, id === 'o2' ? 'b2' : 'b1') } }))
  expect(await post('/orders/1/push', rows, 'from.browser-1')).toBe(200)
  const { seq } = replica.store.table('orders').row('o1')!
  expect(await heard).toMatchObject({
    at: '2026-03-01T10:00:00.000Z',
    branchId: 'b1',
    kind: 'write',
    sent: 2,
    outcome: 'ok',
    requestId: 'from.browser-1',
    bytesSent: Buffer.byteLength(JSON.stringify(rows)),
    documents: [
      { collection: 'orders', id: 'o1', seq },
      { collection: 'orders', id: '?', seq: 0 },
    ],
  })
})

test('a document that is refused is noted with the code', async () => {
  expect(await post('/api/documents/nothing', { id: 'n1' }, 'r1')).toBeGreaterThanOrEqual(400)
  expect(await heard).toMatchObject({
    kind: 'write',
    sent: 1,
    outcome: 'failed',
    code: 'COLLECTION_UNKNOWN',
    documents: [{ collection: '?', id: '?', seq: 0 }],
  })
})

test('a document that is refused is not named by what may be a phone', async () => {
  expect(await post('/api/documents/members', { id: '13812345678' }, 'r2')).toBeGreaterThanOrEqual(400)
  expect((await heard).documents).toEqual([{ collection: 'members', id: '?', seq: 0 }])
})

test('an import is noted with what became of its records, and the documents that were written of them', async () => {
  const product = { kind: 'product', origin: { file: 'p.csv', line: 2 }, source: 'till', currency: 'CNY' }
  const tea = { ...product, legacyId: '1', name: 'Tea', price: 1200 }
  const records = [tea, { ...product, legacyId: '2' }]
  expect(await post('/api/import', records, 'import-1')).toBe(200)
  const { seq } = replica.store.table('products').row('till:1')!
  expect(await heard).toMatchObject({
    kind: 'write',
    sent: 2,
    outcomes: { applied: 1, rejected: 1 },
    outcome: 'ok',
    requestId: 'import-1',
    documents: [{ collection: 'products', id: 'till:1', seq }],
  })
})
