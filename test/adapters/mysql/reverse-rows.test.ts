import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StoredRow } from '../../../adapters/mysql/compare-rows.ts'
import { mirroredCollections, type MirroredCollection } from '../../../adapters/mysql/mirrored-collection.ts'
import { renderRows } from '../../../adapters/mysql/render-rows.ts'
import { rowsToPatch, type RowChange } from '../../../adapters/mysql/reverse-rows.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { Doc } from '../../../schemas/json.ts'
import type { MirrorColumn, MirrorMapping } from '../../../schemas/mirror-mapping.ts'

const orders = COLLECTIONS.find(({ name }) => name === 'orders')!

const BOTH: MirrorMapping = [
  {
    table: 'legacy_order',
    key: ['id'],
    direction: 'both',
    keepsDeleted: true,
    columns: {
      id: { from: 'id', type: 'key' },
      no: { from: 'number', type: 'text', length: 64 },
      placed: { from: 'placedAt', type: 'datetime', timeZone: 'Asia/Tokyo' },
      state: { from: 'status', type: 'integer', values: { draft: 0, paid: 1, shipped: 2, cancelled: 3 } },
      sum: { from: 'total', type: 'amount' },
      spent: { from: 'valueSpent', type: 'money' },
      points: { from: 'pointsEarned', type: 'integer' },
      note: { from: 'note', type: 'longtext' },
      gone: { from: '_deleted', type: 'boolean' },
      member: { from: 'memberId', type: 'key' },
      hq: { constant: 'HQ', type: 'text', readonly: true },
    },
  },
  {
    table: 'legacy_line',
    key: ['order_id', 'no'],
    direction: 'both',
    each: 'lines',
    columns: {
      order_id: { from: '^id', type: 'key' },
      no: { from: '#', type: 'integer' },
      product: { from: 'productId', type: 'key' },
      name: { from: 'name', type: 'text' },
      quantity: { from: 'quantity', type: 'decimal' },
      price: { from: 'price', type: 'amount' },
      discount: { from: 'discount', type: 'amount' },
      total: { from: 'total', type: 'amount' },
      placed_by: { from: '^number', type: 'text', readonly: true },
    },
  },
]
const both = mirroredCollections([{ ...orders, mirror: BOTH }])[0]!

const LINE = { productId: 'tea', name: 'Tea', quantity: 1.5, price: 450, discount: 0, total: 675 }
const DOC: Doc = {
  id: 'o1',
  number: 'N-1',
  placedAt: '2024-05-01T09:30:00.250Z',
  status: 'paid',
  total: 675,
  note: 'bitte',
  lines: [LINE, { ...LINE, productId: 'mug' }],
}

/** The rows of a document as a server would give them, by table. */
function storedRows({ mapping, tables }: MirroredCollection, doc: Doc): { table: string; row: StoredRow }[] {
  const rendering = renderRows(mapping, doc)
  if (!rendering.ok) throw new Error(rendering.reason)
  return rendering.rows.flatMap((rows, at) =>
    rows.map((row) => {
      const { columns, definition } = tables[at]!
      return { table: definition.name, row: Object.fromEntries(columns.map((name, i) => [name, row[i]!])) }
    }),
  )
}

/** A change by hand of one column of one row. */
function changed(place: number, column: string, value: string | number | null): RowChange {
  const { table, row } = storedRows(both, DOC)[place]!
  return { table, before: row, after: { ...row, [column]: value } }
}

