/** What RxDB expects of a storage, clause by clause: keys, writes, events, reads. The rest is in the files beside it. */
import { createRxDatabase } from 'rxdb'
import { now } from 'rxdb/plugins/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { getRxStorageSqlite } from '../../adapters/sqlite/rx-storage.ts'
import {
  ATTACHMENT_SCHEMA,
  createInstance,
  ITEM_SCHEMA,
  openStorageFixture,
  type Bulk,
  type Instance,
  type InstanceOptions,
  type StorageFixture,
} from './storage-fixture.ts'
import {
  deepFreeze,
  find,
  insert,
  listen,
  newDoc,
  nextDoc,
  prepare,
  queryIds,
  tombstoneOf,
  write,
} from './test-documents.ts'

let fixture: StorageFixture
let collections = 0

beforeAll(() => {
  fixture = openStorageFixture()
})

afterAll(() => fixture.close())

/** An instance on a collection of its own. */
function open(options: InstanceOptions = {}): Promise<Instance> {
  collections += 1
  return createInstance(fixture.storage(), { collection: `items${collections}`, ...options })
}

/** Texts that meet every way of joining, quoting, folding and ordering that a storage could get wrong. */
const NAMES = [
  'a',
  'A',
  'a-b',
  'b',
  'a--b',
  'a|b',
  '["a","b"]',
  '"',
  "'; DROP TABLE x; --",
  'ä',
  'a\u0308',
  '🍵',
  '%',
  'a b',
]

describe('the storage', () => {
  it('says its name and the version of RxDB that it was made for', () => {
    const { name, rxdbVersion } = fixture.storage()
    expect(name).not.toBe('')
    expect(rxdbVersion).toMatch(/^17\./)
  })

  it('refuses what wrappers must have taken out of a schema: compression, encryption', async () => {
    const refused = (schema: object) => open({ schema: { ...ITEM_SCHEMA, ...schema } })
    await expect(refused({ keyCompression: true })).rejects.toMatchObject({ code: 'UT5' })
    await expect(refused({ encrypted: ['name'] })).rejects.toMatchObject({ code: 'UT6' })
    await expect(refused({ attachments: { compression: 'deflate' } })).rejects.toMatchObject({ code: 'UT7' })
  })

  it('shows the same data through every call of its getter', async () => {
    const instance = await open()
    await insert(instance, newDoc('x'))
    const again = await createInstance(getRxStorageSqlite(fixture.store()), {
      collection: instance.collectionName,
    })
    expect(await find(again, 'x')).toStrictEqual(await find(instance, 'x'))
  })

  it('keeps databases, collections and schema versions apart, whatever their names', async () => {
    const keys = NAMES.flatMap((database) => NAMES.map((collection) => ({ database, collection, version: 0 })))
    const all = [...keys, ...keys.slice(0, 20).map((key) => ({ ...key, version: 1 }))]
    const instances = await Promise.all(all.map((key) => createInstance(fixture.storage(), key)))
    const heard = instances.map((instance) => listen(instance))
    await Promise.all(instances.map((instance, i) => insert(instance, newDoc('same id', { size: i }))))
    for (const [i, instance] of instances.entries()) {
      const { documents } = await instance.query(prepare(instance, { selector: {} }))
      expect(documents.map(({ size }) => size)).toEqual([i])
      const events = heard[i]!.bulks.flatMap((bulk) => bulk.events)
      expect(events.map(({ documentData }) => documentData['size'])).toEqual([i])
    }
    for (const instance of instances) await instance.close()
  })

  it('bears twenty creations at once on one database', async () => {
    const twenty = Array.from({ length: 20 }, (_, i) => `parallel${i % 10}`)
    const instances = await Promise.all(
      twenty.map((collection) => createInstance(fixture.storage(), { database: 'crowd', collection })),
    )
    await Promise.all(instances.map((instance, i) => insert(instance, newDoc(`d${i}`))))
    expect(await queryIds(instances[3]!, { selector: {} })).toEqual(['d13', 'd3'])
  })

  it('holds ids and values with umlauts, emojis, quotes, control characters and halves of surrogate pairs', async () => {
    const texts = [
      ...NAMES,
      '',
      '\u0000',
      'a\u0000b',
      'a\u0000c',
      '\ud83c',
      '\udf75',
      '\uffff',
      '\u2028',
      '__proto__',
      'toString',
    ]
    const instance = await open()
    const docs = texts.map((text) => newDoc(`id:${text}`, { name: text, note: { [`k${text}`]: [text] } }))
    await insert(instance, ...docs)
    for (const doc of docs) {
      expect(await find(instance, doc.id)).toStrictEqual(doc)
      expect(await queryIds(instance, { selector: { name: doc['name'] } })).toEqual([doc.id])
    }
  })

  it('keeps everything over closing the file and opening it again', async () => {
    const instance = await open()
    const doc = newDoc('x', { name: 'kept' })
    const gone = newDoc('y')
    await insert(instance, doc, gone)
    await write(instance, { previous: gone, document: tombstoneOf(gone) })
    await instance.close()
    fixture.reopen()
    const again = await createInstance(fixture.storage(), { collection: instance.collectionName })
    expect(await find(again, 'x')).toStrictEqual(doc)
    expect(await find(again, 'y')).toMatchObject({ _deleted: true })
  })
})

