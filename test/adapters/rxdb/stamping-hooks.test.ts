/** Every ordinary RxDB write, on the nodes' storage and on the browsers'. */
import 'fake-indexeddb/auto'
import { join } from 'node:path'
import { addRxPlugin, type BulkWriteRow, type RxCollection, type RxDocument } from 'rxdb'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { RxDBUpdatePlugin } from 'rxdb/plugins/update'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCollections, type ChainDatabase } from '../../../adapters/rxdb/open-collections.ts'
import { WriterClock } from '../../../adapters/rxdb/writer-clock.ts'
import { REPLICATED_DATABASE } from '../../../adapters/sqlite/layout.ts'
import { getRxStorageSqlite } from '../../../adapters/sqlite/rx-storage.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import type { Hlc, WriterId } from '../../../schemas/brand.ts'
import { members } from '../../../schemas/collections/members.ts'
import type { Doc } from '../../../schemas/json.ts'
import { newestEdit, newestStamp, sidecarOf } from '../../../schemas/merge-spec.ts'
import { merge, sameState } from '../../../schemas/merge.ts'
import { stampWrite } from '../../../schemas/stamp-write.ts'
import { temporaryFolder } from '../../support/node-process.ts'

addRxPlugin(RxDBUpdatePlugin)

type Members = RxCollection<Doc>
type Member = RxDocument<Doc>

let folder: { path: string; remove: () => void }
let store: Store | undefined
let database: ChainDatabase

const STORAGES = {
  SQLite: () => {
    store = new Store({ file: join(folder.path, 'store.sqlite'), declarations: [members], tracksPending: true })
    return getRxStorageSqlite(store)
  },
  Dexie: () => getRxStorageDexie(),
}

const member = {
  id: 'm1',
  scope: 'shared',
  phone: '+8613800138000',
  generation: 0,
  name: 'Li',
  note: 'likes tea',
  tags: ['vip'],
  registrations: [],
  aliases: [],
  followUps: [],
}

beforeEach(() => {
  folder = temporaryFolder()
})

afterEach(async () => {
  await database.close()
  store?.close()
  store = undefined
  folder.remove()
})

async function open(storage: keyof typeof STORAGES): Promise<Members> {
  database = await openCollections({
    name: storage === 'SQLite' ? REPLICATED_DATABASE : `page-${Math.random()}`,
    storage: STORAGES[storage]() as never,
    declarations: [members],
    stamp: new WriterClock({ writer: 'here' as WriterId }).stamp,
    multiInstance: false,
  })
  return database['members'] as unknown as Members
}

async function stored(collection: Members, id = 'm1'): Promise<Doc> {
  const [found] = await collection.storageInstance.findDocumentsById([id], true)
  return structuredClone(found) as unknown as Doc
}

const found = (collection: Members) => collection.find({ selector: { id: 'm1' } })
const one = (collection: Members): Promise<Member> => collection.findOne('m1').exec(true)
const renamed = (doc: Doc): Doc => ({ ...doc, name: 'Li Na' })
const RENAMED = { name: 'Li Na' }

const INSERTS: Record<string, (collection: Members, doc: Doc) => Promise<unknown>> = {
  insert: (collection, doc) => collection.insert(doc),
  insertIfNotExists: (collection, doc) => collection.insertIfNotExists(doc),
  bulkInsert: (collection, doc) => collection.bulkInsert([doc, { ...doc, id: 'm2' }]),
  upsert: (collection, doc) => collection.upsert(doc),
  bulkUpsert: (collection, doc) => collection.bulkUpsert([doc, { ...doc, id: 'm2' }]),
  incrementalUpsert: (collection, doc) => collection.incrementalUpsert(doc),
}

/** Each changes the name and nothing else. */
const EDITS: Record<string, (collection: Members) => Promise<unknown>> = {
  'document.patch': async (collection) => (await one(collection)).patch(RENAMED),
  'document.incrementalPatch': async (collection) => (await one(collection)).incrementalPatch(RENAMED),
  'document.modify': async (collection) => (await one(collection)).modify(renamed),
  'document.incrementalModify': async (collection) => (await one(collection)).incrementalModify(renamed),
  'document.update': async (collection) => (await one(collection)).update({ $set: RENAMED }),
  'document.incrementalUpdate': async (collection) => (await one(collection)).incrementalUpdate({ $set: RENAMED }),
  'query.patch': (collection) => found(collection).patch(RENAMED),
  'query.incrementalPatch': (collection) => found(collection).incrementalPatch(RENAMED),
  'query.modify': (collection) => found(collection).modify(renamed),
  'query.incrementalModify': (collection) => found(collection).incrementalModify(renamed),
  'query.update': (collection) => found(collection).update({ $set: RENAMED }),
  upsert: (collection) => collection.upsert(renamed(member)),
  bulkUpsert: (collection) => collection.bulkUpsert([{ ...member, id: 'm2' }, renamed(member)]),
  incrementalUpsert: (collection) => collection.incrementalUpsert(renamed(member)),
}