const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((one) => !/\p{Surrogate}/u.test(one))
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const money = fc.integer({ min: -1e15, max: 1e15 })
const time = fc
  .date({ min: new Date('1800-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())
const ids = fc.stringMatching(/^[a-z0-9]{1,12}$/)

describe('rows that other programs changed', () => {
  test('give back the fields that they were rendered from', () => {
    const line = fc.record({
      productId: ids,
      name: text,
      quantity: fc.integer({ min: -1e9, max: 1e9 }).map((thousandths) => thousandths / 1000),
      price: money,
      discount: money,
      total: money,
    })
    const document = fc.record({
      id: ids,
      number: maybe(text),
      // Tokyo put its clocks forward from 1948 to 1951: of what it showed twice the earlier one comes back.
      placedAt: time.filter((iso) => !/^19(48|49|50|51)-09/.test(iso)),
      status: fc.constantFrom('draft', 'paid', 'shipped', 'cancelled'),
      total: money,
      valueSpent: maybe(money),
      pointsEarned: maybe(fc.nat()),
      note: maybe(text),
      memberId: maybe(ids),
      _deleted: fc.boolean(),
      lines: fc.array(line, { maxLength: 4 }),
    })
    fc.assert(
      fc.property(document, (doc) => {
        const changes = storedRows(both, doc).map(({ table, row }) => ({ table, after: row }))
        const { fields, refusals } = rowsToPatch(both, undefined, changes)
        expect(refusals).toEqual([])
        const { lines, ...others } = doc
        expect(fields).toEqual({
          ...Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined)),
          ...(lines.length > 0 && { lines }),
        })
        expect(storedRows(both, fields)).toEqual(storedRows(both, doc))
      }),
    )
  })

  test.each<[number, string, string | number | null, Doc]>([
    [0, 'state', 2, { status: 'shipped' }],
    [0, 'sum', '1234.50', { total: 123_450 }],
    [0, 'sum', '-0.07', { total: -7 }],
    [0, 'placed', '2024-05-02 00:00:00', { placedAt: '2024-05-01T15:00:00.000Z' }],
    [0, 'placed', '2024-05-02 00:00:00.5', { placedAt: '2024-05-01T15:00:00.500Z' }],
    [0, 'note', null, { note: undefined }],
    [0, 'gone', 1, { _deleted: true }],
    [1, 'price', '4.60', { lines: [{ ...LINE, price: 460 }, DOC['lines'] as never].flat().toSpliced(1, 1) }],
    [2, 'quantity', '2.000', { lines: [LINE, { ...LINE, productId: 'mug', quantity: 2 }] }],
  ])('become only the fields whose columns are others: row %i, %s = %j', (place, column, value, fields) => {
    const patch = rowsToPatch(both, DOC, [changed(place, column, value)])
    expect(patch).toEqual({ fields, refusals: [] })
    expect(Object.keys(patch.fields)).toEqual(Object.keys(fields))
  })

  test.each<[number, string, string | number | null, string]>([
    [0, 'state', 9, 'is none of its values'],
    [0, 'sum', '1.005', 'cannot be one of the document'],
    [0, 'sum', '99999999999999999', 'cannot be one of the document'],
    [0, 'placed', 'soon', 'cannot be one of the document'],
    [0, 'gone', 7, 'cannot be one of the document'],
    [0, 'id', 'o2', 'is of the key'],
    [0, 'hq', 'LOCAL', 'is in a column that cannot be taken back'],
    [1, 'placed_by', 'N-2', 'is in a column that cannot be taken back'],
    [1, 'no', 7, 'is of the key'],
  ])('are listed with the reason where they cannot be taken: row %i, %s = %j', (place, column, value, reason) => {
    const { table } = storedRows(both, DOC)[place]!
    const refusals = [{ table, column, reason }]
    expect(rowsToPatch(both, DOC, [changed(place, column, value)])).toEqual({ fields: {}, refusals })
  })

  test('take away, add and put in elements of a list', () => {
    const [own, first, second] = storedRows(both, DOC).map(({ table, row }) => ({ table, before: row }))
    expect(rowsToPatch(both, DOC, [first!])).toEqual({
      fields: { lines: [{ ...LINE, productId: 'mug' }] },
      refusals: [],
    })
    const after = { ...first!.before, no: 7, product: 'jar', discount: '0.50' }
    const added = rowsToPatch(both, DOC, [second!, { table: 'legacy_line', after }])
    expect(added).toEqual({ fields: { lines: [LINE, { ...LINE, productId: 'jar', discount: 50 }] }, refusals: [] })
    expect(rowsToPatch(both, DOC, [own!])).toEqual({ fields: { _deleted: true }, refusals: [] })
    const unknown = { table: 'legacy_line', before: { ...after }, after: { ...after, name: 'x' } }
    expect(rowsToPatch(both, DOC, [unknown]).refusals).toMatchObject([{ table: 'legacy_line' }])
  })

  test('of a table that is only written change nothing', () => {
    const out = mirroredCollections([orders])[0]!
    const [{ table, row }] = storedRows(out, DOC) as [{ table: string; row: StoredRow }]
    const patch = rowsToPatch(out, DOC, [{ table, before: row, after: { ...row, note: 'x' } }])
    expect(patch).toEqual({ fields: {}, refusals: [{ table, reason: 'is in a table that is only written' }] })
  })
})

describe('a table that is written both ways', () => {
  test.each<[string, MirrorColumn, string]>([
    ['a constant', { constant: 'x', type: 'text' }, 'it is from no field'],
    ['an id of another system', { legacyId: 'pos', type: 'text' }, 'it is from no field'],
    ['a second source', { from: 'note', or: { from: 'payment' }, type: 'text' }, 'it comes from several places'],
    ['a masked phone', { from: 'payment', mask: 'phone', type: 'text' }, 'it shows only a part'],
    ['an element by its place', { from: 'moves.0', type: 'json' }, 'moves.0 is no field of its own'],
    ['a number as a text', { from: 'total', type: 'text' }, 'the field is of type integer'],
    ['the day of a moment', { from: 'placedAt', type: 'date' }, 'it keeps of a moment only the day'],
    ['values that become one', { from: 'status', type: 'integer', values: { a: 1, b: 1 } }, 'several values'],
    [
      'values that become another',
      { from: 'status', type: 'integer', values: { a: 1 }, otherwise: 0 },
      'several values',
    ],
  ])('refuses a column with %s, unless it is readonly', (_what, column, reason) => {
    const id = { from: 'id', type: 'key' } as const
    const mapping = (v: MirrorColumn): MirrorMapping => [
      { table: 't', key: ['id'], direction: 'both', columns: { id, v } },
    ]
    const make = (v: MirrorColumn) => mirroredCollections([{ ...orders, mirror: mapping(v) }])
    expect(() => make(column)).toThrow(reason)
    expect(() => make({ ...column, readonly: true })).not.toThrow()
  })
})
