/** What RxDB expects of a storage, clause by clause: cleanup, many instances, the end of an instance. */
import { BROADCAST_CHANNEL_BY_TOKEN } from 'rxdb'
import { now } from 'rxdb/plugins/utils'
import { describe, expect, it } from 'vitest'
import { createInstance, useStorageFixture, type Bulk, type Instance } from './storage-fixture.ts'
import {
  attachmentOf,
  expectRefused,
  find,
  insert,
  listen,
  newDoc,
  prepare,
  queryIds,
  tombstoneOf,
  write,
} from './test-documents.ts'

const { fixture, open } = useStorageFixture()

const tea = attachmentOf('green tea')

describe('cleanup', () => {
  const HOUR = 3_600_000

  async function cleanUp(instance: Instance, minimumDeletedTime: number): Promise<void> {
    for (let calls = 0; !(await instance.cleanup(minimumDeletedTime)); calls++) expect(calls).toBeLessThan(100)
  }

  it('drops tombstones that are old enough and nothing else', async () => {
    const instance = await open()
    const old = now() - HOUR
    const live = { ...newDoc('live'), _meta: { lwt: old } }
    const recent = { ...newDoc('recent'), _deleted: true }
    await insert(instance, live, recent, { ...newDoc('old'), _deleted: true, _meta: { lwt: old } })
    await cleanUp(instance, 2 * HOUR)
    expect(await instance.findDocumentsById(['live', 'recent', 'old'], true)).toHaveLength(3)
    await cleanUp(instance, HOUR / 2)
    expect(await instance.findDocumentsById(['live', 'recent', 'old'], true)).toStrictEqual([live, recent])
    expect((await instance.getChangedDocumentsSince!(9)).documents).toStrictEqual([live, recent])
  })

  it('with no minimum time drops every tombstone, in several calls where there are many', async () => {
    const instance = await open()
    const tombstones = Array.from({ length: 2500 }, (_, i) => ({ ...newDoc(`d${i}`), _deleted: true }))
    await insert(instance, newDoc('live'), ...tombstones)
    await cleanUp(instance, 0)
    expect(await queryIds(instance, { selector: {} })).toEqual(['live'])
    expect(await instance.cleanup(0)).toBe(true)
  })

  it('lets a document begin anew at height 1', async () => {
    const instance = await open()
    const doc = newDoc('x')
    await insert(instance, doc)
    await write(instance, { previous: doc, document: tombstoneOf(doc) })
    await cleanUp(instance, 0)
    const { bulks } = listen(instance)
    const anew = newDoc('x')
    await insert(instance, anew)
    expect(await find(instance, 'x')).toStrictEqual(anew)
    expect(bulks).toMatchObject([{ events: [{ operation: 'INSERT' }] }])
  })
})

describe('several instances of one collection', () => {
  let pairs = 0
  const pair = async (multiInstance: boolean) => {
    pairs += 1
    const one = await open({ multiInstance, token: `one${pairs}`, database: `shared${pairs}` })
    const { databaseName: database, collectionName: collection } = one
    const two = await createInstance(fixture().storage(), {
      database,
      collection,
      multiInstance,
      token: `two-${database}`,
    })
    return { one, two, tokens: [`one${database.slice('shared'.length)}`, `two-${database}`] as const }
  }

  /** Resolves when everything that was broadcast before has been delivered: messages of a channel stay in order. */
  async function broadcastSettled([from, to]: readonly [string, string]): Promise<void> {
    const [sender, receiver] = [BROADCAST_CHANNEL_BY_TOKEN.get(from)?.bc, BROADCAST_CHANNEL_BY_TOKEN.get(to)?.bc]
    if (!sender || !receiver || sender === receiver) return
    await new Promise<void>((resolve, reject) => {
      receiver.addEventListener('message', function hear(message: unknown) {
        if ((message as { marker?: string }).marker !== 'settled') return
        receiver.removeEventListener('message', hear)
        resolve()
      })
      sender.postMessage({ marker: 'settled' } as never).catch(reject)
    })
  }

  function heardUntil(instance: Instance, lastId: string): Promise<Bulk[]> {
    const bulks: Bulk[] = []
    return new Promise((resolve) => {
      const subscription = instance.changeStream().subscribe((bulk) => {
        bulks.push(bulk)
        if (!bulk.events.some(({ documentId }) => documentId === lastId)) return
        subscription.unsubscribe()
        resolve(bulks)
      })
    })
  }

  const idsOf = (bulks: readonly Bulk[]) => bulks.flatMap(({ events }) => events.map(({ documentId }) => documentId))

  it('share data at once', async () => {
    const { one, two } = await pair(false)
    const doc = newDoc('x')
    await insert(one, doc)
    expect(await find(two, 'x')).toStrictEqual(doc)
    await write(two, { previous: doc, document: tombstoneOf(doc) })
    expect(await one.findDocumentsById(['x'], false)).toEqual([])
  })

  it("with multiInstance hear each other's events exactly once and their own exactly once", async () => {
    const { one, two, tokens } = await pair(true)
    const [own, others] = [listen(one), listen(two)]
    const last = heardUntil(two, 'last')
    await insert(one, newDoc('a'))
    await insert(one, newDoc('b'), newDoc('c'))
    await insert(one, newDoc('last'))
    await last
    await broadcastSettled(tokens)
    await broadcastSettled([tokens[1], tokens[0]])
    expect(idsOf(own.bulks)).toEqual(['a', 'b', 'c', 'last'])
    expect(idsOf(others.bulks)).toEqual(['a', 'b', 'c', 'last'])
    expect(others.bulks.map(({ id }) => id)).toEqual(own.bulks.map(({ id }) => id))
    expect(others.bulks.at(-1)!.checkpoint).toEqual(own.bulks.at(-1)!.checkpoint)
    await one.close()
    await two.close()
  })

  it('with multiInstance hear nothing of other collections, versions and databases', async () => {
    const { one, two, tokens } = await pair(true)
    const { databaseName: database, collectionName: collection } = one
    const other = { multiInstance: true, token: tokens[0] }
    const strangers = [
      await createInstance(fixture().storage(), { ...other, database, collection: `${collection}-2` }),
      await createInstance(fixture().storage(), { ...other, database, collection, version: 1 }),
      await createInstance(fixture().storage(), {
        ...other,
        database: `${database}-2`,
        collection,
        token: 'elsewhere',
      }),
    ]
    const { bulks } = listen(two)
    const last = heardUntil(two, 'last')
    for (const stranger of strangers) await insert(stranger, newDoc('strange'))
    await insert(one, newDoc('last'))
    await last
    await broadcastSettled(tokens)
    expect(idsOf(bulks)).toEqual(['last'])
    for (const instance of [one, two, ...strangers]) await instance.close()
  })

  it('without multiInstance hear only their own events', async () => {
    const { one, two } = await pair(false)
    const { bulks } = listen(two)
    await insert(one, newDoc('a'))
    await insert(two, newDoc('b'))
    expect(idsOf(bulks)).toEqual(['b'])
  })
})

