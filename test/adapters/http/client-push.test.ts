import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Doc } from '../../../schemas/json.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import { pushedOrder as order, serveAtBranch, type ServedCollections } from './serve-collections.ts'

let node: ServedCollections

beforeEach(async () => {
  node = await serveAtBranch()
})

afterEach(async () => {
  vi.restoreAllMocks()
  await node.close()
})

const stored = (id: string) => node.replica.store.table('orders').get(id)
const pushOrders = (...orders: Doc[]) => node.push(orders.map((newDocumentState) => ({ newDocumentState })))

/** The transaction that writes such a document fails as a whole. */
function failFor(id: string, error: Error): void {
  node.replica.store.derive((_write, changes) => {
    if (changes.some(({ doc }) => doc['id'] === id)) throw error
  })
}

describe('a client that pushes', () => {
  it('gets stored states without what only the storage knows', async () => {
    const { body } = await pushOrders(order('o1'))
    const [answer] = body as Doc[]
    expect(Object.keys(answer!).filter((field) => ['_rev', '_meta', '_attachments'].includes(field))).toEqual([])
    const { body: nothing } = await node.push([{ newDocumentState: answer, assumedMasterState: order('o1') }])
    expect(nothing).toEqual([])
  })

  it('has a correction of a refused insert taken whole, not only what it changed of it', async () => {
    const { body } = await pushOrders(order('o1', { total: 1.5 }))
    const [stub] = body as Doc[]
    expect(stub).toMatchObject({ id: 'o1', _deleted: true })
    await node.push([{ newDocumentState: order('o1'), assumedMasterState: stub }])
    expect(stored('o1')).toMatchObject({ number: 'o1', total: 100, currency: 'CNY' })
    expect(node.exceptions.list()).toEqual([])
  })

  it('deletes by what it changed, and brings back by writing again', async () => {
    const { body } = await pushOrders(order('o1'))
    const [given] = body as Doc[]
    const gone = { ...given, _deleted: true }
    const deleted = await node.push([{ newDocumentState: gone, assumedMasterState: given }])
    expect(stored('o1')).toMatchObject({ _deleted: true })
    const [tombstone] = deleted.body as Doc[]
    await node.push([{ newDocumentState: order('o1', { note: 'again' }), assumedMasterState: tombstone }])
    expect(stored('o1')).toMatchObject({ _deleted: false, note: 'again' })
  })
})

describe('a row without an id', () => {
  it.each([[{}], [{ id: 1 }], [{ id: '' }], [{ id: { toString: 1 } }]])(
    'is refused for that, alone or beside others: %j',
    async (nameless) => {
      expect((await pushOrders(nameless)).status).toBe(200)
      expect(node.exceptions.list()).toMatchObject([{ code: 'DOCUMENT_INVALID', field: 'id' }])
      expect((await pushOrders(order('o1'), nameless)).status).toBe(200)
      expect(stored('o1')).toMatchObject({ id: 'o1' })
    },
  )
})

describe('a row at which the transaction fails', () => {
  it('is parked alone, and the rows around it are taken', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    failFor('poison', new Error('unforeseen'))
    const { status, body } = await pushOrders(order('o1'), order('poison'), order('o2'))
    expect(status).toBe(200)
    expect((body as Doc[]).map(({ id, _deleted }) => [id, _deleted])).toEqual([
      ['o1', false],
      ['poison', true],
      ['o2', false],
    ])
    expect([stored('o1'), stored('o2')]).toMatchObject([{ id: 'o1' }, { id: 'o2' }])
    expect(node.exceptions.list()).toMatchObject([{ id: 'poison', code: 'INTERNAL' }])
    expect(warned).toHaveBeenCalledOnce()
  })

  it('is parked at the second time where nothing is beside it, since the first may be chance', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    failFor('poison', new Error('unforeseen'))
    const first = await pushOrders(order('poison'))
    expect(first).toMatchObject({ status: 500, body: { code: 'INTERNAL', error: true } })
    expect(node.exceptions.list()).toEqual([])
    expect(await pushOrders(order('poison'))).toMatchObject({ status: 200, body: [{ id: 'poison', _deleted: true }] })
    expect(node.exceptions.list()).toMatchObject([{ id: 'poison', code: 'INTERNAL' }])
  })

  it('is parked at once where the failure is its own', async () => {
    failFor('poison', new OutpostError('BALANCE_RANGE', 'too much', { field: 'pointsEarned' }))
    expect((await pushOrders(order('poison'))).status).toBe(200)
    expect(node.exceptions.list()).toMatchObject([{ id: 'poison', code: 'BALANCE_RANGE', field: 'pointsEarned' }])
  })

  it('is not to blame for a full disk', async () => {
    failFor('o2', new OutpostError('DISK_FULL', 'the disk is full'))
    expect(await pushOrders(order('o1'), order('o2'))).toMatchObject({ status: 507, body: { code: 'DISK_FULL' } })
    expect(node.exceptions.list()).toEqual([])
  })
})