const REMOVALS: Record<string, (collection: Members) => Promise<unknown>> = {
  'document.remove': async (collection) => (await one(collection)).remove(),
  'document.incrementalRemove': async (collection) => (await one(collection)).incrementalRemove(),
  'document.patch of _deleted': async (collection) => (await one(collection)).patch({ _deleted: true }),
  'document.incrementalModify of _deleted': async (collection) =>
    (await one(collection)).incrementalModify((doc) => ({ ...doc, _deleted: true })),
  'bulkRemove of ids': (collection) => collection.bulkRemove(['m1']),
  'bulkRemove of documents': async (collection) => collection.bulkRemove([await one(collection)]),
  'query.remove': (collection) => found(collection).remove(),
  'query.incrementalRemove': (collection) => found(collection).incrementalRemove(),
}

/** What the write became is what every replica makes of it: joining it with what was before changes nothing. */
function expectJoined(before: Doc, after: Doc): void {
  for (const joined of [merge(members.merge, before, after), merge(members.merge, after, before)]) {
    expect(sameState(joined, after)).toBe(true)
  }
}

/** Another replica has written the address meanwhile: both sides come to one state that has both. */
function expectConverging(before: Doc, after: Doc): Doc {
  const elsewhere = new WriterClock({ writer: 'elsewhere' as WriterId }).stamp
  const theirs = stampWrite(members.merge, before, { ...before, address: 'Nanjing Lu' }, elsewhere)
  if (!theirs.ok) throw new Error(theirs.reason)
  const [a, b] = [merge(members.merge, after, theirs.doc), merge(members.merge, theirs.doc, after)]
  expect(sameState(a, b)).toBe(true)
  expect(a['address']).toBe('Nanjing Lu')
  return a
}

