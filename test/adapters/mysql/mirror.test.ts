import { describe, expect, test } from 'vitest'
import { createMirrorFixture, line, member, order, product } from './mirror-fixture.ts'

describe('mirror', () => {
  test('creates the declared tables and writes what the feed holds', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('branches', { id: 'b1', name: 'Harbour', enabled: true, country: 'DE' })
    feed.put('products', product('tea', { discontinued: false }))
    feed.put('members', member('m1', { balance: { points: 12, value: -300 }, tags: ['vip'], email: 'a@example.org' }))
    feed.put('orders', order('o1', [line('tea', 1.5), line('tea', 2)], { memberId: 'm1', pointsEarned: 9 }))
    feed.put('movements', {
      id: 'v1',
      branchId: 'b1',
      memberId: 'm1',
      kind: 'topup',
      points: 0,
      value: 5000,
      at: '2024-05-01T09:00:00.000Z',
    })
    const mirror = fixture.start()
    await mirror.level()

    expect(await mirror.counts()).toEqual({
      member: 1,
      member_decision: 0,
      member_follow_up: 0,
      registration_home: 0,
      member_xref: 1,
      member_registration: 0,
      orders: 1,
      order_line: 2,
      order_move: 0,
      movement: 1,
      product: 1,
      branch: 1,
    })
    expect(await db.query('SELECT id, name, price, currency, category, discontinued FROM product')).toEqual([
      { id: 'tea', name: 'Product tea', price: 450, currency: 'EUR', category: null, discontinued: 0 },
    ])
    expect(await db.query('SELECT phone, tags, points, stored_value FROM member')).toEqual([
      { phone: '+4915112345678', tags: '["vip"]', points: 12, stored_value: -300 },
    ])
    expect(await db.query('SELECT placed_at, status, member_id, points_earned, note FROM orders')).toEqual([
      { placed_at: '2024-05-01 09:30:00.250', status: 'paid', member_id: 'm1', points_earned: 9, note: null },
    ])
    expect(await db.query('SELECT order_id, line_no, quantity, total FROM order_line ORDER BY line_no')).toEqual([
      { order_id: 'o1', line_no: 0, quantity: '1.500', total: 675 },
      { order_id: 'o1', line_no: 1, quantity: '2.000', total: 900 },
    ])
    expect(mirror.status()).toMatchObject({
      state: 'running',
      position: { epoch: 'epoch-1', seq: 5 },
      lag: 0,
      parked: 0,
      written: 5,
      filling: [],
    })
  })

  test('keys moves of an order by their ids, so that a row stays where it is when others come', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const move = { id: 'm2', at: '2024-05-01T10:00:00.000Z', by: 'Wang', to: 'refunded', round: 1 }
    const earlier = { id: 'm1', at: '2024-05-01T09:30:00.000Z', by: 'Li', approvedBy: 'Zhang', to: 'paid', round: 1 }
    const rows = () =>
      db.query('SELECT order_id, move_id, moved_at, moved_by, status FROM order_move ORDER BY moved_at')
    const row = {
      order_id: 'o1',
      move_id: 'm2',
      moved_at: '2024-05-01 10:00:00.000',
      moved_by: 'Wang',
      status: 'refunded',
    }
    const mirror = fixture.start()
    feed.put('orders', order('o1', [], { moves: [move] }))
    await mirror.level()
    expect(await rows()).toEqual([row])
    feed.put('orders', order('o1', [], { moves: [earlier, move] }))
    await mirror.level()
    expect(await rows()).toEqual([
      { ...row, move_id: 'm1', moved_at: '2024-05-01 09:30:00.000', moved_by: 'Li', status: 'paid' },
      row,
    ])
  })

  test('follows each commit: changed lines replace the old ones, fewer lines leave none behind', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    feed.put('orders', order('o1', [line('tea'), line('rice'), line('salt')]), order('o2', [line('tea')]))
    await mirror.level()
    feed.put('orders', order('o1', [line('salt', 3)], { status: 'closed' }))
    await mirror.level()
    feed.put('orders', order('o2', []))
    await mirror.level()

    expect(await db.query('SELECT id, status FROM orders ORDER BY id')).toEqual([
      { id: 'o1', status: 'closed' },
      { id: 'o2', status: 'paid' },
    ])
    expect(await db.query('SELECT order_id, line_no, product_id, quantity FROM order_line')).toEqual([
      { order_id: 'o1', line_no: 0, product_id: 'salt', quantity: '3.000' },
    ])
  })

  test('removes every row of a deleted document, and brings them back when it is written again', async () => {
    await using fixture = await createMirrorFixture()
    const { feed } = fixture
    const mirror = fixture.start()
    feed.put('orders', order('o1', [line('tea'), line('rice')]), order('o2', [line('tea')]))
    feed.put('members', member('m1'))
    await mirror.level()
    feed.remove('orders', 'o1')
    feed.remove('members', 'm1')
    await mirror.level()
    expect(await mirror.counts()).toMatchObject({ orders: 1, order_line: 1, member: 0, member_xref: 0 })

    feed.put('orders', order('o1', [line('tea')]))
    await mirror.level()
    expect(await mirror.counts()).toMatchObject({ orders: 2, order_line: 2 })
  })

  test('shows the member of an order through member_xref', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('members', member('m1', { name: 'Ada' }))
    feed.put('orders', order('o1', [], { memberId: 'm1' }), order('o2', [], { memberId: 'gone' }), order('o3', []))
    const mirror = fixture.start()
    await mirror.level()
    expect(
      await db.query('SELECT id, member_id, current_member_id, current_member_name FROM order_with_member ORDER BY id'),
    ).toEqual([
      { id: 'o1', member_id: 'm1', current_member_id: 'm1', current_member_name: 'Ada' },
      { id: 'o2', member_id: 'gone', current_member_id: null, current_member_name: null },
      { id: 'o3', member_id: null, current_member_id: null, current_member_name: null },
    ])
  })

  test('keeps every script and emoji, and tells ids apart that differ in case, accent or width', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const ids = ['a', 'A', 'ä', 'a\u0308', 'ａ', '茶', '🍵', '🍶', "'; DROP TABLE product; --", 'back\\slash']
    for (const id of ids) feed.put('products', product(id, { name: `乌龙茶 🍵 ${id}` }))
    const mirror = fixture.start()
    await mirror.level()
    const rows = await db.query<{ id: string; name: string }>('SELECT id, name FROM product')
    expect(rows.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
    expect(rows.every(({ id, name }) => name === `乌龙茶 🍵 ${id}`)).toBe(true)
  })

  test('goes through a feed of many pages, whatever the number of rows', async () => {
    await using fixture = await createMirrorFixture()
    const { feed } = fixture
    const lines = [line('tea'), line('rice')]
    for (let i = 0; i < 2777; i++) feed.put('orders', order(`o${i}`, lines))
    const mirror = fixture.start()
    await mirror.level()
    expect(await mirror.counts()).toMatchObject({ orders: 2777, order_line: 5554 })
  })

  test('goes on from its position after a restart of the store', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('products', product('tea'))
    const first = fixture.start()
    await first.level()
    await first.stop()
    await db.query("UPDATE product SET name = 'by hand'")

    const reopened = feed.reopened('epoch-2')
    reopened.put('products', product('rice'))
    const second = fixture.start({ feed: reopened })
    await second.level()
    // What had been written is not written again.
    expect(await db.query('SELECT id, name FROM product ORDER BY id')).toEqual([
      { id: 'rice', name: 'Product rice' },
      { id: 'tea', name: 'by hand' },
    ])
    expect(second.status()).toMatchObject({ written: 1, position: { epoch: 'epoch-2', seq: 2 } })
  })

  test('says that it has ended to those who wait for it', async () => {
    await using fixture = await createMirrorFixture()
    const mirror = fixture.start({ url: 'mysql://nobody@127.0.0.1:1/none' })
    fixture.feed.put('products', product('tea'))
    const waiting = Promise.allSettled([mirror.level(), mirror.retryParked()])
    const given = Promise.allSettled([mirror.level(AbortSignal.abort(new Error('enough')))])
    await mirror.stop()
    const [level, retry] = await waiting
    expect(level).toMatchObject({ reason: { code: 'MIRROR_UNAVAILABLE' } })
    expect(retry).toMatchObject({ reason: { code: 'MIRROR_UNAVAILABLE' } })
    expect(await given).toMatchObject([{ reason: { message: 'enough' } }])
    await expect(mirror.level()).rejects.toMatchObject({ code: 'MIRROR_UNAVAILABLE' })
    expect(mirror.status().state).toBe('stopped')
  })
})
