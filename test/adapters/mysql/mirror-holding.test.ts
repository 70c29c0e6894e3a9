/** Which states of documents the mirror says that it has. */
import { expect, test } from 'vitest'
import { PARKED_TABLE } from '../../../adapters/mysql/own-tables.ts'
import { createMirrorFixture, line, order, product, statusBecomes } from './mirror-fixture.ts'

test('a state counts once it was passed, and a newer one of the same document not before', async () => {
  await using fixture = await createMirrorFixture()
  const { feed } = fixture
  feed.put('products', product('p1'), product('p2'))
  const mirror = fixture.start()
  await mirror.level()
  const states = [
    { id: 'p1', seq: 1 },
    { id: 'p2', seq: 2 },
  ]
  expect(await mirror.holding('products', states)).toEqual(new Set(['p1', 'p2']))
  expect(await mirror.holding('products', [{ id: 'p1', seq: 3 }, states[1]!])).toEqual(new Set(['p2']))
  feed.put('products', product('p1', { price: 500 }))
  await mirror.level()
  expect(await mirror.holding('products', [{ id: 'p1', seq: 3 }])).toEqual(new Set(['p1']))
  expect([mirror.mirrors('products'), mirror.mirrors('requests')]).toEqual([true, false])
})

test('a document that MySQL refuses is not said to be there, also one with an odd id, until it was written', async () => {
  await using fixture = await createMirrorFixture()
  const { feed, db } = fixture
  const mirror = fixture.start()
  await mirror.level()
  await db.query('ALTER TABLE order_line MODIFY name VARCHAR(4)')
  feed.put('orders', order('o1', [line('tea')]), order('o2', [line('coffee')]), order('odd ', [line('tea')]))
  await mirror.level()
  expect(mirror.status().parked).toBe(2)
  const states = ['o1', 'o2', 'odd '].map((id, i) => ({ id, seq: i + 1 }))
  expect(await mirror.holding('orders', states)).toEqual(new Set(['o1']))
  // Many at once are told apart too.
  const all = await Promise.all(Array.from({ length: 20 }, () => mirror.holding('orders', states)))
  expect(all.map((held) => [...held!])).toEqual(Array.from({ length: 20 }, () => ['o1']))
  await db.query('ALTER TABLE order_line MODIFY name VARCHAR(255)')
  await mirror.retryParked()
  expect(await mirror.holding('orders', states)).toEqual(new Set(['o1', 'o2']))
})

test('nobody is told anything while the mirror does not run, and nobody waits for it', async () => {
  await using fixture = await createMirrorFixture()
  const { feed, db } = fixture
  feed.put('products', product('p1'), product('p2 '))
  const mirror = fixture.start()
  const states = [{ id: 'p1', seq: 1 }]
  expect(await mirror.holding('products', states)).toBeUndefined()
  await mirror.level()
  // What is parked is asked of MySQL, which does not answer any more.
  await db.query(`DROP TABLE ${PARKED_TABLE.name}`)
  const waiting = statusBecomes(mirror, ({ state }) => state === 'waiting')
  expect(await mirror.holding('products', states)).toBeUndefined()
  await waiting
  await mirror.stop()
  expect(await mirror.holding('products', states)).toBeUndefined()
})
