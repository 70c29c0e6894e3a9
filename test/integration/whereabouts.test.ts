/** Real processes: how far an order has come, up to MySQL, and a document that is fetched because somebody opens it. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import type { RefreshAnswer, WhereaboutsAnswer } from '../../schemas/protocol/whereabouts.ts'
import { RealChain, testOrder, testProduct, type RealBranch } from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'

let chain: RealChain

beforeEach(async () => {
  chain = await RealChain.start()
})

afterEach(async () => {
  await chain.stop()
})

function ask({ node }: RealBranch, ...ids: string[]): Promise<WhereaboutsAnswer> {
  return node.post('/api/whereabouts', { collection: 'orders', ids })
}

it('tells of an order that it is here, at headquarters, in the mirror; and of another branch nothing', async () => {
  const [b1, b2] = [await chain.addBranch('b1'), await chain.addBranch('b2')]
  await chain.level()
  b1.link.cut()
  await b1.node.post('/api/documents/orders', testOrder('o1', 'b1'))
  await statusWhere<BranchNodeStatus>(b1.node, ({ sync }) => sync.failures! > 0)
  expect(await ask(b1, 'o1')).toEqual({ at: { o1: 'node' }, mirror: 'unknown' })

  // MySQL has no room for the name of a product: the order is parked, and not in the mirror.
  await chain.mysql.query('ALTER TABLE order_line MODIFY name VARCHAR(2)')
  b1.link.restore()
  await chain.level()
  await statusWhere<BranchNodeStatus>(b1.node, ({ sync }) => sync.failures === 0)
  expect(await chain.mysql.query('SELECT id FROM orders')).toEqual([])
  expect(await ask(b1, 'o1')).toEqual({ at: { o1: 'headquarters' }, mirror: 'on' })

  await chain.mysql.query('ALTER TABLE order_line MODIFY name VARCHAR(255)')
  await chain.cloud.post('/api/documents/orders', { id: 'o1', status: 'fulfilled' })
  await chain.level()
  expect(await chain.mysql.query('SELECT id, status FROM orders')).toEqual([{ id: 'o1', status: 'fulfilled' }])
  expect(await ask(b1, 'o1', 'nothing')).toEqual({ at: { o1: 'mirror' }, mirror: 'on' })
  expect(await ask(b2, 'o1')).toEqual(await ask(b2, 'o2'))

  // MySQL has lost its rows and takes the order no more: the mirror writes all anew, and parks it.
  await chain.mysql.query('DELETE FROM order_line')
  await chain.mysql.query(
    "CREATE TRIGGER fault BEFORE INSERT ON order_line FOR EACH ROW SIGNAL SQLSTATE '22001' SET MYSQL_ERRNO = 1406",
  )
  await chain.mysql.query('DELETE FROM outpost_mirror')
  await b1.node.post('/api/documents/orders', { ...testOrder('o2', 'b1'), lines: [], total: 0 })
  await chain.level()
  expect((await ask(b1, 'o2')).at).toEqual({ o2: 'mirror' })
  expect((await ask(b1, 'o1', 'o2')).at).toEqual({ o1: 'headquarters', o2: 'mirror' })
  await chain.mysql.query('DROP TRIGGER fault')
  await chain.cloud.post('/api/documents/orders', { id: 'o1', note: 'once more' })
  await chain.level()
  expect((await ask(b1, 'o1')).at).toEqual({ o1: 'mirror' })

  const questions = () => b1.link.seen.filter(({ path }) => path.endsWith('/whereabouts')).length
  const before = questions()
  b1.link.cut()
  await statusWhere<BranchNodeStatus>(b1.node, ({ sync }) => sync.failures! > 0)
  expect(await ask(b1, 'o1')).toEqual({ at: { o1: 'mirror' }, mirror: 'unknown' })
  expect(questions()).toBe(before)
})

it('fetches a product that somebody opens by day though products wait for the night, and keeps nothing offline', async () => {
  const branch = await chain.addBranch('b1')
  const { id, record } = testProduct('1')
  await chain.cloud.post('/api/import', [record])
  await chain.level()
  const hour = new Date().getHours()
  const [from, to] = [2, 3].map((later) => `${String((hour + later) % 24).padStart(2, '0')}:00`)
  await branch.node.post('/api/sync/settings', { action: 'set', window: { from, to }, windowFor: ['products'] })
  await chain.cloud.post('/api/documents/products', { id, price: 4321 })
  await statusWhere<CloudNodeStatus>(chain.cloud, ({ mirrors: [mirror] }) => mirror?.lag === 0)
  await branch.node.post('/api/sync', {})
  const price = async () => (await branch.node.get<{ price: number }>(`/api/documents/products/${id}`)).price
  expect(await price()).not.toBe(4321)

  const refresh = (of: string) => branch.node.post<RefreshAnswer>('/api/refresh', { collection: 'products', id: of })
  expect(await refresh(id)).toEqual({ asked: true })
  await expect.poll(price).toBe(4321)
  expect(await refresh(id)).toEqual({ asked: false })
  expect(await refresh('there-is-no-such-product')).toEqual({ asked: true })
  const status = await statusWhere<BranchNodeStatus>(branch.node, ({ sync }) => sync.state === 'resting')
  expect(status.exceptions).toBe(0)

  const unknown = await branch.node.ask('/api/refresh', json({ collection: 'tables', id: 't1' }))
  expect([unknown.status, await unknown.json()]).toMatchObject([404, { code: 'COLLECTION_UNKNOWN' }])
  const malformed = await branch.node.ask('/api/refresh', json({ collection: 'products', id: '' }))
  expect([malformed.status, await malformed.json()]).toMatchObject([400, { code: 'BAD_REQUEST', field: 'id' }])

  branch.link.cut()
  await statusWhere<BranchNodeStatus>(branch.node, ({ sync }) => sync.failures! > 0)
  expect(await refresh('another')).toEqual({ asked: false })
})

function json(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
