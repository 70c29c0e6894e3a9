/** Which states of documents the mirror says that it has. */
import { expect, test } from 'vitest'
import { MysqlSession } from '../../../adapters/mysql/mysql-session.ts'
import { parseMysqlUrl } from '../../../adapters/mysql/mysql-target.ts'
import { PARKED_TABLE, STATE_TABLE } from '../../../adapters/mysql/own-tables.ts'
import { createMirrorFixture, line, member, order, product, statusBecomes } from './mirror-fixture.ts'

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
  expect((await mirror.holding('products', states))?.ids).toEqual(new Set(['p1', 'p2']))
  expect((await mirror.holding('products', [{ id: 'p1', seq: 3 }, states[1]!]))?.ids).toEqual(new Set(['p2']))
  feed.put('products', product('p1', { price: 500 }))
  await mirror.level()
  expect((await mirror.holding('products', [{ id: 'p1', seq: 3 }]))?.ids).toEqual(new Set(['p1']))
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
  expect((await mirror.holding('orders', states))?.ids).toEqual(new Set(['o1']))
  // Many at once are told apart too.
  const all = await Promise.all(Array.from({ length: 20 }, () => mirror.holding('orders', states)))
  expect(all.map((held) => [...held!.ids])).toEqual(Array.from({ length: 20 }, () => ['o1']))
  await db.query('ALTER TABLE order_line MODIFY name VARCHAR(255)')
  await mirror.retryParked()
  expect((await mirror.holding('orders', states))?.ids).toEqual(new Set(['o1', 'o2']))
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

test('a rebuild is a new term, in which a document counts only once its collection was written anew', async () => {
  await using fixture = await createMirrorFixture()
  const { feed, db } = fixture
  const idAt = (seq: number) => `p${String(seq).padStart(4, '0')}`
  // Two pages, and the first document of the next one.
  feed.put('products', ...Array.from({ length: 2001 }, (_, i) => product(idAt(i + 1))))
  const states = [1, 2001].map((seq) => ({ id: idAt(seq), seq }))
  const mirror = fixture.start()
  await mirror.level()
  const before = await mirror.holding('products', states)
  expect(before!.ids).toEqual(new Set([idAt(1), idAt(2001)]))
  expect((await mirror.holding('products', states))!.term).toBe(before!.term)

  const session = await MysqlSession.open(parseMysqlUrl(db.url))
  await session.transaction(async () => {
    await session.rows("SELECT id FROM product WHERE id = 'p2001' FOR UPDATE", [])
    await db.query(`DELETE FROM ${STATE_TABLE.name}`)
    feed.put('members', member('m1'))
    await statusBecomes(mirror, ({ filling }) => filling.some(({ written }) => written > 0))
    const meanwhile = await mirror.holding('products', states)
    expect(meanwhile!.ids).toEqual(new Set())
    expect(meanwhile!.term).not.toBe(before!.term)
  })
  session.destroy()
  await mirror.level()
  expect((await mirror.holding('products', states))!.ids).toEqual(new Set([idAt(1), idAt(2001)]))
})

test('a MySQL that was emptied while headquarters was down is a new term, though its number is the same', async () => {
  await using fixture = await createMirrorFixture()
  const { feed, db } = fixture
  feed.put('products', product('p1'))
  const states = [{ id: 'p1', seq: 1 }]
  const first = fixture.start()
  await first.level()
  const before = await first.holding('products', states)
  await first.stop()
  for (const table of [STATE_TABLE.name, 'product']) await db.query(`DELETE FROM ${table}`)
  const second = fixture.start()
  await second.level()
  const after = await second.holding('products', states)
  expect([before, after].map((held) => held!.term.split('-')[0])).toEqual(['1', '1'])
  expect(after!.term).not.toBe(before!.term)
})
