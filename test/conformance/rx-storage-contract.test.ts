/** What RxDB expects of a storage, clause by clause: keys, writes, events. The rest is in the files beside it. */
import { describe, expect, it } from 'vitest'
import { getRxStorageSqlite } from '../../adapters/sqlite/rx-storage.ts'
import { createInstance, ITEM_SCHEMA, useStorageFixture, type Bulk } from './storage-fixture.ts'
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

const { fixture, open } = useStorageFixture()

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
    const { name, rxdbVersion } = fixture().storage()
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
    const again = await createInstance(getRxStorageSqlite(fixture().store()), {
      collection: instance.collectionName,
    })
    expect(await find(again, 'x')).toStrictEqual(await find(instance, 'x'))
  })

  it('keeps databases, collections and schema versions apart, whatever their names', async () => {
    const keys = NAMES.flatMap((database) => NAMES.map((collection) => ({ database, collection, version: 0 })))
    const all = [...keys, ...keys.slice(0, 20).map((key) => ({ ...key, version: 1 }))]
    const instances = await Promise.all(all.map((key) => createInstance(fixture().storage(), key)))
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
      twenty.map((collection) => createInstance(fixture().storage(), { database: 'crowd', collection })),
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
    fixture().reopen()
    const again = await createInstance(fixture().storage(), { collection: instance.collectionName })
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
    fixture()
      .store()
      .derive(() => {
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
