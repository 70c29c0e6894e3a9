import 'fake-indexeddb/auto'
import type { RxCollection } from 'rxdb'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCollections, type ChainDatabase } from '../../../../adapters/rxdb/open-collections.ts'
import { WriterClock } from '../../../../adapters/rxdb/writer-clock.ts'
import type { MoveFacts } from '../../../../local-node/web/orders/order-moves.ts'
import { insertOnce, moveOnce } from '../../../../local-node/web/orders/order-save.ts'
import type { WriterId } from '../../../../schemas/brand.ts'
import { orders, type OrderDocument, type OrderMove } from '../../../../schemas/collections/orders.ts'
import type { Doc } from '../../../../schemas/json.ts'
import { merge } from '../../../../schemas/merge.ts'

const TAKEN: OrderMove = { id: 'm0', at: '2026-03-01T09:00:00.000Z', by: 'Li', to: 'paid', round: 1 }
const ORDER: OrderDocument = {
  id: 'o1',
  branchId: 'b1',
  number: '1',
  placedAt: '2026-03-01T09:00:00.000Z',
  status: 'paid',
  round: 1,
  lines: [],
  total: 100,
  currency: 'CNY',
  note: 'No sugar',
  moves: [TAKEN],
}
const REFUND = { to: 'refunded', round: 1 } as const
const COLD: MoveFacts = {
  id: 'm1',
  at: '2026-03-01T10:00:00.000Z',
  by: 'Wang',
  approvedBy: 'Zhang',
  reason: 'Cold tea',
}
const SPILT: MoveFacts = { id: 'm2', at: '2026-03-01T10:05:00.000Z', by: 'Zhang', reason: 'Spilt' }

let databases: ChainDatabase[]

beforeEach(() => {
  databases = []
})

afterEach(async () => {
  for (const database of databases) await database.close()
})

type Orders = RxCollection<OrderDocument>

async function device(writer: string): Promise<Orders> {
  const clock = new WriterClock({ writer: writer as WriterId })
  const database = await openCollections({
    name: crypto.randomUUID(),
    storage: getRxStorageDexie(),
    // Dexie indexes only what every document has.
    declarations: [{ ...orders, schema: { ...orders.schema, indexes: ['placedAt'] } }],
    stamp: (exceeds) => clock.stamp(exceeds),
    multiInstance: true,
  })
  databases.push(database)
  return database['orders'] as Orders
}

/** Two devices that hold the same order. */
async function twoDevices(): Promise<[Orders, Orders]> {
  const [one, other] = [await device('wwwwwww1'), await device('wwwwwww2')]
  await insertOnce(one, structuredClone(ORDER))
  const stored = await one.storageInstance.findDocumentsById(['o1'], false)
  await other.storageInstance.bulkWrite(
    stored.map((document) => ({ document: structuredClone(document) })),
    'replication',
  )
  return [one, other]
}

/** What both come to, whichever hears of the other first. */
async function merged(...devices: Orders[]): Promise<Doc> {
  const [one, other] = await Promise.all(devices.map(async (at) => (await at.findOne('o1').exec(true)).toJSON() as Doc))
  const both = merge(orders.merge, one!, other!)
  expect(merge(orders.merge, other!, one!)).toEqual(both)
  return both
}

function movesById(order: Doc): OrderMove[] {
  return (order['moves'] as OrderMove[]).toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

describe('moving an order on two devices that do not know of each other', () => {
  it('keeps who did it, who agreed and why of each, and the note', async () => {
    const [one, other] = await twoDevices()
    await moveOnce(one, 'o1', REFUND, COLD)
    await moveOnce(other, 'o1', REFUND, SPILT)
    const both = await merged(one, other)
    expect(both).toMatchObject({ status: 'refunded', note: 'No sugar' })
    expect(movesById(both)).toEqual([TAKEN, { ...COLD, ...REFUND }, { ...SPILT, ...REFUND }])
  })

  it('keeps both where they contradict each other', async () => {
    const [one, other] = await twoDevices()
    await moveOnce(one, 'o1', REFUND, COLD)
    const closing = { id: 'm3', at: SPILT.at, by: 'Li' }
    await moveOnce(other, 'o1', { to: 'closed', round: 1 }, closing)
    const both = await merged(one, other)
    expect(both).toMatchObject({ status: 'conflicted', round: 1 })
    expect(movesById(both)).toEqual([TAKEN, { ...COLD, ...REFUND }, { ...closing, to: 'closed', round: 1 }])
  })
})

describe('moving an order on one device', () => {
  it('is done once, however often it is asked for', async () => {
    const [one] = await twoDevices()
    const moves = await Promise.all([COLD, COLD, SPILT].map((facts) => moveOnce(one, 'o1', REFUND, facts)))
    expect(moves.map((order) => order?.status)).toEqual(['refunded', 'refunded', 'refunded'])
    const { moves: noted } = (await one.findOne('o1').exec(true)).toJSON()
    expect(noted).toHaveLength(2)
  })

  it('is not done where the status no longer allows it, and leaves nothing behind', async () => {
    const [one] = await twoDevices()
    await moveOnce(one, 'o1', { to: 'closed', round: 1 }, { ...SPILT, id: 'm3' })
    expect(await moveOnce(one, 'o1', REFUND, COLD)).toBeUndefined()
    expect((await one.findOne('o1').exec(true)).toJSON()).toMatchObject({ status: 'closed', moves: { length: 2 } })
  })
})
