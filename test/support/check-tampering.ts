/** That a run finds every row that was tampered with, names it, and writes exactly the documents that it belongs to. */
import { expect } from 'vitest'
import { MOST_KEPT, reconcileMirror } from '../../adapters/reconcile/reconcile-mirror.ts'
import type { Doc } from '../../schemas/json.ts'
import { createMirrorFixture, line, member, order, product } from '../adapters/mysql/mirror-fixture.ts'
import { tamperRows } from './tamper-rows.ts'
import type { TestDatabase } from './mysql-database.ts'

/** @param documents of each kind; @param rows that are tampered with, fewer than `MOST_KEPT` */
export async function checkTampering({ documents, rows }: { documents: number; rows: number }): Promise<void> {
  expect(rows).toBeLessThan(MOST_KEPT)
  await using fixture = await createMirrorFixture()
  const { feed, db } = fixture
  const many = (make: (n: number) => Doc) => Array.from({ length: documents }, (_, n) => make(n))
  feed.put('products', ...many((n) => product(`p${n}`, { name: `产品 ${n}` })))
  feed.put('orders', ...many((n) => order(`o${n}`, [line(`p${n}`), line('p1', 0.25), line('p2')], { note: `n${n}` })))
  feed.put('members', ...many((n) => member(`m${n}`, { tags: ['a', 'b'], name: n % 2 === 0 ? 'Ada' : undefined })))
  const mirror = fixture.start()
  await mirror.level()
  const tables = mirror.collections.flatMap((collection) => collection.tables.map(({ definition }) => definition.name))
  const before = await dump(db, tables)

  const tampered = await tamperRows(db, mirror, { rows, seed: 8 })
  const wrong = new Set(tampered.map(({ collection, id }) => `${collection} ${id}`))
  const look = (repairUpTo: number | undefined) =>
    reconcileMirror({
      mirror,
      feed,
      parts: mirror.collections.map((collection) => ({ collection })),
      repairUpTo,
      signal: new AbortController().signal,
    })
  const { written } = mirror.status()
  const waiting = await look(0)
  expect(waiting).toMatchObject({ different: wrong.size, repaired: 0 })
  expect(mirror.status().written).toBe(written)
  expect(new Set(waiting.differences.map(({ collection, id }) => `${collection} ${id}`))).toEqual(wrong)
  for (const { collection, id, table, key, kind, column } of tampered) {
    const named = waiting.differences.find((one) => one.collection === collection && one.id === id)!
    const row = named.rows.find((one) => one.table === table && one.key.join() === key.join())
    expect(row, `${table} ${key.join()}`).toMatchObject({ kind })
    if (column !== undefined) expect(row!.fields.map((field) => field.column)).toEqual([column])
  }

  expect(await look(undefined)).toMatchObject({ different: wrong.size, repaired: wrong.size, open: 0 })
  expect(mirror.status().written).toBe(written + wrong.size)
  expect(await dump(db, tables)).toEqual(before)
  expect(await look(undefined)).toMatchObject({ different: 0, repaired: 0 })
  expect(mirror.status().written).toBe(written + wrong.size)
}

async function dump(db: TestDatabase, tables: readonly string[]): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {}
  for (const table of tables) all[table] = await db.query(`SELECT * FROM \`${table}\` ORDER BY 1, 2`)
  return all
}
