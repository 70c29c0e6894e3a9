/** The checksum of a row in MySQL's words and in ours, held equal over every kind of column. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mirroredCollections, type MirroredTable } from '../../../adapters/mysql/mirrored-collection.ts'
import { MysqlSession } from '../../../adapters/mysql/mysql-session.ts'
import { parseMysqlUrl } from '../../../adapters/mysql/mysql-target.ts'
import { renderRows } from '../../../adapters/mysql/render-rows.ts'
import { upsertSql } from '../../../adapters/mysql/row-statements.ts'
import { rowVersion } from '../../../adapters/mysql/row-version.ts'
import { createTableSql } from '../../../adapters/mysql/table-definition.ts'
import {
  addRow,
  checksumSql,
  emptyChecksum,
  isSameChecksum,
  plainColumns,
  readChecksum,
  rowText,
  rowTextSql,
  type ChecksumRow,
} from '../../../adapters/reconcile/row-checksum.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { MirrorColumn } from '../../../schemas/mirror-mapping.ts'
import { createTestDatabase, type TestDatabase } from '../../support/mysql-database.ts'

const COLUMNS: Record<string, MirrorColumn> = {
  id: { from: 'id', type: 'key' },
  other: { from: 'other', type: 'key' },
  label: { from: 'label', type: 'text' },
  note: { from: 'note', type: 'longtext' },
  count: { from: 'count', type: 'integer' },
  price: { from: 'price', type: 'money' },
  due: { from: 'due', type: 'amount' },
  weight: { from: 'weight', type: 'decimal' },
  done: { from: 'done', type: 'boolean' },
  at: { from: 'at', type: 'datetime' },
  day: { from: 'at', type: 'date', timeZone: 'Asia/Shanghai' },
  extra: { from: 'extra', type: 'json' },
}
/** A field of each type of column. */
const PROPERTIES = {
  id: { type: 'string' },
  other: { type: 'string' },
  label: { type: 'string' },
  note: { type: 'string' },
  count: { type: 'integer' },
  price: { type: 'integer' },
  due: { type: 'integer' },
  weight: { type: 'number' },
  done: { type: 'boolean' },
  at: { type: 'string' },
  extra: {},
} as const
const [products] = COLLECTIONS.filter(({ name }) => name === 'products')
const [collection] = mirroredCollections([
  {
    ...products!,
    schema: { ...products!.schema, properties: PROPERTIES },
    mirror: [{ table: 'every', key: ['id'], columns: COLUMNS }],
  },
])
const table = collection!.tables[0]
const plain = plainColumns(table)

const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(',', ':', ' ', "'", '\\', '\0', '\n', '0', 'ä', '汉', '😀'),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
  maxLength: 40,
})
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const documents = fc.record({
  other: optional(text),
  label: optional(text),
  note: optional(text),
  count: optional(fc.maxSafeInteger()),
  price: optional(fc.integer({ min: -1e15, max: 1e15 })),
  due: optional(fc.integer({ min: -1e15, max: 1e15 })),
  weight: optional(fc.double({ min: -9e12, max: 9e12, noNaN: true })),
  done: optional(fc.boolean()),
  at: optional(
    fc
      .date({ min: new Date('1000-01-01T00:00:00Z'), max: new Date('9999-12-30T23:59:59.999Z'), noInvalidDate: true })
      .map((date) => date.toISOString()),
  ),
  extra: optional(fc.json().map((json) => JSON.parse(json) as unknown)),
})

let db: TestDatabase
let session: MysqlSession

beforeAll(async () => {
  db = await createTestDatabase()
  session = await MysqlSession.open(parseMysqlUrl(db.url))
  await session.command(createTableSql(table.definition))
})
afterAll(async () => {
  session.destroy()
  await db.drop()
})

async function hold(row: readonly (string | number | null)[], seq: number): Promise<void> {
  await session.change(`DELETE FROM every`, [])
  await session.change(upsertSql(table, 1), [...row, rowVersion(3, seq)])
}

const rowOf = (doc: object) => {
  const rendering = renderRows(collection!.mapping, { ...doc })
  if (!rendering.ok) throw new Error(rendering.reason)
  return rendering.rows[0]![0]!
}

const inMysql = async ({ definition }: MirroredTable) =>
  (await session.rows<{ shown: string }>(`SELECT ${rowTextSql(table)} AS shown FROM ${definition.name}`))[0]!.shown

describe('the checksum of rows', () => {
  test('is made of the same text by MySQL and by us, whatever a column holds', async () => {
    await fc.assert(
      fc.asyncProperty(documents, fc.integer({ min: 1, max: 2 ** 40 - 1 }), async (doc, seq) => {
        const row = rowOf({ id: 'a', ...doc })
        await hold(row, seq)
        expect(await inMysql(table)).toBe(rowText(plain, row, seq))
        const ours = emptyChecksum()
        addRow(ours, plain, row, seq)
        const [theirs] = await session.rows<ChecksumRow>(`SELECT ${checksumSql(table)} FROM every`)
        expect(readChecksum(theirs!)).toEqual(ours)
        expect(Number(theirs!.term)).toBe(3)
      }),
      { numRuns: 200 },
    )
  })

  test('tells rows apart that MySQL takes for equal, and texts that only look alike', () => {
    const sums = [
      { label: 'Ä' },
      { label: 'ä' },
      { label: 'ä ' },
      { label: '' },
      {},
      { label: '0:,' },
      { label: '0:', note: '' },
      { count: 1 },
      { price: 1 },
      { weight: 1 },
      { done: true },
    ].map((doc) => {
      const sum = emptyChecksum()
      addRow(sum, plain, rowOf({ id: 'a', ...doc }), 1)
      return sum
    })
    for (const [i, one] of sums.entries()) {
      for (const [j, other] of sums.entries()) expect(isSameChecksum(one, other)).toBe(i === j)
    }
  })

  test('of no row is that of nothing', async () => {
    await session.change('DELETE FROM every', [])
    const [none] = await session.rows<ChecksumRow>(`SELECT ${checksumSql(table)} FROM every`)
    expect(readChecksum(none!)).toEqual(emptyChecksum())
    expect(none!.term).toBeNull()
  })
})