describe('the end of an instance', () => {
  const operations: readonly (readonly [string, (instance: Instance) => unknown])[] = [
    ['bulkWrite', (instance) => instance.bulkWrite([{ document: newDoc('late') }], 'test')],
    ['findDocumentsById', (instance) => instance.findDocumentsById(['x'], true)],
    ['query', (instance) => instance.query(prepare(instance, { selector: {} }))],
    ['count', (instance) => instance.count(prepare(instance, { selector: {} }))],
    ['getChangedDocumentsSince', (instance) => instance.getChangedDocumentsSince!(9)],
    ['getAttachmentData', (instance) => instance.getAttachmentData('x', 'a', tea.stub.digest)],
    ['cleanup', (instance) => instance.cleanup(0)],
    ['remove', (instance) => instance.remove()],
  ]

  it.each(operations)('makes %s reject', async (_, operation) => {
    const instance = await open()
    await insert(instance, newDoc('x'))
    await instance.close()
    await expectRefused(() => operation(instance))
  })

  it('comes once, however often it is asked for', async () => {
    const instance = await open()
    await Promise.all([instance.close(), instance.close()])
    await instance.close()
  })

  it('waits for the writes that were asked for before it', async () => {
    const instance = await open()
    const docs = ['a', 'b', 'c'].map((id) => newDoc(id))
    const writes = docs.map((document) => instance.bulkWrite([{ document }], document.id))
    await instance.close()
    for (const result of await Promise.all(writes)) expect(result.error).toEqual([])
    const again = await createInstance(fixture().storage(), { collection: instance.collectionName })
    expect(await queryIds(again, { selector: {}, sort: [{ id: 'asc' }] })).toEqual(['a', 'b', 'c'])
  })

  it('ends its change stream and leaves other instances working', async () => {
    const one = await open({ multiInstance: true, token: 'closing' })
    const { collectionName: collection } = one
    const two = await createInstance(fixture().storage(), { collection, multiInstance: true, token: 'staying' })
    await one.close()
    const { bulks } = listen(two)
    await insert(two, newDoc('x'))
    expect(await find(two, 'x')).toBeDefined()
    expect(bulks).toHaveLength(1)
    await two.close()
  })

  it('by remove deletes everything of its key and nothing of another', async () => {
    const [one, other] = [await open(), await open()]
    const newer = await open({ version: 1, collection: one.collectionName })
    for (const instance of [one, other, newer]) await insert(instance, newDoc('x'))
    await one.remove()
    await one.close()
    const anew = await createInstance(fixture().storage(), { collection: one.collectionName })
    expect(await queryIds(anew, { selector: {} })).toEqual([])
    expect((await anew.getChangedDocumentsSince!(9)).documents).toEqual([])
    await insert(anew, newDoc('x'))
    expect(await queryIds(other, { selector: {} })).toEqual(['x'])
    expect(await queryIds(newer, { selector: {} })).toEqual(['x'])
  })

  it('by remove comes once: a second remove rejects', async () => {
    const instance = await open()
    await instance.remove()
    await expectRefused(() => instance.remove())
    await expectRefused(() => instance.bulkWrite([{ document: newDoc('late') }], 'test'))
  })

  it('by remove never lets an instance that is still open read or write what comes after', async () => {
    const one = await open()
    const still = await createInstance(fixture().storage(), { collection: one.collectionName })
    await insert(one, newDoc('x'))
    await one.remove()
    const next = await open()
    await insert(next, newDoc('x', { name: 'of another collection' }))
    const found = await (async () => find(still, 'x'))().catch(() => undefined)
    expect(found).toBeUndefined()
    await (async () => insert(still, newDoc('y')))().catch(() => undefined)
    expect(await queryIds(next, { selector: {} })).toEqual(['x'])
  })
})
