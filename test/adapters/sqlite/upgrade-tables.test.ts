/** Stores that a program with older schemas has written, opened by this one. */
import { spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RxCollection } from 'rxdb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openClock } from '../../../adapters/node/clock-memory.ts'
import { openCollections } from '../../../adapters/rxdb/open-collections.ts'
import { withLocalFields } from '../../../adapters/exchange/local-fields.ts'
import { inspectStoreFile } from '../../../adapters/sqlite/inspect-store-file.ts'
import { REPLICATED_DATABASE } from '../../../adapters/sqlite/layout.ts'
import { getRxStorageSqlite } from '../../../adapters/sqlite/rx-storage.ts'
import { Store, type StoreOptions } from '../../../adapters/sqlite/store.ts'
import { ROW_STATE, type RowState } from '../../../adapters/sqlite/document-row.ts'
import type { CollectionDeclaration } from '../../../schemas/collection.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { members } from '../../../schemas/collections/members.ts'
import type { Doc } from '../../../schemas/json.ts'
import { migrateDocument } from '../../../schemas/migrations.ts'
import { bundleProcess } from '../../durability/support/bundle-process.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { COLLECTIONS_0 } from '../../schemas/earlier-collections.ts'

let folder: { path: string; remove: () => void }
let file: string
let open: Store[]

beforeEach(() => {
  folder = temporaryFolder()
  file = join(folder.path, 'store.sqlite')
  open = []
})

afterEach(() => {
  for (const store of open) store.close()
  folder.remove()
})

function openStore(declarations: readonly CollectionDeclaration[], more: Partial<StoreOptions> = {}): Store {
  const store = new Store({ file, declarations, tracksPending: true, ...more })
  open.push(store)
  return store
}

function member(n: number, fields: object = {}): Doc {
  const lists = { tags: [`t${n}`], registrations: [], aliases: [] }
  return { id: `r-${n}`, scope: n % 2 ? 'shared' : 'north', generation: 0, name: `M ${n}`, ...lists, ...fields }
}

function order(n: number, fields: object = {}): Doc {
  const placedAt = '2026-03-01T10:00:00.000Z'
  const sold = {
    status: 'paid',
    round: 1,
    lines: [],
    total: n,
    currency: 'CNY',
    note: '[10:00 Li] Refunded',
    ...fields,
  }
  return { id: `o-${n}`, branchId: 'north', number: `${n}`, placedAt, ...sold }
}

function put(store: Store, doc: Doc, state: RowState, origin = '', collection = 'members'): void {
  store.transaction('test', (write) => {
    store.table(collection).put(write, withLocalFields(doc, undefined, store.epoch), { state, origin })
  })
}

const STATES = [ROW_STATE.clean, ROW_STATE.dirty, ROW_STATE.retry, ROW_STATE.parked] as const

/** Members of all kinds, and what stands between them in the sequence. */
function fill(store: Store, count = 8): void {
  for (let n = 0; n < count; n++) put(store, member(n), STATES[n % 4]!, n % 3 ? 'hq' : '')
  put(store, { ...member(100), _deleted: true }, ROW_STATE.clean)
  for (let n = 0; n < 4; n++) put(store, order(n), STATES[n]!, n % 3 ? 'hq' : '', 'orders')
  store.transaction('test', (write) => {
    const product = { id: 'p', name: 'Tea', price: 1, currency: 'CNY', clock: { r: {} } }
    const options = { state: ROW_STATE.dirty, origin: '' }
    store.table('products').put(write, withLocalFields(product, undefined, store.epoch), options)
  })
}

function facts(store: Store): unknown[] {
  const rows = ['members', 'orders'].flatMap((name) => store.table(name).rowsAfter(0, 1000))
  return rows.map(({ seq, id, state, since, pending, scope, origin }) => [
    seq,
    id,
    state,
    since,
    pending,
    scope,
    origin,
  ])
}

function digests(store: Store): unknown {
  return (
    [
      ['members', 'shared'],
      ['members', 'north'],
      ['orders', 'north'],
    ] as const
  ).map(([name, scope]) => [store.digest(name, scope), store.digestBuckets(name, scope), store.countLive(name)])
}

function documentsOf(store: Store, collection: string): Doc[] {
  return store
    .table(collection)
    .rowsAfter(0, 1000)
    .map(({ doc }) => doc)
}

