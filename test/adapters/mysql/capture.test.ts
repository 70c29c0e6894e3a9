import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startMysql, type MysqlServer } from '../../../scripts/lib/mysql-server.mjs'
import { temporaryFolder } from '../../support/node-process.ts'
import { createCaptureFixture, type CaptureFixture } from './capture-fixture.ts'
import { line, order, product } from './mirror-fixture.ts'
import { purgeBinlog } from './purge-binlog.ts'

let folder: ReturnType<typeof temporaryFolder>
let server: MysqlServer

beforeAll(async () => {
  folder = temporaryFolder()
  server = await startServer()
}, 120_000)
afterAll(async () => {
  await server.stop()
  folder.remove()
})

function startServer(same: { port?: number; password?: string } = {}): Promise<MysqlServer> {
  const args = ['--log-bin', '--binlog-format=ROW', '--server-id=1']
  return startMysql({ dataDir: join(folder.path, 'mysql'), args, ...same })
}

const open = () => createCaptureFixture(server.url)

async function withOrder(fixture: CaptureFixture): Promise<void> {
  fixture.operations.write('orders', {
    ...order('o1', [line('tea'), line('rice', 2)]),
    branchId: 'north',
    currency: 'CNY',
    moves: [],
  })
  await fixture.level()
}

async function writesOf({ db }: CaptureFixture): Promise<number> {
  const [row] = await db.query<{ writes: number }>('SELECT writes FROM outpost_mirror')
  return row!.writes
}