describe('bulkWrite', () => {
  it('never changes what it is given, and gives back exactly that', async () => {
    const instance = await open()
    const doc = deepFreeze(newDoc('x', { name: 'tea', deep: { list: [1, { two: null }] } }))
    const next = deepFreeze(nextDoc(doc, { name: 'more tea' }))
    await instance.bulkWrite(deepFreeze([{ document: doc }]), 'test')
    expect(await find(instance, 'x')).toStrictEqual(doc)
    await instance.bulkWrite(deepFreeze([{ previous: doc, document: next }]), 'test')
    expect(await instance.findDocumentsById(['x'], false)).toStrictEqual([next])
    expect((await instance.query(prepare(instance, { selector: {} }))).documents).toStrictEqual([next])
    expect((await instance.getChangedDocumentsSince!(9)).documents).toStrictEqual([next])
  })

  it('keeps times to the hundredth and whatever else stands in _meta', async () => {
    const instance = await open()
    const doc = { ...newDoc('x'), _meta: { lwt: 1_700_000_000_000.01, 'attr-1': 'value', nested: { a: [1] } } }
    await insert(instance, doc)
    expect((await find(instance, 'x'))!._meta).toStrictEqual(doc._meta)
  })

  it('does nothing when there is nothing to write', async () => {
    expect(await (await open()).bulkWrite([], 'test')).toStrictEqual({ error: [] })
  })

  it('lets exactly one of two parallel inserts of an id through', async () => {
    const instance = await open()
    const docs = [newDoc('x', { size: 1 }), newDoc('x', { size: 2 })]
    const results = await Promise.all(docs.map((document) => instance.bulkWrite([{ document }], 'test')))
    expect(results.flatMap(({ error }) => error.map(({ status }) => status))).toEqual([409])
    expect(docs).toContainEqual(await find(instance, 'x'))
  })

  it('lets exactly one of many parallel updates of a revision through', async () => {
    const instance = await open()
    const doc = newDoc('x')
    await insert(instance, doc)
    const results = await Promise.all(
      [1, 2, 3, 4].map((size) => instance.bulkWrite([{ previous: doc, document: nextDoc(doc, { size }) }], `${size}`)),
    )
    expect(results.flatMap(({ error }) => error.map(({ status }) => status))).toEqual([409, 409, 409])
  })

  it('answers a conflict with exactly what RxDB reads of it, and writes the other rows', async () => {
    const instance = await open()
    const doc = newDoc('x', { name: 'in the store' })
    await insert(instance, doc)
    const row = { document: newDoc('x', { name: 'too late' }) }
    const { error } = await instance.bulkWrite([{ document: newDoc('w') }, row, { document: newDoc('y') }], 'why')
    const conflict = { isError: true, status: 409, documentId: 'x', writeRow: row, documentInDb: doc, context: 'why' }
    expect(error).toStrictEqual([conflict])
    expect(await queryIds(instance, { selector: {}, sort: [{ id: 'asc' }] })).toEqual(['w', 'x', 'y'])
  })

  it('refuses a write without the previous state or with another revision of it, over tombstones as well', async () => {
    const instance = await open()
    const first = newDoc('x')
    await insert(instance, first)
    const second = nextDoc(first)
    await write(instance, { previous: first, document: second })
    for (const stored of [second, tombstoneOf(second)]) {
      if (stored !== second) await write(instance, { previous: second, document: stored })
      for (const row of [{ document: newDoc('x') }, { previous: first, document: nextDoc(first) }]) {
        const { error } = await instance.bulkWrite([row], 'test')
        expect(error).toMatchObject([{ status: 409, documentInDb: stored }])
      }
      expect(await find(instance, 'x')).toStrictEqual(stored)
    }
  })

  it('inserts a document whose previous state is given but not there', async () => {
    const instance = await open()
    const doc = newDoc('x')
    const { bulks } = listen(instance)
    await write(instance, { previous: doc, document: nextDoc(doc, { size: 1 }) })
    expect(await find(instance, 'x')).toMatchObject({ size: 1 })
    expect(bulks.flatMap(({ events }) => events.map(({ operation }) => operation))).toEqual(['INSERT'])
  })

  it('stores the revision that it is given, even if its height jumps or falls', async () => {
    const instance = await open()
    let previous = newDoc('x', {}, 7)
    await insert(instance, previous)
    for (const height of [100, 3]) {
      const document = newDoc('x', {}, height)
      await write(instance, { previous, document })
      expect((await find(instance, 'x'))!._rev).toBe(document._rev)
      previous = document
    }
  })

  it('keeps the first of two rows with one id and answers the second as a conflict', async () => {
    const instance = await open()
    const doc = newDoc('x', { size: 1 })
    const inserted = await instance.bulkWrite([{ document: doc }, { document: newDoc('x', { size: 2 }) }], 'test')
    expect(inserted.error).toMatchObject([{ status: 409, documentId: 'x', documentInDb: doc }])
    expect(await find(instance, 'x')).toStrictEqual(doc)
    const next = nextDoc(doc, { size: 3 })
    const rows = [
      { previous: doc, document: next },
      { previous: doc, document: nextDoc(doc, { size: 4 }) },
    ]
    const updated = await instance.bulkWrite(rows, 'test')
    expect(updated.error).toMatchObject([{ status: 409, documentId: 'x', documentInDb: next }])
    expect(await find(instance, 'x')).toStrictEqual(next)
  })

  it('writes five thousand documents in one call', async () => {
    const instance = await open()
    await insert(instance, ...Array.from({ length: 5000 }, (_, i) => newDoc(`d${i}`, { size: i % 50 })))
    expect(await instance.count(prepare(instance, { selector: { size: 7 } }))).toMatchObject({ count: 100 })
  })

  it('leaves nothing behind when its transaction fails: no document, no event, no cached state', async () => {
    const instance = await open()
    const doc = newDoc('x', { name: 'before' })
    await insert(instance, doc)
    const { bulks } = listen(instance)
    let fails = true
    fixture.store().derive(() => {
      if (fails) throw new Error('the disk is gone')
    })
    const failed = nextDoc(doc, { name: 'failed' })
    const rows = [{ previous: doc, document: failed }, { document: newDoc('y', { name: 'failed' }) }]
    await expect(instance.bulkWrite(rows, 'test')).rejects.toThrow('the disk is gone')
    fails = false
    expect(await instance.findDocumentsById(['x', 'y'], true)).toStrictEqual([doc])
    expect(bulks).toEqual([])
    // These take the places in the commit order that the failed ones had.
    await insert(instance, newDoc('v', { name: 'v' }), newDoc('w', { name: 'w' }))
    const names = (await instance.findDocumentsById(['v', 'w', 'x', 'y'], true)).map(({ name }) => name)
    expect(new Set(names)).toEqual(new Set(['before', 'v', 'w']))
    expect(names).toHaveLength(3)
  })
})

