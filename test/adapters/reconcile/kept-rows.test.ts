import { expect, test } from 'vitest'
import { reconcileMirror, type ReconciledMirror } from '../../../adapters/reconcile/reconcile-mirror.ts'
import type { CollectionDeclaration } from '../../../schemas/collection.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { createMirrorFixture, line, order } from '../mysql/mirror-fixture.ts'

const KEPT: CollectionDeclaration = {
  ...COLLECTIONS.find(({ name }) => name === 'orders')!,
  mirror: [
    {
      table: 't_order',
      key: ['id'],
      keepsDeleted: true,
      columns: {
        id: { from: 'id', type: 'key' },
        total: { from: 'total', type: 'money' },
        gone: { from: '_deleted', type: 'boolean' },
      },
    },
    {
      table: 't_line',
      key: ['order_id', 'no'],
      each: 'lines',
      columns: { order_id: { from: '^id', type: 'key' }, no: { from: '#', type: 'integer' } },
    },
  ],
}

test('rows that are kept of documents that are gone for good make no chunk differ; all others do', async () => {
  await using fixture = await createMirrorFixture()
  const { db, feed } = fixture
  const orders = Array.from({ length: 7 }, (_, i) => order(`o${i}`, [line('tea'), line('mug')]))
  feed.put('orders', ...orders)
  const mirror = fixture.start({ declarations: [KEPT] })
  await mirror.level()
  // Of the first two the deletion is still known, the last two are gone for good.
  feed.put('orders', ...[0, 1, 5, 6].map((i) => ({ ...orders[i], _deleted: true })))
  await mirror.level()
  for (const id of ['o5', 'o6']) feed.purge('orders', id)

  const settled: string[] = []
  const watched: ReconciledMirror = {
    name: mirror.name,
    aside: (work) => mirror.aside(work),
    level: (signal) => mirror.level(signal),
    status: () => mirror.status(),
    settle: (collection, ids, repair) => {
      settled.push(...ids)
      return mirror.settle(collection, ids, repair)
    },
  }
  const parts = mirror.collections.map((collection) => ({ collection }))
  const { signal } = new AbortController()
  const reconcile = () => reconcileMirror({ mirror: watched, feed, parts, repairUpTo: 100, signal })
  expect(await reconcile()).toMatchObject({ documents: 5, rows: 15, different: 0 })
  expect(settled).toEqual([])

  await db.query("UPDATE t_order SET gone = 1 WHERE id = 'o3'")
  await db.query("UPDATE t_order SET total = 1 WHERE id = 'o1'")
  await db.query("DELETE FROM t_line WHERE order_id = 'o0' AND no = 1")
  await db.query("INSERT INTO t_order (id, gone, ver) VALUES ('made-up', 0, 1)")
  await db.query("INSERT INTO t_line (order_id, no, ver) VALUES ('nobody', 0, 1)")
  const found = await reconcile()
  expect(found.differences.map(({ id }) => id).toSorted()).toEqual(['made-up', 'nobody', 'o0', 'o1', 'o3'])
  expect(found).toMatchObject({ repaired: 5, open: 0 })

  settled.length = 0
  expect(await reconcile()).toMatchObject({ different: 0 })
  expect(settled).toEqual([])
  expect(await db.query('SELECT id, gone FROM t_order WHERE gone = 1 ORDER BY id')).toEqual(
    ['o0', 'o1', 'o5', 'o6'].map((id) => ({ id, gone: 1 })),
  )
})