describe('what another program changes in a table that is mapped both ways', () => {
  test('changes the fields of its columns alone, is written back once and not taken again', async () => {
    await using fixture = await open()
    const { db, operations } = fixture
    operations.write('products', product('tea', { currency: 'CNY' }))
    await fixture.level()
    const writes = await writesOf(fixture)
    // Not mirrored yet when the other program writes, so that the row holds the older price.
    operations.write('products', { id: 'tea', price: 475 })
    await db.query("UPDATE product SET name = '龙井', category = 'green' WHERE id = 'tea'")
    const doc = await fixture.documentBecomes('products', 'tea', ({ name }) => name === '龙井')
    expect(doc).toMatchObject({ price: 475, category: 'green', unit: 'piece' })
    await fixture.level()
    expect(await db.query('SELECT name, price, category FROM product')).toEqual([
      { name: '龙井', price: 475, category: 'green' },
    ])
    // A further change is taken behind all that went before: the mirror's own writes were left out.
    await db.query("UPDATE product SET unit = 'box' WHERE id = 'tea'")
    await fixture.documentBecomes('products', 'tea', ({ unit }) => unit === 'box')
    await fixture.level()
    expect((await writesOf(fixture)) - writes).toBeLessThanOrEqual(3)
    expect(fixture.refused()).toEqual([])
  })

  test('is taken without the version that it was given, which is said and put right', async () => {
    await using fixture = await open()
    const { db, operations } = fixture
    operations.write('products', product('tea', { currency: 'CNY' }))
    await withOrder(fixture)
    const versions =
      'SELECT (SELECT ver FROM product) AS p, (SELECT ver FROM orders) AS o, (SELECT MAX(ver) FROM order_line) AS l'
    await db.query("UPDATE product SET name = '龙井', ver = 9000000000000000000")
    await db.query('UPDATE orders SET ver = 9000000000000000000')
    await db.query('UPDATE order_line SET ver = 1')
    await fixture.documentBecomes('products', 'tea', ({ name }) => name === '龙井')
    await fixture.captureBecomes(({ refused }) => refused !== undefined && refused >= 3)
    expect(fixture.refused().map(({ table, column }) => [table, column])).toEqual(
      expect.arrayContaining([
        ['product', 'ver'],
        ['orders', 'ver'],
        ['order_line', 'ver'],
      ]),
    )
    const isRight = (ver: unknown) => Number(ver) > 1 && Number(ver) < 9e18
    await fixture.rowsBecome(versions, ([row]) => Object.values(row!).every(isRight))
    operations.write('orders', { id: 'o1', total: 77 })
    await fixture.level()
    expect(await db.query('SELECT total, (SELECT COUNT(*) FROM order_line) AS n FROM orders')).toEqual([
      { total: 77, n: 2 },
    ])
  })

  test('is told from what the mirror itself writes, however fast documents change', async () => {
    await using fixture = await open()
    const { db, operations } = fixture
    operations.write('products', product('tea', { currency: 'CNY' }))
    await fixture.level()
    const { store } = operations.cloud.replica
    const { seq } = store.head()
    for (let price = 1; price <= 300; price++) {
      operations.write('products', { id: 'tea', price })
      // The mirror writes some of them meanwhile.
      if (price % 10 === 0) await fixture.level()
      else await setImmediate()
    }
    await db.query("UPDATE product SET unit = 'box' WHERE id = 'tea'")
    expect(await fixture.documentBecomes('products', 'tea', ({ unit }) => unit === 'box')).toMatchObject({ price: 300 })
    expect(store.head().seq).toBe(seq + 301)
  })

  test('makes a document of a row that was inserted, with its lines, and a member by the phone', async () => {
    await using fixture = await open()
    const { db } = fixture
    await db.query(
      "CREATE PROCEDURE sell() BEGIN START TRANSACTION; INSERT INTO orders (id, branch_id, number, placed_at, status, round, total, currency) VALUES ('legacy-7', 'north', '7', '2026-05-01 09:30:00', 'paid', 1, 900, 'CNY'); INSERT INTO order_line (order_id, line_no, product_id, name, price, quantity, discount, total) VALUES ('legacy-7', 0, 'tea', 'Tea', 450, 2, 0, 900); COMMIT; END",
    )
    await db.query('CALL sell()')
    const sold = await fixture.documentBecomes('orders', 'legacy-7', () => true)
    expect(sold).toMatchObject({
      status: 'paid',
      branchId: 'north',
      placedAt: '2026-05-01T09:30:00.000Z',
      lines: [{ productId: 'tea', quantity: 2, total: 900 }],
      moves: [],
    })
    await db.query(
      "INSERT INTO member (id, scope, registered_phone, name) VALUES ('17', 'shared', '13800138000', 'Ada')",
    )
    const rows = await fixture.rowsBecome(
      'SELECT id, name, phone FROM member',
      (all) => all.length === 1 && all[0]!['id'] !== '17' && all[0]!['phone'] !== null,
    )
    expect(rows).toMatchObject([{ name: 'Ada', phone: '+8613800138000' }])
    const id = String(rows[0]!['id'])
    expect(fixture.document('members', id)).toMatchObject({ phone: '+8613800138000', scope: 'shared' })
    await db.query("INSERT INTO member (id, registered_phone, name) VALUES ('18', '138 0013 8000', 'Ada L.')")
    const again = await fixture.documentBecomes('members', id, ({ name }) => name === 'Ada L.')
    expect(again['registrations']).toHaveLength(2)
    await fixture.rowsBecome('SELECT id FROM member', (all) => all.length === 1)
    expect(fixture.refused()).toEqual([])
  })

  test('deletes the document of a row that was deleted', async () => {
    await using fixture = await open()
    await withOrder(fixture)
    await fixture.db.query("DELETE FROM orders WHERE id = 'o1'")
    await fixture.documentBecomes('orders', 'o1', (doc) => doc['_deleted'] === true)
    await fixture.level()
    expect(await fixture.db.query('SELECT * FROM order_line')).toEqual([])
  })

  test('changes, adds and takes away lines of an order', async () => {
    await using fixture = await open()
    await withOrder(fixture)
    const { db } = fixture
    await db.query("UPDATE order_line SET quantity = 3, total = 1350 WHERE order_id = 'o1' AND line_no = 1")
    await db.query("DELETE FROM order_line WHERE order_id = 'o1' AND line_no = 0")
    const lines = await fixture.documentBecomes('orders', 'o1', (doc) => (doc['lines'] as unknown[]).length === 1)
    expect(lines['lines']).toMatchObject([{ productId: 'rice', quantity: 3, total: 1350 }])
    await fixture.level()
    await db.query(
      "INSERT INTO order_line (order_id, line_no, product_id, name, price, quantity, discount, total) VALUES ('o1', 5, 'salt', 'Salt', 100, 1, 0, 100)",
    )
    await fixture.documentBecomes('orders', 'o1', (doc) => (doc['lines'] as unknown[]).length === 2)
    const found = await fixture.rowsBecome(
      'SELECT line_no, product_id FROM order_line ORDER BY line_no',
      (rows) => rows.length === 2 && rows[1]!['line_no'] === 1,
    )
    expect(found).toEqual([
      { line_no: 0, product_id: 'rice' },
      { line_no: 1, product_id: 'salt' },
    ])
  })

  test('is written back where it cannot be, and listed with the reason, while the rest of the same change is taken', async () => {
    await using fixture = await open()
    await withOrder(fixture)
    const { db } = fixture
    await db.query("UPDATE orders SET status = 'created', note = 'by hand' WHERE id = 'o1'")
    await fixture.documentBecomes('orders', 'o1', ({ note }) => note === 'by hand')
    await fixture.rowsBecome("SELECT status FROM orders WHERE status = 'paid'", (rows) => rows.length === 1)
    await db.query("UPDATE orders SET branch_id = 'south' WHERE id = 'o1'")
    await db.query("INSERT INTO orders (id, branch_id, number) VALUES ('bad', 'nowhere', '1')")
    await db.query("INSERT INTO member (id, registered_phone, name) VALUES ('9', 'none', 'Nobody')")
    await fixture.captureBecomes(({ refused }) => refused === 4)
    await fixture.rowsBecome('SELECT id FROM orders', (rows) => rows.length === 1)
    await fixture.rowsBecome('SELECT id FROM member', (rows) => rows.length === 0)
    await fixture.rowsBecome("SELECT id FROM orders WHERE branch_id = 'north'", (rows) => rows.length === 1)
    expect(fixture.refused().map(({ documentId, table, column, code }) => [documentId, table, column, code])).toEqual([
      ['9', 'member', 'registered_phone', 'PHONE_INVALID'],
      ['bad', 'orders', 'branch_id', 'SCOPE'],
      ['o1', 'orders', 'branch_id', 'SCOPE'],
      ['o1', 'orders', 'status', 'ORDER_TRANSITION'],
    ])
    expect(JSON.stringify(fixture.refused())).not.toContain('none')
  })

  test('is refused where a member would spend more than there is, while others of the same transaction are taken', async () => {
    await using fixture = await open()
    const { db, operations } = fixture
    await db.query("INSERT INTO member (id, registered_phone, name) VALUES ('1', '13800138000', 'Ada')")
    const [member] = await fixture.rowsBecome("SELECT id FROM member WHERE id <> '1'", (rows) => rows.length === 1)
    const bought = { memberId: String(member!['id']), branchId: 'north', currency: 'CNY', moves: [] }
    operations.write('orders', { ...order('o1', []), ...bought })
    operations.write('products', product('tea', { currency: 'CNY' }))
    await fixture.level()
    await db.query(
      "CREATE PROCEDURE spend() BEGIN START TRANSACTION; UPDATE product SET price = 1 WHERE id = 'tea'; UPDATE orders SET points_spent = 100 WHERE id = 'o1'; UPDATE product SET unit = 'box' WHERE id = 'tea'; COMMIT; END",
    )
    await db.query('CALL spend()')
    expect(await fixture.documentBecomes('products', 'tea', ({ price }) => price === 1)).toMatchObject({ unit: 'box' })
    expect(fixture.document('orders', 'o1')).not.toHaveProperty('pointsSpent')
    expect(fixture.refused()).toMatchObject([{ documentId: 'o1', table: 'orders', code: 'BALANCE_TOO_LOW' }])
    await fixture.rowsBecome('SELECT id FROM orders WHERE points_spent IS NULL', (rows) => rows.length === 1)
  })

  test('is in the document before a reconciliation looks at the row', async () => {
    await using fixture = await open()
    const { db, operations } = fixture
    operations.write('products', product('tea', { currency: 'CNY' }))
    await fixture.level()
    for (let price = 1; price <= 20; price++) {
      if (price === 10) await db.query('FLUSH BINARY LOGS')
      await db.query(`UPDATE product SET price = ${price} WHERE id = 'tea'`)
      await fixture.takeChanges()
      expect(fixture.document('products', 'tea')).toMatchObject({ price })
    }
  })

  test('is overwritten in a table that is only written, as before', async () => {
    await using fixture = await open()
    await fixture.db.query("UPDATE branch SET name = 'by hand'")
    fixture.operations.write('branches', { id: 'north', name: 'Northern' })
    await fixture.level()
    expect(await fixture.db.query('SELECT name FROM branch')).toEqual([{ name: 'Northern' }])
    expect(fixture.refused()).toEqual([])
  })

  test('is taken once: what a person says of the same field later stays, also over a restart', async () => {
    await using fixture = await open()
    const { db } = fixture
    fixture.operations.write('products', product('tea', { currency: 'CNY' }))
    await fixture.level()
    await db.query("UPDATE product SET price = 500 WHERE id = 'tea'")
    await fixture.documentBecomes('products', 'tea', ({ price }) => price === 500)
    fixture.operations.write('products', { id: 'tea', price: 600 })
    await fixture.restart()
    await fixture.level()
    await db.query("UPDATE product SET unit = 'box' WHERE id = 'tea'")
    const doc = await fixture.documentBecomes('products', 'tea', ({ unit }) => unit === 'box')
    expect(doc).toMatchObject({ price: 600 })
  })

  test('says what was lost where the server has purged its log, and goes on', async () => {
    await using fixture = await open()
    const { db } = fixture
    fixture.operations.write('products', product('tea', { currency: 'CNY' }))
    await fixture.level()
    await db.query("UPDATE product SET price = 500 WHERE id = 'tea'")
    await fixture.documentBecomes('products', 'tea', ({ price }) => price === 500)
    await fixture.restart(async () => {
      await db.query("UPDATE product SET price = 700 WHERE id = 'tea'")
      await purgeBinlog(db)
    })
    const { lost } = await fixture.captureBecomes((status) => status.lost !== undefined)
    expect([lost?.since, lost?.until]).toEqual([expect.stringMatching(/^\d{4}-/), expect.stringMatching(/^\d{4}-/)])
    await fixture.captureBecomes(({ state }) => state === 'binlog')
    expect(fixture.document('products', 'tea')).toMatchObject({ price: 500 })
    await db.query("UPDATE product SET unit = 'box' WHERE id = 'tea'")
    await fixture.documentBecomes('products', 'tea', ({ unit }) => unit === 'box')
  })

  test('is taken when the server is back that was killed meanwhile', async () => {
    await using fixture = await open()
    const { db } = fixture
    fixture.operations.write('products', product('tea', { currency: 'CNY' }))
    await fixture.level()
    await db.query("UPDATE product SET price = 500 WHERE id = 'tea'")
    const { port, password } = server
    await server.kill()
    await fixture.captureBecomes(({ state }) => state === 'waiting')
    server = await startServer({ port, password })
    await fixture.documentBecomes('products', 'tea', ({ price }) => price === 500)
    await db.query("UPDATE product SET unit = 'box' WHERE id = 'tea'")
    await fixture.documentBecomes('products', 'tea', ({ unit }) => unit === 'box')
    await fixture.captureBecomes(({ state }) => state === 'binlog')
  })
})