describe('the change stream', () => {
  it('tells of each call in one bulk with an id and context, heard before the call returns', async () => {
    const instance = await open()
    const { bulks } = listen(instance)
    await instance.bulkWrite([{ document: newDoc('x') }, { document: newDoc('y') }], 'first')
    expect(bulks).toHaveLength(1)
    await instance.bulkWrite([{ document: newDoc('z') }], 'second')
    expect(bulks.map(({ context }) => context)).toEqual(['first', 'second'])
    expect(bulks.map(({ events }) => events.map(({ documentId }) => documentId).toSorted())).toEqual([
      ['x', 'y'],
      ['z'],
    ])
    expect(new Set(bulks.map(({ id }) => id)).size).toBe(2)
    for (const bulk of bulks) expect(Object.keys(bulk).toSorted()).toEqual(['checkpoint', 'context', 'events', 'id'])
  })

  it('names inserts, updates and deletes with the states before and after', async () => {
    const instance = await open()
    const { bulks } = listen(instance)
    const first = newDoc('x')
    const second = nextDoc(first, { size: 2 })
    const third = tombstoneOf(second)
    await insert(instance, first)
    await write(instance, { previous: first, document: second })
    await write(instance, { previous: second, document: third })
    const events = bulks.flatMap((bulk) => bulk.events)
    expect(events[0]).toMatchObject({ documentId: 'x', operation: 'INSERT', documentData: first })
    expect(events[0]!.previousDocumentData ?? undefined).toBeUndefined()
    expect(events.slice(1)).toStrictEqual([
      { documentId: 'x', operation: 'UPDATE', documentData: second, previousDocumentData: first },
      { documentId: 'x', operation: 'DELETE', documentData: third, previousDocumentData: second },
    ])
  })

  it('calls the return of a deleted document an insert', async () => {
    const instance = await open()
    const doc = newDoc('x')
    const gone = tombstoneOf(doc)
    await insert(instance, doc)
    await write(instance, { previous: doc, document: gone })
    const { bulks } = listen(instance)
    await write(instance, { previous: gone, document: nextDoc(gone, { _deleted: false, size: 1 }) })
    expect(bulks.flatMap(({ events }) => events)).toMatchObject([{ operation: 'INSERT', documentData: { size: 1 } }])
  })

  it('tells of a tombstone written over a tombstone, as replication must hear of it', async () => {
    const instance = await open()
    const doc = newDoc('x')
    const gone = tombstoneOf(doc)
    await insert(instance, doc)
    await write(instance, { previous: doc, document: gone })
    const { bulks } = listen(instance)
    await write(instance, { previous: gone, document: tombstoneOf(gone) })
    expect(bulks.flatMap(({ events }) => events)).toMatchObject([{ operation: 'DELETE', previousDocumentData: gone }])
  })

  it('says nothing of documents that arrive deleted, of refused rows and of calls without effect', async () => {
    const instance = await open()
    const { bulks } = listen(instance)
    const arrived = { ...newDoc('gone'), _deleted: true }
    await insert(instance, arrived)
    expect(await find(instance, 'gone')).toStrictEqual(arrived)
    await instance.bulkWrite([{ document: newDoc('gone') }], 'conflict')
    await instance.bulkWrite([], 'empty')
    expect(bulks).toEqual([])
    await instance.bulkWrite([{ document: newDoc('gone') }, { document: newDoc('live') }], 'mixed')
    expect(bulks.flatMap(({ events }) => events.map(({ documentId }) => documentId))).toEqual(['live'])
  })

  it.each([
    ['of one context', ['same', 'same', 'same']],
    ['of several contexts', ['first', 'second', 'third']],
  ])("gives each bulk its own last row's checkpoint, whatever calls %s share a commit", async (_, contexts) => {
    const instance = await open()
    const { bulks } = listen(instance)
    const calls = contexts.map((context, i) =>
      instance.bulkWrite([{ document: newDoc(`${i}a`) }, { document: newDoc(`${i}b`) }], context),
    )
    await Promise.all(calls)
    const idsOf = ({ events }: Bulk) => events.map(({ documentId }) => documentId)
    expect(bulks.flatMap(idsOf)).toEqual(['0a', '0b', '1a', '1b', '2a', '2b'])
    for (const [i, { checkpoint }] of bulks.entries()) {
      const { documents } = await instance.getChangedDocumentsSince!(99, checkpoint)
      expect(documents.map(({ id }) => id)).toEqual(bulks.slice(i + 1).flatMap(idsOf))
    }
  })
})