describe('a store of an older program', () => {
  it('is brought to the schemas of this one in place: the same seq, state, scope and origin, nothing to send because of it', () => {
    const old = openStore(COLLECTIONS_0)
    fill(old)
    const rows = facts(old)
    const docs = documentsOf(old, 'members')
    const orderDocs = documentsOf(old, 'orders')
    const head = old.head().seq
    old.close()

    const store = openStore(COLLECTIONS)
    expect(facts(store)).toEqual(rows)
    expect(store.head().seq).toBe(head)
    const after = documentsOf(store, 'members')
    expect(after).toEqual(docs.map((doc) => migrateDocument(members, doc, 0)))
    expect(after.every((doc) => Array.isArray(doc['followUps']))).toBe(true)
    expect(documentsOf(store, 'orders')).toEqual(orderDocs.map((doc) => ({ ...doc, moves: [] })))
    expect(
      store
        .table('products')
        .rowsInState(ROW_STATE.dirty, 9)
        .rows.map(({ id }) => id),
    ).toEqual(['p'])
    const tables = store
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'documents_%'")
      .all()
    expect(tables).toHaveLength(COLLECTIONS.length)
  })

  it('has the digests of a store that never had another version, now and when it is opened again', () => {
    const old = openStore(COLLECTIONS_0)
    fill(old)
    old.close()
    const store = openStore(COLLECTIONS)
    const upgraded = digests(store)
    store.close()
    expect(digests(openStore(COLLECTIONS))).toEqual(upgraded)

    file = join(folder.path, 'new.sqlite')
    const fresh = openStore(COLLECTIONS)
    for (let n = 0; n < 8; n++) put(fresh, member(n, { followUps: [] }), STATES[n % 4]!)
    for (let n = 0; n < 4; n++) put(fresh, order(n, { moves: [] }), STATES[n]!, '', 'orders')
    expect(upgraded).toEqual(digests(fresh))
    expect(upgraded).toMatchObject([
      [{ documents: 2 }, expect.anything(), 6],
      [{ documents: 4 }, expect.anything(), 6],
      [expect.anything(), expect.anything(), 3],
    ])
  })

  it('goes on in RxDB, which knows of no other version', async () => {
    const openRxdb = (store: Store, declarations: readonly CollectionDeclaration[]) =>
      openCollections({
        name: REPLICATED_DATABASE,
        storage: getRxStorageSqlite(store),
        declarations,
        stamp: openClock(store).clock.stamp,
        multiInstance: false,
      })
    const old = openStore(COLLECTIONS_0)
    const before = await openRxdb(old, COLLECTIONS_0)
    await (before['members'] as RxCollection<Doc>).insert(member(1))
    await before.close()
    old.close()

    const store = openStore(COLLECTIONS)
    const database = await openRxdb(store, COLLECTIONS)
    const found = await (database['members'] as RxCollection<Doc>).findOne('r-1').exec(true)
    expect(found.toJSON()).toMatchObject({ name: 'M 1', followUps: [] })
    await found.incrementalPatch({ name: 'Changed' })
    expect(store.table('members').get('r-1')).toMatchObject({ name: 'Changed', followUps: [], tags: ['t1'] })
    const internal = await database.internalStore.query({
      query: { selector: { context: 'collection' }, sort: [{ id: 'asc' }], skip: 0 },
      queryPlan: {} as never,
    })
    const known = internal.documents.map(({ key }) => key).filter((key) => key.startsWith('members'))
    expect(known).toEqual(['members-1'])
    await database.close()
  })

  it('says how far it is', () => {
    const old = openStore(COLLECTIONS_0)
    old.transaction('test', (write) => {
      const docs = Array.from({ length: 12_000 }, (_, n) => withLocalFields(member(n), undefined, old.epoch))
      old.table('members').insertNew(write, docs, { state: ROW_STATE.clean, origin: '' })
    })
    old.close()
    const said: unknown[] = []
    openStore(COLLECTIONS, { onUpgrade: (progress) => void said.push(progress) })
    const step = { collection: 'members', from: 0, to: 1, of: 12_000 }
    const orders = { collection: 'orders', from: 0, to: 1, of: 0, done: 0 }
    expect(said).toEqual([...[0, 10_000, 12_000].map((done) => ({ ...step, done })), orders])
  })

  it('stays as it is where a document cannot be migrated', () => {
    const old = openStore(COLLECTIONS_0)
    fill(old)
    const [rows, sums] = [facts(old), digests(old)]
    old.close()
    const broken = { ...members, migrations: { 1: (doc: Doc) => (doc['id'] === 'r-5' ? fail() : doc) } }
    expect(() => openStore([...COLLECTIONS.filter((one) => one !== members), broken])).toThrow('cannot be migrated')
    const again = openStore(COLLECTIONS_0)
    expect(facts(again)).toEqual(rows)
    expect(digests(again)).toEqual(sums)
  })

  it('is of the older program or of this one when the process is killed in the middle, never of both', async () => {
    const old = openStore(COLLECTIONS_0)
    old.transaction('test', (write) => {
      const docs = Array.from({ length: 15_000 }, (_, n) => withLocalFields(member(n), undefined, old.epoch))
      old.table('members').insertNew(write, docs, { state: ROW_STATE.dirty, origin: '' })
    })
    const sums = digests(old)
    old.close()
    const script = await bundleProcess('upgrade-process.ts', folder.path)
    const { signal, stdout } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' })
    expect([signal, stdout]).toEqual(['SIGKILL', '10000\n'])

    const again = openStore(COLLECTIONS_0)
    expect(digests(again)).toEqual(sums)
    expect(again.table('members').countInState(ROW_STATE.dirty).count).toBe(15_000)
    again.close()
    const store = openStore(COLLECTIONS)
    expect(store.table('members').countInState(ROW_STATE.dirty).count).toBe(15_000)
    expect(store.countLive('members')).toBe(15_000)
  })

  it('is refused by the older program once it is of this one, and is not touched by that', () => {
    const store = openStore(COLLECTIONS)
    put(store, member(1, { followUps: [] }), ROW_STATE.dirty)
    const rows = facts(store)
    store.close()
    // The first collection of that program would be new to it; nothing of it may be made.
    expect(() => openStore(COLLECTIONS_0)).toThrow(expect.objectContaining({ code: 'STORE_VERSION' }) as Error)
    expect(facts(openStore(COLLECTIONS))).toEqual(rows)
  })

  it('can be restored from a backup that the older program made', () => {
    const old = openStore(COLLECTIONS_0)
    fill(old)
    const rows = facts(old)
    old.close()
    const copy = join(folder.path, 'backup.sqlite')
    copyFileSync(file, copy)
    expect(inspectStoreFile(copy, true).documents).toMatchObject({ members: 6, orders: 3, products: 1 })
    file = copy
    const store = openStore(COLLECTIONS)
    expect(facts(store)).toEqual(rows)
    store.close()
    expect(inspectStoreFile(copy, true).documents).toMatchObject({ members: 6, orders: 3, products: 1 })
  })
})

function fail(): never {
  throw new Error('cannot be migrated')
}
