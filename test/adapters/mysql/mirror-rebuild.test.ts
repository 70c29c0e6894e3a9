import { describe, expect, test } from 'vitest'
import { mirroredCollections } from '../../../adapters/mysql/mirrored-collection.ts'
import { parseMysqlUrl } from '../../../adapters/mysql/mysql-target.ts'
import { initTarget } from '../../../adapters/mysql/plan-target.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { HangingProxy } from './hanging-proxy.ts'
import { createMirrorFixture, line, member, order, product, statusBecomes } from './mirror-fixture.ts'

describe('mirror of a store that was restored', () => {
  test('writes everything anew and deletes the rows without a document', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('products', product('tea'))
    feed.put('orders', order('o1', [line('tea')]))
    const restored = feed.reopened('epoch-2')
    // The lost future.
    feed.put('products', product('tea', { name: 'renamed in the lost future' }), product('lost'))
    feed.put('orders', order('o1', [line('tea'), line('lost')]), order('o2', [line('lost')]))
    const before = fixture.start()
    await before.level()
    expect(await before.counts()).toMatchObject({ product: 2, orders: 2, order_line: 3 })
    await before.stop()

    restored.put('members', member('m1'))
    const after = fixture.start({ feed: restored })
    await after.level()
    expect(await after.counts()).toMatchObject({ product: 1, orders: 1, order_line: 1, member: 1 })
    expect(await db.query('SELECT name FROM product')).toEqual([{ name: 'Product tea' }])
    expect(after.status()).toMatchObject({ filling: [], position: { epoch: 'epoch-2', seq: 3 } })
  })

  test('notices the restore also when the restored store has moved on beyond the old position', async () => {
    await using fixture = await createMirrorFixture()
    const { feed } = fixture
    feed.put('products', product('tea'))
    const restored = feed.reopened('epoch-2')
    feed.put('products', product('lost'))
    const before = fixture.start()
    await before.level()
    await before.stop()

    for (const id of ['a', 'b', 'c']) restored.put('products', product(id))
    const after = fixture.start({ feed: restored.reopened('epoch-3') })
    await after.level()
    expect(await after.counts()).toMatchObject({ product: 4 })
    expect(await fixture.db.query("SELECT id FROM product WHERE id = 'lost'")).toEqual([])
  })

  test('does not rebuild for a store that was only started again, even before its first write', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('products', product('tea'))
    const before = fixture.start()
    await before.level()
    await before.stop()
    await db.query("INSERT INTO product (id, ver) VALUES ('by-hand', 1)")
    const after = fixture.start({ feed: feed.reopened('epoch-2').reopened('epoch-3') })
    await after.level()
    expect(await after.counts()).toMatchObject({ product: 2 })
  })

  test('deletes nothing while it is interrupted, and finishes later', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('products', product('tea'))
    const restored = feed.reopened('epoch-2')
    feed.put('products', product('lost'))
    const before = fixture.start()
    await before.level()
    await before.stop()

    // What is to be written anew cannot be deleted.
    await db.query(
      "CREATE TRIGGER fault BEFORE DELETE ON product FOR EACH ROW SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114",
    )
    const interrupted = fixture.start({ feed: restored })
    await new Promise<void>((resolve) => {
      interrupted.onStatus(() => interrupted.status().state === 'waiting' && resolve())
    })
    await interrupted.stop()
    expect(interrupted.status().filling).not.toEqual([])
    expect(await db.query('SELECT id FROM product ORDER BY id')).toEqual([{ id: 'lost' }, { id: 'tea' }])

    await db.query('DROP TRIGGER fault')
    const after = fixture.start({ feed: restored.reopened('epoch-3') })
    await after.level()
    expect(await db.query('SELECT id FROM product')).toEqual([{ id: 'tea' }])
    expect(after.status().filling).toEqual([])
  })

  test('overwrites rows of an older life when only its state is lost', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('products', product('tea'), product('rice'))
    for (const epoch of ['epoch-2', 'epoch-3']) {
      const mirror = fixture.start({ feed: feed.reopened(epoch) })
      await mirror.level()
      await mirror.stop()
    }
    await db.query('DROP TABLE outpost_mirror')
    const other = feed.reopened('epoch-4')
    other.put('products', product('tea', { name: 'Tea' }))
    other.remove('products', 'rice')
    const mirror = fixture.start({ feed: other })
    await mirror.level()
    expect(await db.query('SELECT id, name FROM product')).toEqual([{ id: 'tea', name: 'Tea' }])
  })

  test('fills a collection that is declared later, and a column that is mapped later', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('coupons', { id: 'c1', code: 'SPRING', uses: [{ by: 'm1' }, { by: 'm2' }] })
    feed.put('products', product('tea'))
    const before = fixture.start()
    await before.level()
    await before.stop()

    const products = COLLECTIONS.find(({ name }) => name === 'products')!
    const [table] = products.mirror!
    const coupons = {
      ...products,
      name: 'coupons',
      schema: {
        ...products.schema,
        properties: {
          id: { type: 'string' },
          code: { type: 'string' },
          uses: { type: 'array', items: { type: 'object', properties: { by: { type: 'string' } } } },
        },
      },
      mirror: [
        {
          table: 'coupon',
          key: ['id'],
          columns: { id: { from: 'id', type: 'key' }, code: { from: 'code', type: 'text' } },
        },
        {
          table: 'coupon_use',
          key: ['coupon_id', 'use_no'],
          each: 'uses',
          columns: {
            coupon_id: { from: '^id', type: 'key' },
            use_no: { from: '#', type: 'integer' },
            used_by: { from: 'by', type: 'key' },
          },
        },
      ],
    } as const
    const wider = {
      ...products,
      mirror: [{ ...table, columns: { ...table.columns, sold_by: { from: 'unit', type: 'text' } } }],
    } as const
    const after = fixture.start({ feed: feed.reopened('epoch-2'), declarations: [wider, coupons] })
    await after.level()
    expect(await after.counts()).toEqual({ product: 1, coupon: 1, coupon_use: 2 })
    expect(await db.query('SELECT id, sold_by FROM product')).toEqual([{ id: 'tea', sold_by: 'piece' }])
    expect(await db.query('SELECT coupon_id, use_no, used_by FROM coupon_use ORDER BY use_no')).toEqual([
      { coupon_id: 'c1', use_no: 0, used_by: 'm1' },
      { coupon_id: 'c1', use_no: 1, used_by: 'm2' },
    ])
  })
})