describe('findDocumentsById', () => {
  it('finds ten thousand ids at once and leaves out what is not there', async () => {
    const instance = await open()
    const docs = Array.from({ length: 10_000 }, (_, i) => newDoc(`d${i}`))
    await insert(instance, ...docs)
    const ids = [...docs.map(({ id }) => id), 'none', 'constructor', '__proto__']
    const found = await instance.findDocumentsById(ids, false)
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set(docs.map(({ id }) => id)))
    expect(found).toHaveLength(docs.length)
    expect(await instance.findDocumentsById([], true)).toEqual([])
  })

  it('finds deleted documents only when asked for them', async () => {
    const instance = await open()
    const doc = newDoc('x')
    const gone = tombstoneOf(doc)
    await insert(instance, doc)
    await write(instance, { previous: doc, document: gone })
    expect(await instance.findDocumentsById(['x'], false)).toEqual([])
    expect(await instance.findDocumentsById(['x'], true)).toStrictEqual([gone])
  })
})

describe('query and count', () => {
  it('exclude deleted documents by the selector alone', async () => {
    const instance = await open()
    await insert(instance, newDoc('live'), { ...newDoc('dead'), _deleted: true })
    expect(await queryIds(instance, { selector: {}, sort: [{ id: 'asc' }] })).toEqual(['dead', 'live'])
    expect(await queryIds(instance, { selector: { _deleted: false } })).toEqual(['live'])
    expect(await queryIds(instance, { selector: { _deleted: true } })).toEqual(['dead'])
  })

  it('skip and limit after sorting; a limit of 0 means no documents', async () => {
    const instance = await open()
    await insert(instance, ...['c', 'a', 'd', 'b'].map((id) => newDoc(id, { size: 1, note: `${id}!` })))
    for (const field of ['id', 'note']) {
      const ids = (skip: number, limit?: number) =>
        queryIds(instance, { selector: {}, sort: [{ [field]: 'asc' }], skip, ...(limit !== undefined && { limit }) })
      expect(await ids(0)).toEqual(['a', 'b', 'c', 'd'])
      expect(await ids(1, 2)).toEqual(['b', 'c'])
      expect(await ids(3, 9)).toEqual(['d'])
      expect(await ids(9)).toEqual([])
      expect(await ids(0, 0)).toEqual([])
      expect(await ids(2, 0)).toEqual([])
    }
  })

  it('hold null and missing for equal, and sort them first', async () => {
    const instance = await open()
    await insert(instance, newDoc('named', { name: '' }), newDoc('null', { name: null }), newDoc('missing'))
    const selector = { name: { $eq: null } }
    expect(await queryIds(instance, { selector, sort: [{ id: 'asc' }] })).toEqual(['missing', 'null'])
    expect(await instance.count(prepare(instance, { selector }))).toMatchObject({ count: 2 })
    expect((await queryIds(instance, { selector: {}, sort: [{ name: 'asc' }] })).at(-1)).toBe('named')
    expect((await queryIds(instance, { selector: {}, sort: [{ name: 'desc' }] }))[0]).toBe('named')
  })

  it('sort texts by UTF-16 code units, as JavaScript compares them', async () => {
    const instance = await open()
    const texts = ['\uffee', '🍵', 'z', 'ä', 'Z', '\ue000', '']
    await insert(instance, ...texts.map((name, i) => newDoc(`${i}`, { name })))
    const { documents } = await instance.query(prepare(instance, { selector: {}, sort: [{ name: 'asc' }] }))
    expect(documents.map(({ name }) => name)).toEqual(texts.toSorted())
  })

  it('take selectors of any length', async () => {
    const instance = await open()
    await insert(instance, newDoc('a', { name: 'n1', size: 1 }), newDoc('b', { name: 'n1999', size: 2 }), newDoc('c'))
    const names = Array.from({ length: 2000 }, (_, i) => `n${i}`)
    const sort = [{ id: 'asc' }]
    const ids = (selector: object) => queryIds(instance, { selector, sort })
    expect(await ids({ name: { $in: names } })).toEqual(['a', 'b'])
    expect(await ids({ name: { $nin: names } })).toEqual(['c'])
    expect(await ids({ $or: names.map((name) => ({ name })) })).toEqual(['a', 'b'])
    expect(await ids({ $nor: names.map((name) => ({ name })) })).toEqual(['c'])
    expect(await ids({ $and: names.map(() => ({ size: { $gte: 1 } })) })).toEqual(['a', 'b'])
    const lists = Array.from({ length: 40 }, () => ({ name: { $in: names.slice(0, 1000) } }))
    expect(await ids({ $or: lists })).toEqual(['a'])
  })

  it('count what the query finds, quickly where an index decides', async () => {
    const instance = await open()
    await insert(instance, ...['a', 'b', 'c'].map((name, size) => newDoc(name, { name, size })))
    const count = (selector: object) => instance.count(prepare(instance, { selector }))
    expect(await count({ name: { $gt: 'a' } })).toEqual({ count: 2, mode: 'fast' })
    expect(await count({})).toEqual({ count: 3, mode: 'fast' })
    expect(await count({ name: { $regex: 'a|b' } })).toMatchObject({ count: 2 })
  })

  it('make RxDB refuse a slow count with QU14 unless the database allows it', async () => {
    for (const allowSlowCount of [false, true]) {
      const name = `count-${String(allowSlowCount)}`
      const database = await createRxDatabase({
        name,
        storage: getRxStorageSqlite(fixture.store()),
        multiInstance: false,
        allowSlowCount,
      })
      const properties = { id: { type: 'string', maxLength: 9 }, note: { type: 'string' } }
      const schema = { version: 0, primaryKey: 'id', type: 'object', properties } as const
      const { items } = await database.addCollections({ items: { schema } })
      await items.bulkInsert([{ id: 'a', note: 'tea' }])
      const counted = items.count({ selector: { note: { $regex: 'e' } } }).exec()
      const instance = items.storageInstance as unknown as Instance
      const { mode } = await instance.count(prepare(instance, { selector: { note: { $regex: 'e' } } }))
      if (mode === 'slow' && !allowSlowCount) await expect(counted).rejects.toMatchObject({ code: 'QU14' })
      else expect(await counted).toBe(1)
      await database.close()
    }
  })
})

