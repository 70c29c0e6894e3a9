/** What RxDB expects of a storage, clause by clause: finding by id, queries and counts, changes since a checkpoint. */
import { createRxDatabase } from 'rxdb'
import { now } from 'rxdb/plugins/utils'
import { describe, expect, it } from 'vitest'
import { getRxStorageSqlite } from '../../adapters/sqlite/rx-storage.ts'
import { createInstance, useStorageFixture, type Instance } from './storage-fixture.ts'
import { insert, newDoc, nextDoc, prepare, queryIds, tombstoneOf, write } from './test-documents.ts'

const { fixture, open } = useStorageFixture()

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
        storage: getRxStorageSqlite(fixture().store()),
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
    fixture().reopen()
    const again = await createInstance(fixture().storage(), { collection: instance.collectionName })
    await insert(again, newDoc('c'))
    expect((await changes(again, 9, JSON.parse(JSON.stringify(checkpoint)))).ids).toEqual(['b', 'c'])
  })
})
