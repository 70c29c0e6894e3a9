import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readEvents } from '../../../adapters/http/read-events.ts'
import type { WriterId } from '../../../schemas/brand.ts'
import { orders } from '../../../schemas/collections/orders.ts'
import { formatStamp, MAX_AHEAD_MS } from '../../../schemas/hlc.ts'
import type { Doc } from '../../../schemas/json.ts'
import { CLIENT_OF, pushedOrder as order, serveAtHeadquarters, type PullPage } from './serve-collections.ts'

let headquarters: Awaited<ReturnType<typeof serveAtHeadquarters>>

beforeEach(async () => {
  headquarters = await serveAtHeadquarters()
})

afterEach(() => headquarters.close())

const b1 = { [CLIENT_OF]: 'b1' }
const b2 = { [CLIENT_OF]: 'b2' }
const member = (id: string, scope: string, more: object = {}): Doc => ({
  id,
  scope,
  generation: 0,
  name: id,
  tags: [],
  registrations: [],
  aliases: [],
  followUps: [],
  _deleted: false,
  ...more,
})
const push = async (collection: string, headers: Record<string, string>, ...docs: Doc[]): Promise<Doc[]> => {
  const rows = docs.map((newDocumentState) => ({ newDocumentState }))
  const { body } = await headquarters.push(rows, collection, headers)
  return body as Doc[]
}
const stored = (collection: string, id: string) => headquarters.replica.store.table(collection).get(id)

