import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { MysqlSession } from '../../../adapters/mysql/mysql-session.ts'
import { parseMysqlUrl } from '../../../adapters/mysql/mysql-target.ts'
import { STATE_TABLE } from '../../../adapters/mysql/own-tables.ts'
import { createMirrorFixture, line, order, product, type MirrorFixture } from './mirror-fixture.ts'

async function threeOrders({ feed, start }: MirrorFixture) {
  feed.put('orders', order('o1', [line('tea'), line('rice')]), order('o2', [line('tea')]), order('o3', []))
  const mirror = start()
  await mirror.level()
  return mirror
}

const IDS = ['o1', 'o2', 'o3']

describe('documents beside their rows', () => {
  test('are equal when nobody has touched the rows', async () => {
    await using fixture = await createMirrorFixture()
    const mirror = await threeOrders(fixture)
    expect(await mirror.settle('orders', IDS, true)).toEqual({ different: [], parked: [], inFlight: [], repaired: 0 })
  })

  test('show each field that was changed by hand, each row that is missing and each that is too many', async () => {
    await using fixture = await createMirrorFixture()
    const mirror = await threeOrders(fixture)
    const { db } = fixture
    await db.query("UPDATE orders SET total = 1, note = 'x', placed_at = '2024-05-01 09:30:00.251' WHERE id = 'o1'")
    await db.query("DELETE FROM order_line WHERE order_id = 'o1' AND line_no = 1")
    await db.query(
      "INSERT INTO order_line SELECT 'o3', 0, product_id, name, price, quantity, discount, total, ver FROM order_line WHERE order_id = 'o2'",
    )
    await db.query("INSERT INTO orders (id, ver) VALUES ('by-hand', 5)")
    const looked = await mirror.settle('orders', [...IDS, 'by-hand'], false)
    expect(looked.repaired).toBe(0)
    expect(looked.different).toMatchObject([
      {
        id: 'o1',
        seq: 1,
        rows: [
          {
            table: 'orders',
            kind: 'different',
            fields: [
              { column: 'placed_at', expected: '2024-05-01 09:30:00.250', found: '2024-05-01 09:30:00.251' },
              { column: 'total', expected: '900', found: '1' },
              { column: 'note', expected: null, found: 'x' },
            ],
          },
          { table: 'order_line', kind: 'missing', key: ['o1', '1'] },
        ],
      },
      { id: 'o3', seq: 3, rows: [{ table: 'order_line', kind: 'unexpected', key: ['o3', '0'] }] },
      { id: 'by-hand', seq: undefined, rows: [{ table: 'orders', kind: 'unexpected', writtenAt: 5 }] },
    ])

    expect(await mirror.settle('orders', [...IDS, 'by-hand'], true)).toMatchObject({ repaired: 3 })
    expect(await mirror.settle('orders', [...IDS, 'by-hand'], true)).toMatchObject({ different: [], repaired: 0 })
    expect(await mirror.counts()).toMatchObject({ orders: 3, order_line: 3 })
  })

  test('show a version by which a row would refuse what comes next', async () => {
    await using fixture = await createMirrorFixture()
    const mirror = await threeOrders(fixture)
    await fixture.db.query("UPDATE orders SET ver = ver + 1000000 WHERE id = 'o2'")
    const { different } = await mirror.settle('orders', IDS, true)
    expect(different).toMatchObject([{ id: 'o2', rows: [{ fields: [{ column: 'ver' }] }] }])
    fixture.feed.put('orders', order('o2', [], { status: 'closed' }))
    await mirror.level()
    expect(await fixture.db.query("SELECT status FROM orders WHERE id = 'o2'")).toEqual([{ status: 'closed' }])
  })

  test('do not count as different while the mirror has not passed them, nor when MySQL refused them', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('products', product('tea'), product('long', { name: 'x'.repeat(200) }))
    await db.query(
      'CREATE TABLE product (id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY, ver BIGINT UNSIGNED NOT NULL)',
    )
    await db.query(
      "CREATE TRIGGER refuse BEFORE INSERT ON product FOR EACH ROW IF NEW.id = 'long' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END IF",
    )
    const mirror = fixture.start()
    await mirror.level()
    expect(await mirror.settle('products', ['tea', 'long'], true)).toEqual({
      different: [],
      parked: ['long'],
      inFlight: [],
      repaired: 0,
    })
    const session = await MysqlSession.open(parseMysqlUrl(db.url))
    const settled = await session.transaction(async () => {
      await session.rows(`SELECT name FROM ${STATE_TABLE.name} FOR UPDATE`)
      // The mirror waits with this page in its hand; what comes now is behind it.
      feed.put('products', product('tea', { price: 1 }))
      await setImmediate()
      feed.put('products', product('tea', { price: 2 }))
      return { asked: mirror.settle('products', ['tea'], true) }
    })
    session.destroy()
    expect(await settled.asked).toMatchObject({ inFlight: ['tea'], different: [] })
  })
})
