import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createRxDatabase,
  getQueryMatcher,
  normalizeMangoQuery,
  type MangoQuerySelector,
  type RxCollection,
  type RxDatabase,
} from 'rxdb'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { join } from 'node:path'
import { getRxStorageSqlite } from '../../../adapters/sqlite/rx-storage.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { temporaryFolder } from '../../support/node-process.ts'

interface Item {
  id: string
  name?: string
  size: number
  sold: boolean
}

const schema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 20 },
    name: { type: 'string', maxLength: 20 },
    size: { type: 'number', minimum: -100, maximum: 100, multipleOf: 0.5 },
    sold: { type: 'boolean' },
  },
  required: ['id', 'size', 'sold'],
  indexes: ['size', ['sold', 'size']],
} as const

let folder: { path: string; remove: () => void }
let store: Store
let ours: RxDatabase<{ items: RxCollection<Item> }>
let memory: RxDatabase<{ items: RxCollection<Item> }>

beforeEach(async () => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite'), declarations: [], tracksPending: false })
  ours = await createRxDatabase({ name: 'ours', storage: getRxStorageSqlite(store), multiInstance: false })
  memory = await createRxDatabase({ name: 'memory', storage: getRxStorageMemory(), multiInstance: false })
  for (const database of [ours, memory]) await database.addCollections({ items: { schema } })
})

afterEach(async () => {
  await ours.close()
  await memory.close()
  store.close()
  folder.remove()
})

const text = fc.constantFrom('a', 'b', 'ä', 'A', 'aa', '🍵', '\ue000', '')
const size = fc.integer({ min: -6, max: 6 }).map((n) => n / 2)
const item: fc.Arbitrary<Item> = fc.record(
  { id: fc.constantFrom('i1', 'i2', 'i3', 'ä', '🍵', '\uffee', 'i7'), name: text, size, sold: fc.boolean() },
  { requiredKeys: ['id', 'size', 'sold'] },
)
const condition = fc.oneof(
  fc.constant({}),
  fc.record({ size: fc.record({ $gte: size, $lt: size }) }),
  fc.record({ size: fc.record({ $in: fc.array(size) }), sold: fc.boolean() }),
  fc.record({
    name: fc.oneof(fc.record({ $gt: text }), fc.record({ $ne: text }), fc.record({ $exists: fc.boolean() })),
  }),
  fc.record({ id: fc.record({ $lte: text }) }),
  fc.record({ $or: fc.tuple(fc.record({ size }), fc.record({ name: text })) }),
  fc.record({ size: fc.record({ $eq: size, $ne: size }), name: fc.record({ $regex: fc.constant('^a') }) }),
)
const sort = fc.constantFrom(
  [{ id: 'asc' as const }],
  [{ size: 'asc' as const }, { id: 'asc' as const }],
  [{ size: 'desc' as const }, { id: 'desc' as const }],
  [{ sold: 'asc' as const }, { size: 'desc' as const }, { id: 'asc' as const }],
  [{ name: 'asc' as const }, { id: 'asc' as const }],
)
const query = fc.record({ selector: condition, sort, skip: fc.nat(3), limit: fc.option(fc.nat(5), { nil: undefined }) })

describe('the RxDB storage', () => {
  it("answers every query as RxDB's memory storage does", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 20 }),
        fc.array(fc.nat(6)),
        fc.array(query),
        async (items, gone, queries) => {
          for (const { items: collection } of [ours, memory]) {
            await collection.find().remove()
            for (const one of items) await collection.upsert(one)
            for (const i of gone) await collection.findOne(items[i]?.id ?? 'none').remove()
          }
          for (const one of queries) {
            const { limit, ...rest } = one
            const asked = { ...rest, ...(limit !== undefined && { limit }) } as never
            const [here, there] = await Promise.all([ours.items.find(asked).exec(), memory.items.find(asked).exec()])
            expect(here.map((doc) => doc.toJSON())).toEqual(there.map((doc) => doc.toJSON()))
          }
        },
      ),
      { numRuns: 100 },
    )
  })

  it("answers odd selectors as RxDB's matcher does: no operator, hundreds of alternatives", async () => {
    const items = Array.from({ length: 400 }, (_, i) => ({ id: `i${i}`, size: i / 2 - 100, sold: i % 2 === 0 }))
    await ours.items.bulkInsert(items)
    const alternatives = items.slice(50).map(({ size }) => ({ size }))
    const lists = items.slice(90).map(({ size }) => ({ size: { $in: [size, size + 1] } }))
    const apart = Array.from({ length: 600 }, (_, i) => ({ size: i, id: `i${i}` }))
    const selectors: MangoQuerySelector<Item>[] = [
      { size: {} },
      { $or: alternatives },
      { $or: [...alternatives, { sold: true }] },
      { $or: lists },
      { $or: apart },
    ]
    for (const selector of selectors) {
      const query = normalizeMangoQuery(ours.items.schema.jsonSchema, { selector })
      const matches = getQueryMatcher(ours.items.schema.jsonSchema, query)
      const expected = items.filter((one) => matches(one as never)).map(({ id }) => id)
      const found = await ours.items.find({ selector }).exec()
      expect(found.map(({ id }) => id).toSorted()).toEqual(expected.toSorted())
    }
    expect(await ours.items.find({ limit: Number.POSITIVE_INFINITY, skip: 390 }).exec()).toHaveLength(10)
  })

  it('lets exactly one of two parallel inserts of an id through', async () => {
    const insert = (size: number) => ours.items.insert({ id: 'x', size, sold: false })
    const results = await Promise.allSettled([insert(1), insert(2)])
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('tells observers of a query after the commit', async () => {
    const seen: number[] = []
    const subscription = ours.items.count().$.subscribe((count) => void seen.push(count))
    await ours.items.bulkInsert([
      { id: 'a', size: 1, sold: false },
      { id: 'b', size: 2, sold: true },
    ])
    await expect.poll(() => seen.at(-1)).toBe(2)
    await ours.items.findOne('a').remove()
    await expect.poll(() => seen.at(-1)).toBe(1)
    subscription.unsubscribe()
  })

  it('keeps everything over closing and opening again, and forgets what was removed', async () => {
    await ours.items.insert({ id: 'a', size: 1, sold: false })
    await ours.close()
    const again = await createRxDatabase({ name: 'ours', storage: getRxStorageSqlite(store), multiInstance: false })
    const { items } = await again.addCollections({ items: { schema } })
    expect(await items.count().exec()).toBe(1)
    await items.remove()
    const { items: fresh } = await again.addCollections({ items: { schema } })
    expect(await fresh.count().exec()).toBe(0)
    await again.close()
  })

  it('pages changes by commit, each document once, whatever the clock says', async () => {
    for (const id of ['a', 'b', 'c']) await ours.items.insert({ id, size: 1, sold: false })
    await ours.items.upsert({ id: 'a', size: 2, sold: true })
    const { originalStorageInstance } = ours.items.storageInstance
    const seen: string[] = []
    let checkpoint: { seq: number } | undefined
    for (;;) {
      const page = await originalStorageInstance.getChangedDocumentsSince!(2, checkpoint)
      if (page.documents.length === 0) break
      seen.push(...page.documents.map(({ id }) => id))
      checkpoint = page.checkpoint as { seq: number }
    }
    expect(seen).toEqual(['b', 'c', 'a'])
  })
})
