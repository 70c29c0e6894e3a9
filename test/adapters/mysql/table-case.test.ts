import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startMysql, type MysqlServer } from '../../../scripts/lib/mysql-server.mjs'
import type { CollectionDeclaration } from '../../../schemas/collection.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { createCaptureFixture } from './capture-fixture.ts'
import { createMirrorFixture, order, product, statusBecomes } from './mirror-fixture.ts'

const orders = COLLECTIONS.find(({ name }) => name === 'orders')!
const capitals: CollectionDeclaration = {
  ...orders,
  mirror: [
    {
      table: 'T_Order',
      key: ['No'],
      columns: { No: { from: 'id', type: 'key' }, Total: { from: 'total', type: 'money' } },
    },
  ],
}

const LOGS = ['--log-bin', '--binlog-format=ROW', '--server-id=1']
const goods = COLLECTIONS.map((one) =>
  one.name !== 'products'
    ? one
    : {
        ...one,
        mirror: [
          {
            table: 'T_Goods',
            key: ['Code'],
            direction: 'both',
            columns: { Code: { from: 'id', type: 'key' }, Title: { from: 'name', type: 'text' } },
          },
        ] as const,
      },
)

describe('a mapped table with capitals in its name', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let server: MysqlServer
  beforeAll(async () => {
    folder = temporaryFolder()
    server = await startMysql({ dataDir: join(folder.path, 'mysql'), args: ['--lower-case-table-names=1', ...LOGS] })
  })
  afterAll(async () => {
    await server.stop()
    folder.remove()
  })

  test('is known again on a server that keeps names in small letters, and not written anew', async () => {
    await using fixture = await createMirrorFixture(server.url)
    const { feed, db } = fixture
    feed.put('orders', order('o1', []))
    const first = fixture.start({ declarations: [capitals] })
    await first.level()
    await first.stop()
    await db.query('UPDATE T_Order SET Total = 1')

    const second = fixture.start({ declarations: [capitals] })
    const filling: unknown[] = []
    second.onStatus(() => filling.push(...second.status().filling))
    await second.level()
    expect(filling).toEqual([])
    expect(await db.query('SELECT * FROM t_order')).toMatchObject([{ No: 'o1', Total: 1 }])
    feed.put('orders', order('o1', [], { total: 2 }))
    await second.level()
    expect(await second.counts()).toEqual({ T_Order: 1 })
    expect(await second.settle('orders', ['o1'], true)).toMatchObject({ different: [], repaired: 0 })
  })

  test('is known in the log of changes too, whose columns another program may have spelt in its own way', async () => {
    await using fixture = await createCaptureFixture(server.url, undefined, {
      declarations: goods,
      url: (url) => url.replace(/t_\w+$/, (name) => name.toUpperCase()),
    })
    const { db, operations } = fixture
    operations.write('products', product('tea', { currency: 'CNY' }))
    await fixture.level()
    await db.query("UPDATE T_GOODS SET title = '龙井'")
    await fixture.documentBecomes('products', 'tea', ({ name }) => name === '龙井')
    await db.query('ALTER TABLE t_goods CHANGE Title TITLE VARCHAR(255) NULL')
    await fixture.restart()
    await fixture.level()
    await fixture.captureBecomes(({ state }) => state === 'binlog')
    await db.query("UPDATE t_goods SET TITLE = '碧螺春'")
    await fixture.documentBecomes('products', 'tea', ({ name }) => name === '碧螺春')
    expect(fixture.refused()).toEqual([])
  })

  test("is not another program's table whose name is spelt in another way, where the server tells them apart", async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    await db.query('CREATE TABLE t_order (their INT PRIMARY KEY)')
    feed.put('orders', order('o1', []))
    const without = fixture.start({ declarations: [capitals], create: false })
    const { lastError } = await statusBecomes(without, ({ state }) => state === 'waiting')
    expect(lastError?.message).toContain('the table T_Order is missing')
    await without.stop()

    const mirror = fixture.start({ declarations: [capitals] })
    await mirror.level()
    expect(await mirror.counts()).toEqual({ T_Order: 1 })
    expect(await db.query('SELECT * FROM t_order')).toEqual([])
  })
})
