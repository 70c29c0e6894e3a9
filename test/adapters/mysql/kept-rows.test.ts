import { describe, expect, test } from 'vitest'
import type { CollectionDeclaration } from '../../../schemas/collection.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { countRowsByScope } from '../../../adapters/mysql/scope-counts.ts'
import { createMirrorFixture, line, order } from './mirror-fixture.ts'

const orders = COLLECTIONS.find(({ name }) => name === 'orders')!

const KEPT: CollectionDeclaration = {
  ...orders,
  mirror: [
    {
      table: 't_order',
      key: ['id'],
      keepsDeleted: true,
      where: [{ field: 'status', not: 'draft' }],
      columns: {
        id: { from: 'id', type: 'key' },
        branch: { from: 'branchId', type: 'key' },
        total: { from: 'total', type: 'amount' },
        placed: { from: 'placedAt', type: 'datetime', timeZone: '+08:00', decimals: 0 },
        day: { from: 'placedAt', type: 'date', timeZone: '+08:00' },
        gone: { from: '_deleted', type: 'boolean' },
      },
    },
    {
      table: 't_line',
      key: ['order_id', 'no'],
      each: 'lines',
      columns: {
        order_id: { from: '^id', type: 'key' },
        no: { from: '#', type: 'integer' },
        product: { from: 'productId', type: 'key' },
      },
    },
  ],
}
const ROWS =
  'SELECT o.id, gone, COUNT(l.no) AS n FROM t_order o LEFT JOIN t_line l ON l.order_id = o.id GROUP BY 1, 2 ORDER BY 1'

describe('rows that are kept for deleted documents', () => {
  test('stay and are marked, also when the documents are purged and the tables written anew', async () => {
    await using fixture = await createMirrorFixture()
    const { db, feed } = fixture
    const lines = [line('tea'), line('mug')]
    const gone = order('o2', lines)
    feed.put('orders', order('o1', lines), gone, order('o3', []))
    const mirror = fixture.start({ declarations: [KEPT] })
    await mirror.level()
    feed.put('orders', { ...gone, _deleted: true })
    await mirror.level()
    const marked = [
      { id: 'o1', gone: 0, n: 2 },
      { id: 'o2', gone: 1, n: 2 },
      { id: 'o3', gone: 0, n: 0 },
    ]
    expect(await db.query(ROWS)).toEqual(marked)
    expect(await mirror.settle('orders', ['o1', 'o2'], true)).toMatchObject({ different: [], repaired: 0 })
    expect(await mirror.aside((session) => countRowsByScope(session, [KEPT]))).toEqual(new Map([['b1', 2]]))

    feed.purge('orders', 'o2')
    feed.purge('orders', 'o3')
    const settled = await mirror.settle('orders', ['o1', 'o2', 'o3'], false)
    expect(settled.different.map(({ id, rows }) => [id, rows.map(({ kind }) => kind)])).toEqual([
      ['o3', ['unexpected']],
    ])

    // What is not as it should be goes, and what has no document any more and is marked stays.
    await db.query("UPDATE t_order SET gone = 1, ver = ver + 99, total = 0 WHERE id = 'o1'")
    await db.query("INSERT INTO t_line (order_id, no, product, ver) VALUES ('o1', 9, 'x', 1), ('o3', 0, 'x', 1)")
    await mirror.rebuild('orders')
    await mirror.level()
    expect(await db.query(ROWS)).toEqual(marked.slice(0, 2))
    expect(await db.query('SELECT order_id, COUNT(*) AS n FROM t_line GROUP BY 1 ORDER BY 1')).toEqual([
      { order_id: 'o1', n: 2 },
      { order_id: 'o2', n: 2 },
    ])
    expect(await mirror.settle('orders', ['o1', 'o2', 'o3'], false)).toMatchObject({ different: [] })
  })

  test('go with a document that the condition leaves out, deleted or not', async () => {
    await using fixture = await createMirrorFixture()
    const { db, feed } = fixture
    feed.put('orders', order('o1', [line('tea')]), order('o2', [line('tea')], { status: 'draft' }))
    const mirror = fixture.start({ declarations: [KEPT] })
    await mirror.level()
    expect(await db.query('SELECT id, total, CAST(placed AS CHAR) AS placed, day FROM t_order')).toEqual([
      { id: 'o1', total: '9.00', placed: '2024-05-01 17:30:00', day: '2024-05-01' },
    ])
    expect(await mirror.settle('orders', ['o1', 'o2'], false)).toMatchObject({ different: [] })
    feed.put('orders', order('o1', [line('tea')], { status: 'draft' }), order('o2', [line('mug')]))
    await mirror.level()
    expect(await db.query(ROWS)).toEqual([{ id: 'o2', gone: 0, n: 1 }])
    feed.put('orders', order('o2', [], { status: 'draft', _deleted: true }))
    await mirror.level()
    expect(await mirror.counts()).toEqual({ t_order: 0, t_line: 0 })
  })
})