describe.each(Object.keys(STORAGES) as (keyof typeof STORAGES)[])('the stamping hooks on %s', (storage) => {
  it.each(Object.keys(INSERTS))('stamp every register and element of a document by %s', async (way) => {
    const collection = await open(storage)
    await INSERTS[way]!(collection, member)
    const doc = await stored(collection)
    expect(Object.keys(sidecarOf(doc).r).toSorted()).toEqual(['name', 'note'])
    expect(Object.keys(sidecarOf(doc).s!['tags']!)).toEqual(['"vip"'])
    expect(doc['_deleted']).toBe(false)
    expectJoined(doc, doc)
  })

  it.each(Object.keys(EDITS))('stamp what %s changes and nothing else', async (way) => {
    const collection = await open(storage)
    await collection.insert(member)
    const before = await stored(collection)
    await EDITS[way]!(collection)
    const after = await stored(collection)
    const { r, s, d } = sidecarOf(after)
    expect(after).toMatchObject({ name: 'Li Na', note: 'likes tea', tags: ['vip'], _deleted: false })
    expect(r['name']! > newestStamp(before)).toBe(true)
    expect({ r: { ...r, name: '' }, s, d }).toEqual({
      r: { ...sidecarOf(before).r, name: '' },
      s: sidecarOf(before).s,
      d: undefined,
    })
    expectJoined(before, after)
    expect(expectConverging(before, after)['name']).toBe('Li Na')
  })

  it.each(['insertIfNotExists', 'bulkInsert'])('leave a living document alone that %s finds', async (way) => {
    const collection = await open(storage)
    await collection.insert(member)
    const before = await stored(collection)
    await INSERTS[way]!(collection, renamed(member))
    expect(await stored(collection)).toEqual(before)
  })

  it.each(['upsert', 'bulkUpsert', 'incrementalUpsert'])(
    'stamp nothing where %s says what is there already',
    async (way) => {
      const collection = await open(storage)
      await collection.insert(member)
      const before = await stored(collection)
      await INSERTS[way]!(collection, member)
      expect(sameState(await stored(collection), before)).toBe(true)
    },
  )

  it.each(Object.keys(REMOVALS))('stamp a removal by %s, and leave the other stamps', async (way) => {
    const collection = await open(storage)
    await collection.insert(member)
    const before = await stored(collection)
    await REMOVALS[way]!(collection)
    const after = await stored(collection)
    const { r, s, d } = sidecarOf(after)
    expect([after['_deleted'], d! > newestStamp(before)]).toEqual([true, true])
    expect({ r, s }).toEqual({ r: sidecarOf(before).r, s: sidecarOf(before).s })
    expectJoined(before, after)
    expectConverging(before, after)
  })

  it.each(Object.keys(INSERTS))('join %s over a tombstone with it', async (way) => {
    const collection = await open(storage)
    await collection.insert({ ...member, address: 'Nanjing Lu' })
    await (await one(collection)).remove()
    const tombstone = await stored(collection)
    const { note: _omitted, ...told } = member
    await INSERTS[way]!(collection, { ...told, name: 'Li again', tags: ['new'] })
    const after = await stored(collection)
    const { r, s, d } = sidecarOf(after)
    expect(after).toMatchObject({
      name: 'Li again',
      note: 'likes tea',
      address: 'Nanjing Lu',
      tags: ['new'],
      _deleted: false,
    })
    expect(d).toBe(sidecarOf(tombstone).d)
    expect([r['name']! > d!, r['note']]).toEqual([true, sidecarOf(tombstone).r['note']])
    expect(Object.keys(s!['tags']!).toSorted()).toEqual(['"new"', '"vip"'])
    expectJoined(tombstone, after)
  })

  it('revive a document that is inserted again just as it was', async () => {
    const collection = await open(storage)
    await collection.insert(member)
    await (await one(collection)).remove()
    const tombstone = await stored(collection)
    await collection.upsert(member)
    const after = await stored(collection)
    expect(newestEdit(sidecarOf(after)) > sidecarOf(tombstone).d!).toBe(true)
    expectJoined(tombstone, after)
  })

  it('stamp concurrent edits of one document, in one write or in many', async () => {
    const collection = await open(storage)
    await collection.insert(member)
    const before = await stored(collection)
    const doc = await one(collection)
    const tags = Array.from({ length: 12 }, (_, i) => `t${i}`)
    await Promise.all(
      tags.map((tag) => doc.incrementalModify((data) => ({ ...data, tags: [...(data['tags'] as string[]), tag] }))),
    )
    const after = await stored(collection)
    const dots = sidecarOf(after).s!['tags']!
    expect(Object.keys(dots)).toHaveLength(13)
    expect(tags.every((tag) => dots[JSON.stringify(tag)]!.a.every((dot: Hlc) => dot > newestStamp(before)))).toBe(true)
    expect(sidecarOf(after).r).toEqual(sidecarOf(before).r)
    expectJoined(before, after)
  })

  it('stamp an edit against what a replicated write left there meanwhile', async () => {
    const collection = await open(storage)
    await collection.insert(member)
    const doc = await one(collection)
    const before = await stored(collection)
    const later = new WriterClock({ writer: 'headquarters' as WriterId, osMs: () => Date.now() + 86_400_000 })
    let tries = 0
    await doc.incrementalModify(async (data) => {
      tries += 1
      if (tries === 1) await replicate(collection, before, { name: 'of headquarters', note: 'of headquarters' }, later)
      return { ...data, name: 'Li Na' }
    })
    const after = await stored(collection)
    expect([tries, after['name'], after['note']]).toEqual([2, 'Li Na', 'of headquarters'])
    // Headquarters' clock lay a day ahead, and still the edit that has seen its write is the newer one.
    const { r } = sidecarOf(after)
    expect([r['name']! > r['note']!, r['note']!.endsWith('headquarters')]).toEqual([true, true])
  })

  it('refuse an edit of a fact of creation and leave the document as it was', async () => {
    const collection = await open(storage)
    const doc = await collection.insert(member)
    const refusal = { code: 'FIELD_IMMUTABLE', field: 'phone' }
    await expect(doc.patch({ phone: '+8613800138001' })).rejects.toMatchObject(refusal)
    await expect(doc.incrementalPatch({ phone: '+8613800138001' })).rejects.toMatchObject(refusal)
    expect((await stored(collection))['phone']).toBe('+8613800138000')
  })

  it('ignore what an application writes into the clock and the fields of headquarters', async () => {
    const collection = await open(storage)
    const clock = { r: { name: '' }, d: 'zzzzzzzzz0000zzzz' }
    const doc = await collection.insert({ ...member, balance: { points: 1000, value: 0 }, balanceSeq: 9, clock })
    await doc.incrementalPatch({ balanceSeq: 10, clock })
    const after = await stored(collection)
    expect([after['balance'], after['balanceSeq'], sidecarOf(after).d]).toEqual([undefined, undefined, undefined])
    expect(sidecarOf(after).r['name']!.endsWith('here')).toBe(true)
  })
})

it('every written row waits to be sent', async () => {
  const collection = await open('SQLite')
  await collection.bulkInsert([member, { ...member, id: 'm2' }])
  expect(store!.table('members').countInState(1).count).toBe(2)
})

/** A write that skips the hooks, as replication makes it. */
async function replicate(collection: Members, before: Doc, changes: Doc, clock: WriterClock): Promise<void> {
  const written = stampWrite(members.merge, before, { ...before, ...changes }, clock.stamp)
  if (!written.ok) throw new Error(written.reason)
  const row = { previous: before, document: written.doc } as unknown as BulkWriteRow<Doc>
  const { error } = await collection.storageInstance.bulkWrite([row], 'replication-downstream')
  expect(error).toEqual([])
}