describe('getChangedDocumentsSince', () => {
  const changes = async (instance: Instance, limit: number, checkpoint?: unknown) => {
    const page = await instance.getChangedDocumentsSince!(limit, checkpoint)
    return { ids: page.documents.map(({ id }) => id), checkpoint: page.checkpoint }
  }

  it('pages through the current states, deleted ones too, each document once and strictly after the checkpoint', async () => {
    const instance = await open()
    const docs = ['a', 'b', 'c', 'd'].map((id) => newDoc(id))
    for (const doc of docs) await insert(instance, doc)
    await write(instance, { previous: docs[1]!, document: nextDoc(docs[1]!) })
    await write(instance, { previous: docs[0]!, document: tombstoneOf(docs[0]!) })
    for (const limit of [1, 2, 3, 4, 5]) {
      const seen: string[] = []
      let page = await changes(instance, limit)
      while (page.ids.length > 0) {
        expect(page.ids.length).toBeLessThanOrEqual(limit)
        seen.push(...page.ids)
        page = await changes(instance, limit, page.checkpoint)
      }
      expect(seen).toEqual(['c', 'd', 'b', 'a'])
    }
    const { documents } = await instance.getChangedDocumentsSince!(9)
    expect(documents.map(({ _deleted }) => _deleted)).toEqual([false, false, false, true])
  })

  it('returns the checkpoint that it was given when nothing came after it', async () => {
    const instance = await open()
    await insert(instance, newDoc('a'))
    const { checkpoint } = await changes(instance, 9)
    expect(await changes(instance, 9, checkpoint)).toEqual({ ids: [], checkpoint })
    const empty = await open()
    const start = await changes(empty, 9)
    expect(start.ids).toEqual([])
    await insert(empty, newDoc('b'))
    expect((await changes(empty, 9, start.checkpoint)).ids).toEqual(['b'])
  })

  it('hides no write of a clock that went backwards', async () => {
    const instance = await open()
    await insert(instance, newDoc('before'))
    const { checkpoint } = await changes(instance, 9)
    await insert(instance, { ...newDoc('after'), _meta: { lwt: now() - 1_000_000_000 } })
    expect((await changes(instance, 9, checkpoint)).ids).toEqual(['after'])
  })

  it('goes on from a checkpoint over closing and opening the file', async () => {
    const instance = await open()
    await insert(instance, newDoc('a'), newDoc('b'))
    const { checkpoint } = await changes(instance, 1)
    await instance.close()
    fixture.reopen()
    const again = await createInstance(fixture.storage(), { collection: instance.collectionName })
    await insert(again, newDoc('c'))
    expect((await changes(again, 9, JSON.parse(JSON.stringify(checkpoint)))).ids).toEqual(['b', 'c'])
  })
})

describe('a schema with attachments', () => {
  it('is one that the storage accepts', async () => {
    const instance = await open({ schema: ATTACHMENT_SCHEMA })
    await insert(instance, newDoc('x'))
    expect(await find(instance, 'x')).toMatchObject({ _attachments: {} })
  })
})