describe('a client of headquarters', () => {
  it('is refused without a branch, with an unknown one, and with one that is disabled', async () => {
    expect(await headquarters.push([])).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED', error: true } })
    expect(await headquarters.pull('', 'orders', { [CLIENT_OF]: 'b9' })).toMatchObject({ code: 'BRANCH_UNKNOWN' })
    headquarters.disabled.add('b1')
    expect(await headquarters.pull('', 'orders', b1)).toMatchObject({ code: 'BRANCH_DISABLED', error: true })
  })

  it('pulls what is shared and its branch’s in commit order, in full pages whatever of others lies between', async () => {
    await push('members', b1, member('r-1', 'b1'))
    await push('members', b2, ...Array.from({ length: 30 }, (_, i) => member(`r-x${i}`, 'b2')))
    await push('members', b2, member('r-2', 'shared'))
    await push('members', b1, member('r-3', 'b1'))
    const first = await headquarters.pull('limit=2', 'members', b1)
    expect(first.documents.map(({ id }) => id)).toEqual(['r-1', 'r-2'])
    const { id, lwt } = first.checkpoint
    const second = await headquarters.pull(`limit=2&id=${id}&lwt=${lwt}`, 'members', b1)
    expect(second.documents.map((doc) => doc['id'])).toEqual(['r-3'])
    expect(second.checkpoint).toEqual({ id, lwt: headquarters.replica.store.head().seq })
  })

  it('hears over its stream of its own and shared documents only, and no more once its branch is disabled', async () => {
    const response = await fetch(`${headquarters.url}/members/1/pullStream`, { headers: b1 })
    const events = readEvents<PullPage>(response)
    await push('members', b2, member('r-theirs', 'b2'))
    await push('members', b2, member('r-shared', 'shared'), member('r-theirs2', 'b2'))
    const { value: page } = (await events.next()) as { value: PullPage }
    expect(page.documents).toEqual([await pulled('r-shared')])
    expect(page.checkpoint).toEqual((await headquarters.pull('', 'members', b1)).checkpoint)
    headquarters.disabled.add('b1')
    await push('members', b2, member('r-late', 'shared'))
    expect(await events.next()).toMatchObject({ done: true })
  })

  it('hears nothing more over its stream once it has lost its token', async () => {
    const response = await fetch(`${headquarters.url}/members/1/pullStream`, { headers: b1 })
    const events = readEvents<PullPage>(response)
    await push('members', b2, member('r-1', 'shared'))
    expect(await events.next()).toMatchObject({ done: false })
    headquarters.revoked.add('b1')
    await push('members', b2, member('r-2', 'shared'))
    expect(await events.next()).toMatchObject({ done: true })
  })

  const pulled = async (id: string) =>
    (await headquarters.pull('', 'members', b1)).documents.find((doc) => doc['id'] === id)

  it('writes for its branch’s own node too, which has not sent it', async () => {
    await push('orders', b1, order('o1'))
    const { rows } = headquarters.replica.store.table('orders').rowsOfScope('b1', 0, 'b1', 10)
    expect(rows.map(({ id }) => id)).toEqual(['o1'])
  })

  it('learns nothing of another branch’s document by its id, nor does its exception tell of it', async () => {
    await push('orders', b2, order('o1', { branchId: 'b2', number: 'secret', status: 'closed' }))
    const guess = order('o1')
    expect(await push('orders', b1, guess)).toEqual([{ ...guess, _deleted: true }])
    const assumed = { ...guess, status: 'closed' }
    const row = { newDocumentState: guess, assumedMasterState: assumed }
    expect((await headquarters.push([row], 'orders', b1)).body).toEqual([{ ...guess, _deleted: true }])
    expect(headquarters.exceptions.list()).toMatchObject([{ branchId: 'b1', code: 'SCOPE' }])
    expect(stored('orders', 'o1')).toMatchObject({ branchId: 'b2', number: 'secret' })
  })

  it('does not bring back what was deleted and purged with a copy from before', async () => {
    await push('orders', b1, order('o1'))
    const older = (await headquarters.pull('id=&lwt=0&limit=10', 'orders', b1)).documents[0]!
    await headquarters.push(
      [{ newDocumentState: { ...older, _deleted: true }, assumedMasterState: older }],
      'orders',
      b1,
    )
    expect(headquarters.deleted.purge(orders, headquarters.replica.store.head().seq, 10)).toBe(1)
    expect(await push('orders', b1, older)).toMatchObject([{ id: 'o1', _deleted: true }])
    const { documents } = await headquarters.pull('id=&lwt=0&limit=10', 'orders', b2)
    expect(documents.filter(({ _deleted }) => _deleted !== true)).toEqual([])
  })

  it('is refused a stamp that is more than 30 days ahead of headquarters', async () => {
    const stamp = formatStamp(Date.now() + MAX_AHEAD_MS + 3_600_000, 0, 'ahead001' as WriterId)
    const ahead = order('o1', { clock: { r: { number: stamp }, h: { '1:paid': stamp } } })
    expect(await push('orders', b1, ahead)).toMatchObject([{ id: 'o1', _deleted: true }])
    expect(headquarters.exceptions.list()).toMatchObject([{ id: 'o1', code: 'CLOCK_AHEAD' }])
  })

  it('is told to hold a deletion where its member is held for a person', async () => {
    const registrations = [{ id: 'reg-1', branchId: 'b1', at: '2026-01-01T00:00:00.000Z' }]
    await push('members', b1, member('r-1', 'shared', { registrations }))
    const [answer] = await push('members', b1, member('r-2', 'shared', { registrations }))
    expect(answer).toMatchObject({ id: 'r-2', _deleted: true })
    expect(answer).not.toHaveProperty('name', 'r-2')
    expect(headquarters.exceptions.list()).toEqual([])
    const requests = await headquarters.pull('', 'requests', b1)
    expect(requests.documents).toMatchObject([{ state: 'held', why: 'registered-twice', branchId: 'b1' }])
  })

  it('cannot set what only headquarters writes in a document, stamped or not', async () => {
    const balance = { points: 1_000_000, value: 0 }
    const [given] = await push('members', b1, member('r-1', 'shared', { balance }))
    expect(given).not.toHaveProperty('balance')
    const row = { newDocumentState: { ...given, balance, name: 'Li' }, assumedMasterState: given }
    await headquarters.push([row], 'members', b1)
    const stamp = formatStamp(Date.now(), 0, 'client01' as WriterId)
    await push('members', b1, member('r-2', 'shared', { balance, clock: { r: { name: stamp } } }))
    expect(stored('members', 'r-1')).toMatchObject({ name: 'Li' })
    for (const id of ['r-1', 'r-2']) expect(stored('members', id)).not.toHaveProperty('balance')
  })
})
