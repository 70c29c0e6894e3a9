/** How large a table may be: what the plan says, and what the server does. */
import { expect, test } from 'vitest'
import { planTables } from '../../../adapters/mysql/table-plan.ts'
import { addColumnSql, createTableSql, tableDefinition } from '../../../adapters/mysql/table-definition.ts'
import { inspectTables } from '../../../adapters/mysql/table-inspection.ts'
import { MysqlSession } from '../../../adapters/mysql/mysql-session.ts'
import { parseMysqlUrl } from '../../../adapters/mysql/mysql-target.ts'
import type { MirrorColumn } from '../../../schemas/mirror-mapping.ts'
import { createTestDatabase } from '../../support/mysql-database.ts'

type Columns = Readonly<Record<string, MirrorColumn>>

const named = (names: string, type: MirrorColumn['type'], count: number): Columns =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${names}${i}`, { from: 'name', type }]))
const tableOf = (columns: Columns) =>
  tableDefinition({ table: 't', key: ['id'], columns: { id: { from: 'id', type: 'key' }, ...columns } })
const errors = (columns: Columns, existing: Parameters<typeof planTables>[1] = new Map()) =>
  planTables([tableOf(columns)], existing, true).findings.map(({ message }) => message)

/** One of each type, and texts that leave little room. */
const OF_EACH: Columns = {
  a: { from: 'name', type: 'text', length: 15_800 },
  b: { from: 'name', type: 'text', length: 325 },
  c: { from: 'name', type: 'text', length: 60 },
  d: { from: 'name', type: 'longtext' },
  e: { from: 'name', type: 'json' },
  f: { from: 'name', type: 'integer' },
  g: { from: 'name', type: 'money' },
  h: { from: 'name', type: 'amount', decimals: 2 },
  i: { from: 'name', type: 'amount', decimals: 0 },
  j: { from: 'name', type: 'amount', decimals: 6 },
  k: { from: 'name', type: 'decimal', decimals: 3 },
  l: { from: 'name', type: 'datetime' },
  m: { from: 'name', type: 'datetime', decimals: 0 },
  n: { from: 'name', type: 'date' },
}

test('a row of the largest size is planned and made, and one that is a byte larger is neither', async () => {
  const db = await createTestDatabase()
  const larger = (more: number): Columns => ({ ...OF_EACH, ...named('z', 'boolean', more) })
  let most = 0
  while (errors(larger(most + 1)).length === 0) most += 1
  expect(most).toBeGreaterThan(0)
  await db.query(createTableSql(tableOf(larger(most))))
  await db.query('DROP TABLE t')
  await expect(db.query(createTableSql(tableOf(larger(most + 1))))).rejects.toThrow('Row size too large')
  expect(errors(larger(most + 1))).toEqual([
    'a row of t may take 65536 bytes, and MySQL takes 65535 at most: give texts less length, or the type longtext',
  ])
  await db.drop()
})

test('as many columns as there may be are planned and made, and one more is neither', async () => {
  const db = await createTestDatabase()
  const most = named('c', 'boolean', 1015)
  expect(errors(most)).toEqual([])
  await db.query(createTableSql(tableOf(most)))
  const more = named('c', 'boolean', 1016)
  await expect(db.query(addColumnSql(tableOf(more), tableOf(more).columns.at(-2)!))).rejects.toThrow('Too many columns')
  expect(errors(more)).toEqual(['t gets 1018 columns, and MySQL takes 1017 at most'])
  const session = await MysqlSession.connect(parseMysqlUrl(db.url))
  const existing = await inspectTables(session, ['t'])
  session.destroy()
  expect(errors(more, existing)).toEqual(['t gets 1018 columns, and MySQL takes 1017 at most'])
  expect(errors(most, existing)).toEqual([])
  await db.drop()
})

test('what is added to a table counts beside what is there', async () => {
  const db = await createTestDatabase()
  await db.query(createTableSql(tableOf({ a: { from: 'name', type: 'text', length: 16_000 } })))
  const session = await MysqlSession.connect(parseMysqlUrl(db.url))
  const existing = await inspectTables(session, ['t'])
  session.destroy()
  const a: MirrorColumn = { from: 'name', type: 'text', length: 16_000 }
  expect(errors({ a, b: { from: 'name', type: 'text', length: 260 } }, existing)).toEqual([
    expect.stringContaining('a row of t may take'),
  ])
  expect(errors({ a, b: { from: 'name', type: 'text', length: 240 } }, existing)).toEqual([])
  await db.drop()
})