describe('a collection that is taken out of the mapping and put back', () => {
  const only = (...names: string[]) => COLLECTIONS.filter(({ name }) => names.includes(name))

  test('is written anew, with what happened meanwhile', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('products', product('tea', { price: 1 }), product('rice'))
    const before = fixture.start({ declarations: only('products', 'orders') })
    await before.level()
    await before.stop()

    const without = fixture.start({ declarations: only('orders') })
    await without.level()
    feed.put('products', product('tea', { price: 2 }), product('salt'))
    feed.remove('products', 'rice')
    feed.put('orders', order('o1', [line('tea')]))
    await without.level()
    await without.stop()

    const again = fixture.start({ declarations: only('products', 'orders') })
    await again.level()
    expect(await db.query('SELECT id, price FROM product ORDER BY id')).toEqual([
      { id: 'salt', price: 450 },
      { id: 'tea', price: 2 },
    ])
    // The orders were mirrored all the while.
    expect(again.status()).toMatchObject({ written: 3, lag: 0, filling: [] })
  })

  test('has no refused documents while it is out, and begins at its first document where a filling was under way', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const ids = Array.from({ length: 2500 }, (_, i) => `p${String(i).padStart(4, '0')}`)
    feed.put('products', ...ids.map((id) => product(id)), product('zz', { price: 0.5 }))
    const before = fixture.start({ declarations: only('products', 'orders') })
    await before.level()
    expect(before.status()).toMatchObject({ parked: 1 })
    await before.stop()
    await db.query("UPDATE outpost_mirror_fill SET filled_to = 'p2000' WHERE collection = 'products'")

    const without = fixture.start({ declarations: only('orders') })
    await without.level()
    expect(without.status()).toMatchObject({ parked: 0 })
    expect(await without.parked()).toEqual([])
    feed.put('products', product('p0001', { price: 2 }))
    feed.put('orders', order('o1', [line('tea')]))
    await without.level()
    await without.stop()

    const again = fixture.start({ declarations: only('products', 'orders') })
    await again.level()
    expect(await db.query("SELECT price FROM product WHERE id = 'p0001'")).toEqual([{ price: 2 }])
    expect(again.status()).toMatchObject({ parked: 1 })
  })
})

