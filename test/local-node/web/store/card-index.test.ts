import 'fake-indexeddb/auto'
import { addRxPlugin, createRxDatabase, type RxCollection, type RxDatabase } from 'rxdb'
import { RxDBLeaderElectionPlugin } from 'rxdb/plugins/leader-election'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openCardIndex, type CardIndex } from '../../../../local-node/web/store/card-index.ts'
import { openCardMemory } from '../../../../local-node/web/store/card-memory.ts'
import { compareText } from '../../../../schemas/compare-text.ts'

addRxPlugin(RxDBLeaderElectionPlugin)

interface Item {
  id: string
  name: string
}
interface ItemCard {
  readonly id: string
  readonly upper: string
}

const SCHEMA = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: { id: { type: 'string', maxLength: 40 }, name: { type: 'string' } },
  required: ['id', 'name'],
} as const

let name: string
let visits: RxDatabase[]
let writtenBeforeMs: number
/** Each conversion of a document into a card since the visit began. */
let converted: string[]

beforeEach(() => {
  name = `cards-${crypto.randomUUID()}`
  visits = []
  writtenBeforeMs = 0
})

afterEach(async () => {
  for (const visit of visits) await visit.close()
})

async function visit(
  format = 1,
): Promise<{ items: RxCollection<Item>; index: CardIndex<ItemCard>; saved: () => Promise<void> }> {
  const database = await createRxDatabase({ name, storage: storageOf(() => writtenBeforeMs), multiInstance: false })
  visits.push(database)
  const { items } = await database.addCollections({ items: { schema: SCHEMA } })
  converted = []
  const memory = openCardMemory<ItemCard>({ branchId: name, collection: 'items', token: database.storageToken, format })
  let writes = 0
  let told = () => undefined as void
  const index = openCardIndex({
    collection: items as RxCollection<Item>,
    toCard: ({ id, name: text }: Item) => (converted.push(id), { id, upper: text.toUpperCase() }),
    memory: {
      read: memory.read,
      write: async (...args) => {
        await memory.write(...args)
        writes += 1
        told()
      },
    },
  })
  await vi.waitUntil(() => index.loaded.value)
  const saved = () => (writes > 0 ? Promise.resolve() : new Promise<void>((resolve) => (told = resolve)))
  return { items: items as RxCollection<Item>, index, saved }
}

async function leave(): Promise<void> {
  await visits.pop()!.close()
}

/** RxDB's clock does not go back with the machine's. */
function storageOf(writtenBeforeMs: () => number): ReturnType<typeof getRxStorageDexie> {
  const storage = getRxStorageDexie()
  return {
    ...storage,
    async createStorageInstance(params) {
      const instance = await storage.createStorageInstance(params)
      const write = instance.bulkWrite.bind(instance)
      instance.bulkWrite = (rows, context) => {
        for (const { document } of rows) document._meta.lwt -= writtenBeforeMs()
        return write(rows, context)
      }
      return instance
    },
  }
}

const shown = ({ byId }: CardIndex<ItemCard>) => [...byId.values()].map(({ upper }) => upper).toSorted()

describe('the cards of a collection', () => {
  it('follow what is written, changed and deleted', async () => {
    const { items, index } = await visit()
    await items.bulkInsert([
      { id: 'a', name: 'ann' },
      { id: 'b', name: 'bob' },
    ])
    await (await items.findOne('a').exec(true)).incrementalPatch({ name: 'anna' })
    await (await items.findOne('b').exec(true)).remove()
    await vi.waitUntil(() => shown(index).join() === 'ANNA')
  })

  it('are there at the next visit, and only what was written last is read again', async () => {
    const first = await visit()
    writtenBeforeMs = 86_400_000
    await first.items.bulkInsert(Array.from({ length: 50 }, (_, i) => ({ id: `i${i}`, name: `n${i}` })))
    writtenBeforeMs = 0
    await first.items.insert({ id: 'last', name: 'last' })
    await first.saved()
    await leave()
    const { index } = await visit()
    expect(index.byId.size).toBe(51)
    expect(converted).toEqual(['last'])
  })

  it('take in at the next visit what was written and deleted after they were saved', async () => {
    const first = await visit()
    await first.items.bulkInsert([
      { id: 'a', name: 'ann' },
      { id: 'b', name: 'bob' },
    ])
    await first.saved()
    await first.items.insert({ id: 'c', name: 'cid' })
    await (await first.items.findOne('a').exec(true)).remove()
    await leave()
    const { index } = await visit()
    expect(shown(index)).toEqual(['BOB', 'CID'])
  })

  it('of another form count for nothing, and not again later, however short the other form was there', async () => {
    const first = await visit(1)
    writtenBeforeMs = 86_400_000
    await first.items.insert({ id: 'a', name: 'ann' })
    writtenBeforeMs = 0
    await first.items.insert({ id: 'b', name: 'bob' })
    await first.saved()
    await leave()
    const other = await visit(2)
    expect(shown(other.index)).toEqual(['ANN', 'BOB'])
    expect(converted.toSorted(compareText)).toEqual(['a', 'b'])
    await leave()
    const again = await visit(1)
    expect(shown(again.index)).toEqual(['ANN', 'BOB'])
  })
})
