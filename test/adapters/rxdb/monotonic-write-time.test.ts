import { createRevision, fillWithDefaultSettings, getChangedDocumentsSince, type RxStorageInstance } from 'rxdb'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { describe, expect, it } from 'vitest'
import { wrappedMonotonicWriteTimeStorage } from '../../../adapters/rxdb/monotonic-write-time.ts'
import { products } from '../../../schemas/collections/products.ts'

type Instance = RxStorageInstance<{ id: string }, unknown, unknown>

async function write(instance: Instance, id: string, lwt: number): Promise<number> {
  const document = { id, _deleted: false, _attachments: {}, _meta: { lwt }, _rev: createRevision('test') }
  const { error } = await instance.bulkWrite([{ document }], 'test')
  expect(error).toEqual([])
  return document._meta.lwt
}

async function open(storage: ReturnType<typeof getRxStorageMemory>, floor: { lwt: number }): Promise<Instance> {
  return wrappedMonotonicWriteTimeStorage({
    storage,
    floor: { read: () => floor.lwt, write: (lwt) => (floor.lwt = lwt) },
  }).createStorageInstance({
    databaseName: 'device',
    collectionName: 'products',
    databaseInstanceToken: 'token',
    multiInstance: false,
    options: {},
    devMode: false,
    schema: fillWithDefaultSettings(products.schema),
  }) as Promise<Instance>
}

describe('writes after the clock fell back', () => {
  it('are still found after the position of the last push', async () => {
    const instance = await open(getRxStorageMemory(), { lwt: 0 })
    const year2026 = Date.UTC(2026, 0, 1)
    await write(instance, 'before', year2026)
    const pushed = await getChangedDocumentsSince(instance, 10)
    await write(instance, 'after', Date.UTC(2000, 0, 1))
    await write(instance, 'later', Date.UTC(2000, 0, 1))
    const unsent = await getChangedDocumentsSince(instance, 10, pushed.checkpoint)
    expect(unsent.documents.map((doc) => doc.id)).toEqual(['after', 'later'])
    await instance.close()
  })

  it('keep their order over a restart, by the floor that was kept', async () => {
    const floor = { lwt: 5_000 }
    const instance = await open(getRxStorageMemory(), floor)
    expect(await write(instance, 'a', 1_000)).toBe(5_000.01)
    expect(await write(instance, 'b', 9_000)).toBe(9_000)
    expect(floor.lwt).toBe(9_000)
    await instance.close()
  })
})

describe('documents of one write', () => {
  it('are found page by page, though RxDB gives all of them one time', async () => {
    const instance = await open(getRxStorageMemory(), { lwt: 0 })
    const { checkpoint } = await getChangedDocumentsSince(instance, 100)
    const _meta = { lwt: Date.UTC(2100, 0, 1) }
    const ids = ['v', 'w', 'x', 'y', 'z']
    const rows = ids.map((id) => ({
      document: { id, _deleted: false, _attachments: {}, _meta, _rev: createRevision('test') },
    }))
    expect((await instance.bulkWrite(rows, 'test')).error).toEqual([])
    expect(new Set(rows.map(({ document }) => document._meta.lwt)).size).toBe(ids.length)
    const first = await getChangedDocumentsSince(instance, 2, checkpoint)
    const second = await getChangedDocumentsSince(instance, 10, first.checkpoint)
    expect([...first.documents, ...second.documents].map(({ id }) => id)).toEqual(ids)
    await instance.close()
  })
})