describe('one collection that is written anew', () => {
  test('has the rows of its documents and no others, while the rest is mirrored on', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('products', product('tea'), product('rice'))
    feed.put('orders', order('o1', [line('tea')]), order('o2', [line('rice')]))
    const mirror = fixture.start()
    await mirror.level()
    await db.query("UPDATE orders SET status = 'closed', ver = ver + 1000000 WHERE id = 'o1'")
    await db.query("DELETE FROM orders WHERE id = 'o2'")
    await db.query("INSERT INTO orders SELECT * FROM orders WHERE id = 'o1' ON DUPLICATE KEY UPDATE number = 'x'")
    await db.query("INSERT INTO order_line (order_id, line_no, ver) VALUES ('o1', 7, 1), ('nobody', 0, 1)")
    await db.query("INSERT INTO product (id, ver) VALUES ('by-hand', 1)")

    await mirror.rebuild('orders')
    feed.put('products', product('salt'))
    await mirror.level()
    expect(await db.query('SELECT id, status, number FROM orders ORDER BY id')).toEqual([
      { id: 'o1', status: 'paid', number: 'N-o1' },
      { id: 'o2', status: 'paid', number: 'N-o2' },
    ])
    expect(await db.query('SELECT order_id, line_no FROM order_line ORDER BY order_id')).toEqual([
      { order_id: 'o1', line_no: 0 },
      { order_id: 'o2', line_no: 0 },
    ])
    // Nobody asked for the products.
    expect(await mirror.counts()).toMatchObject({ product: 4 })
    expect(mirror.status()).toMatchObject({ state: 'running', filling: [] })
    feed.put('orders', order('o1', [line('tea')], { status: 'closed' }))
    await mirror.level()
    expect(await db.query("SELECT status FROM orders WHERE id = 'o1'")).toEqual([{ status: 'closed' }])
  })

  test('goes on where it was when the mirror is started again', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const ids = Array.from({ length: 2500 }, (_, i) => `p${String(i).padStart(4, '0')}`)
    feed.put('products', ...ids.map((id) => product(id)))
    const before = fixture.start()
    await before.level()
    await before.rebuild('products')
    await statusBecomes(before, ({ filling }) => filling.some(({ written }) => written > 0))
    await before.stop()
    const [mark] = await db.query<{ filled_to: string }>(
      "SELECT filled_to FROM outpost_mirror_fill WHERE collection = 'products'",
    )
    await db.query("UPDATE product SET name = 'by hand'")

    const after = fixture.start()
    await after.level()
    expect(mark!.filled_to > ids[0]!).toBe(true)
    expect(await db.query("SELECT COUNT(*) AS n FROM product WHERE name = 'by hand'")).toEqual([
      { n: ids.indexOf(mark!.filled_to) + 1 },
    ])
  })

  test('is refused for one without tables', async () => {
    await using fixture = await createMirrorFixture()
    const mirror = fixture.start()
    await mirror.level()
    await expect(mirror.rebuild('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('is done where the whole database was dropped and made again by hand before', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('products', product('tea'))
    feed.put('orders', order('o1', [line('tea')]))
    const mirror = fixture.start()
    await mirror.level()
    await db.query(`DROP DATABASE ${db.name}`)
    const collections = mirroredCollections(COLLECTIONS)
    const { incomplete } = await initTarget(parseMysqlUrl(db.url), mirror.name, collections)
    expect(incomplete).toEqual(collections.map(({ name }) => name))
    for (const name of incomplete) await mirror.rebuild(name)
    await mirror.level()
    expect(await mirror.counts()).toMatchObject({ product: 1, orders: 1, order_line: 1 })
  })
})

describe('a mirror that is paused', () => {
  test('writes nothing until it goes on, and then everything', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('products', product('tea'))
    const mirror = fixture.start()
    await mirror.level()
    await mirror.pause()
    expect(mirror.status().state).toBe('paused')
    feed.put('products', product('rice'))
    await expect(mirror.retryParked()).rejects.toMatchObject({ code: 'MIRROR_UNAVAILABLE' })
    expect(mirror.status().lag).toBe(1)
    expect(await db.query('SELECT id FROM product')).toEqual([{ id: 'tea' }])
    mirror.resume()
    await mirror.level()
    expect(await db.query('SELECT id FROM product ORDER BY id')).toEqual([{ id: 'rice' }, { id: 'tea' }])
  })

  test('is paused too while MySQL does not answer, and says that it starts as long as it cannot be reached again', async () => {
    await using fixture = await createMirrorFixture()
    await using proxy = await HangingProxy.open(fixture.db.url)
    const mirror = fixture.start({ url: proxy.url })
    await mirror.level()
    const hung = proxy.hang('request', 'START TRANSACTION')
    fixture.feed.put('products', product('tea'))
    await hung
    await mirror.pause()
    expect(mirror.status().state).toBe('paused')

    const hungAgain = proxy.hang('request', 'SET SESSION sql_mode')
    mirror.resume()
    await hungAgain
    expect(mirror.status().state).toBe('starting')
  })
})
