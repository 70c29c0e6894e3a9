import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { renderRows } from '../../../adapters/mysql/render-rows.ts'
import { members, phonesOfMember, type MemberDocument } from '../../../schemas/collections/members.ts'
import type { Doc } from '../../../schemas/json.ts'
import type { MirrorColumn, MirrorColumnType, MirrorMapping } from '../../../schemas/mirror-mapping.ts'

const id = { from: 'id', type: 'key' } as const

function renderValue(type: MirrorColumnType, value: unknown, how: Partial<MirrorColumn> = {}): unknown {
  const v = { ...(how.constant === undefined && { from: 'v' }), type, ...how }
  const rendering = renderRows([{ table: 't', key: ['id'], columns: { id, v } }], { id: 'x', v: value })
  return rendering.ok ? rendering.rows[0]![0]![1] : rendering.reason
}

describe('renderRows', () => {
  test('reads paths of the document, of the element, of its parent, and the place of the element', () => {
    const mapping: MirrorMapping = [
      { table: 'doc', key: ['id'], columns: { id, points: { from: 'balance.points', type: 'integer' } } },
      {
        table: 'part',
        key: ['doc_id', 'no'],
        each: 'more.parts',
        columns: {
          doc_id: { from: '^id', type: 'key' },
          no: { from: '#', type: 'integer' },
          city: { from: 'at.city', type: 'text' },
          points: { from: '^balance.points', type: 'integer' },
        },
      },
    ]
    const doc = { id: 'd', balance: { points: 3 }, more: { parts: [{ at: { city: 'Oslo' } }, 'no object'] } }
    expect(renderRows(mapping, doc)).toEqual({
      ok: true,
      rows: [
        [['d', 3]],
        [
          ['d', 0, 'Oslo', 3],
          ['d', 1, null, 3],
        ],
      ],
    })
    expect(renderRows(mapping, { id: 'd', more: { parts: 'none' } })).toEqual({ ok: true, rows: [[['d', null]], []] })
    expect(renderRows(mapping, { ...doc, _deleted: true })).toEqual({ ok: true, rows: [[], []] })
  })

  test.each<[Doc, unknown]>([
    [{ list: ['first', 'second'], one: 'x' }, 'first'],
    [{ one: 'x' }, 'x'],
    [{ list: [], one: 'x' }, 'none'],
    [{ one: 'x', over: true }, 'none'],
    [{ one: 'x', over: false }, 'x'],
    [{ one: 'x', over: 0 }, 'none'],
    [{ list: [null], one: 'x' }, 'none'],
    [{ list: { 0: 'named so' }, one: 'x' }, 'named so'],
    [{}, 'none'],
  ])('reads the first source of %j that gives something and that nothing rules out: %j', (doc, rendered) => {
    const v = { from: 'list.0', type: 'text', or: { from: 'one', unless: ['list', 'over'] }, default: 'none' } as const
    const rendering = renderRows([{ table: 't', key: ['id'], columns: { id, v } }], { id: 'x', ...doc })
    expect(rendering).toEqual({ ok: true, rows: [[['x', rendered]]] })
  })

  test('shows of every member the number that it holds today', () => {
    const columns = Object.keys(members.mirror![0].columns)
    const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
    const numbers = fc.constantFrom('+491', '+492', '+493')
    const state = fc.record({
      phone: optional(numbers),
      closed: optional(fc.boolean()),
      phones: optional(fc.array(numbers, { maxLength: 2 })),
    })
    fc.assert(
      fc.property(state, (fields) => {
        const doc = { id: 'm', ...fields }
        const rendering = renderRows(members.mirror!, doc)
        if (!rendering.ok) throw new Error(rendering.reason)
        const held = phonesOfMember(doc as unknown as MemberDocument)[0] ?? null
        expect(rendering.rows[0]![0]![columns.indexOf('phone')]).toBe(held)
      }),
    )
  })

  test.each<[MirrorColumnType, unknown, unknown]>([
    ['text', undefined, null],
    ['json', null, null],
    ['text', '', ''],
    ['text', 7, '7'],
    ['text', 'half a \ud83c', 'half a \ufffd'],
    ['text', '🍵 ', '🍵 '],
    ['key', 'x ', 'x '],
    ['key', '\udf75x', 'the value of v has half a surrogate pair, which MySQL cannot store'],
    ['json', '\ud83c', '"\\ud83c"'],
    ['text', {}, 'the value of v is no text'],
    ['integer', -5, -5],
    ['money', 9_007_199_254_740_991, 9_007_199_254_740_991],
    ['money', 0.5, 'the value of v is no integer'],
    ['integer', '5', 'the value of v is no integer'],
    ['boolean', true, 1],
    ['boolean', false, 0],
    ['boolean', 1, 'the value of v is neither true nor false'],
    ['json', { b: 1, a: ['茶'] }, '{"a":["茶"],"b":1}'],
    ['decimal', 1.0005, '1.001'],
    ['decimal', -1.0005, '-1.001'],
    ['decimal', 1.005, '1.005'],
    ['decimal', -0.0004, '0.000'],
    ['decimal', 1e-7, '0.000'],
    ['decimal', 0.1 + 0.2, '0.300'],
    ['decimal', 1_000_000_000, '1000000000.000'],
    ['decimal', 1e300, 'the value of v is too large for DECIMAL(18,3)'],
    ['decimal', Number.NaN, 'the value of v is too large for DECIMAL(18,3)'],
    ['datetime', '2024-05-01T09:30:00.250Z', '2024-05-01 09:30:00.250'],
    ['datetime', '2024-05-01T01:30:00+08:00', '2024-04-30 17:30:00.000'],
    ['datetime', '2024-05-01', '2024-05-01 00:00:00.000'],
    ['datetime', '2024-05-01T09:30:00', 'the value of v is no ISO 8601 time with a zone'],
    ['datetime', '2024-02-30T00:00:00.000Z', 'the value of v is no day of the calendar'],
    ['datetime', '2024-13-01T00:00:00.000Z', 'the value of v is no ISO 8601 time with a zone'],
    ['datetime', 1_714_000_000, 'the value of v is no time'],
  ])('gives a %s column for %j: %j', (type, value, rendered) => {
    expect(renderValue(type, value)).toEqual(rendered)
  })

  test.each<[MirrorColumnType, Partial<MirrorColumn>, unknown, unknown]>([
    ['text', { constant: 'HQ' }, 'anything', 'HQ'],
    ['boolean', { constant: true }, undefined, 1],
    ['integer', { values: { paid: 1, shipped: 2 } }, 'paid', 1],
    ['integer', { values: { paid: 1, shipped: 2 } }, 'draft', 'the value of v is none of its values'],
    ['integer', { values: { paid: 1 }, otherwise: 0 }, 'draft', 0],
    ['integer', { values: { paid: 1, draft: null }, otherwise: 0 }, 'draft', null],
    ['integer', { values: { paid: 1 }, otherwise: null }, 'draft', null],
    ['integer', { values: { paid: 1 }, otherwise: 9 }, undefined, null],
    ['integer', { values: { paid: 1 }, default: 7 }, undefined, 7],
    ['text', { values: { true: 'yes', false: 'no' } }, false, 'no'],
    ['text', { values: { 1: 'one' } }, 1, 'one'],
    ['text', { values: { constructor: 'x' } }, 'toString', 'the value of v is none of its values'],
    ['text', { values: { a: 'x' } }, ['a'], 'the value of v is no single one'],
    ['text', { mask: 'phone' }, '+8613812345678', '138****5678'],
    ['text', { mask: 'phone', default: 'none' }, undefined, 'none'],
    ['text', { mask: 'phone' }, 138, 'the value of v is no phone'],
    ['text', { length: 2 }, '茶🍵', '茶🍵'],
    ['text', { length: 2 }, '茶🍵 ', 'the value of v is longer than 2 characters'],
    ['text', {}, 'x'.repeat(256), 'the value of v is longer than 255 characters'],
    ['amount', {}, 12_345, '123.45'],
    ['amount', {}, -5, '-0.05'],
    ['amount', {}, -0, '0.00'],
    ['amount', {}, 9_007_199_254_740_991, '90071992547409.91'],
    ['amount', {}, 0.5, 'the value of v is no integer'],
    ['amount', { decimals: 0 }, 12_345, '12345'],
    ['amount', { decimals: 3 }, 5, '0.005'],
    ['decimal', { decimals: 0 }, -2.5, '-3'],
    ['decimal', { decimals: 2 }, 1.005, '1.01'],
    ['datetime', { timeZone: '+08:00' }, '2024-04-30T17:30:00.250Z', '2024-05-01 01:30:00.250'],
    ['datetime', { timeZone: 'Asia/Shanghai' }, '2024-04-30T17:30:00.250Z', '2024-05-01 01:30:00.250'],
    ['datetime', { timeZone: 'Europe/Berlin' }, '2024-03-31T01:00:00.000Z', '2024-03-31 03:00:00.000'],
    ['datetime', { timeZone: 'Europe/Berlin' }, '2024-03-31T00:59:59.999Z', '2024-03-31 01:59:59.999'],
    [
      'datetime',
      { timeZone: 'Asia/Tokyo' },
      '9999-12-31T23:00:00.000Z',
      'the value of v lies outside the years 0 to 9999',
    ],
    ['datetime', { decimals: 0 }, '2024-05-01T09:30:00.999Z', '2024-05-01 09:30:00'],
    ['datetime', { decimals: 1 }, '2024-05-01T09:30:00.999Z', '2024-05-01 09:30:00.9'],
    ['date', {}, '1990-02-03', '1990-02-03'],
    ['date', { timeZone: 'Asia/Shanghai' }, '1990-02-03', '1990-02-03'],
    ['date', { timeZone: 'Asia/Shanghai' }, '2024-04-30T17:30:00.000Z', '2024-05-01'],
    ['date', {}, '2024-04-30T17:30:00.000Z', '2024-04-30'],
    ['date', {}, '1990-02-30', 'the value of v is no day of the calendar'],
    ['date', {}, '03.02.1990', 'the value of v is no ISO 8601 time with a zone'],
  ])('gives a %s column with %j for %j: %j', (type, how, value, rendered) => {
    expect(renderValue(type, value, how)).toEqual(rendered)
  })

  test('finds the id that a document has in another system', () => {
    const mapping: MirrorMapping = [
      { table: 't', key: ['id'], columns: { id, old: { legacyId: 'pos', type: 'text', default: '-' } } },
    ]
    const rendered = (fields: Doc) => {
      const rendering = renderRows(mapping, { id: 'x', ...fields })
      return rendering.ok && rendering.rows[0]![0]![1]
    }
    const alias = (source: string, legacyId: string) => ({ source, legacyId })
    expect(rendered({ aliases: [alias('crm', '1'), alias('pos', '31'), alias('pos', '22')] })).toBe('22')
    expect(rendered({ aliases: [alias('pos', '22'), alias('pos', '31')] })).toBe('22')
    expect(rendered({ source: 'pos', legacyId: 'A7' })).toBe('A7')
    expect(rendered({ source: 'crm', legacyId: 'A7', aliases: [] })).toBe('-')
  })

  test('leaves out documents and elements for which a condition does not hold', () => {
    const mapping: MirrorMapping = [
      {
        table: 't',
        key: ['id'],
        columns: { id },
        where: [
          { field: 'state', in: ['paid', null] },
          { field: 'test', not: true },
        ],
      },
      { table: 'other', key: ['id'], columns: { id }, where: [{ field: 'big', is: true }] },
      {
        table: 'line',
        key: ['t_id', 'no'],
        each: 'lines',
        where: [
          { field: 'gift', is: null },
          { field: '^state', not: 'open' },
        ],
        columns: { t_id: { from: '^id', type: 'key' }, no: { from: '#', type: 'integer' } },
      },
    ]
    const lines = [{ gift: true }, {}, { gift: false }, { gift: null }]
    const rowsOf = (fields: Doc) => renderRows(mapping, { id: 'x', lines, ...fields })
    expect(rowsOf({ state: 'paid' })).toEqual({
      ok: true,
      rows: [
        [['x']],
        [],
        [
          ['x', 1],
          ['x', 3],
        ],
      ],
    })
    expect(rowsOf({ big: true })).toMatchObject({
      rows: [
        [['x']],
        [['x']],
        [
          ['x', 1],
          ['x', 3],
        ],
      ],
    })
    for (const fields of [{ state: 'open' }, { state: 'paid', test: true }]) {
      expect(rowsOf({ ...fields, big: true })).toEqual({ ok: true, rows: [[], [], []] })
    }
  })

  test('keeps the rows of a deleted document where the mapping says so, and marks them', () => {
    const gone = { from: '_deleted', type: 'boolean' } as const
    const kept: MirrorMapping = [{ table: 't', key: ['id'], keepsDeleted: true, columns: { id, gone } }]
    expect(renderRows(kept, { id: 'x' })).toEqual({ ok: true, rows: [[['x', 0]]] })
    expect(renderRows(kept, { id: 'x', _deleted: true })).toEqual({ ok: true, rows: [[['x', 1]]] })
    expect(renderRows([{ ...kept[0], keepsDeleted: false }], { id: 'x', _deleted: true })).toEqual({
      ok: true,
      rows: [[]],
    })
  })

  test('refuses a document with two elements whose key is the same once it is in the column', () => {
    const keyed = (key: string[], columns: Record<string, MirrorColumn>): MirrorMapping => [
      { table: 't', key: ['id'], columns: { id } },
      {
        table: 'line',
        key: ['t_id', ...key],
        each: 'lines',
        where: [{ field: 'gift', not: true }],
        columns: { t_id: { from: '^id', type: 'key' }, ...columns },
      },
    ]
    const goods = { from: 'goods', type: 'key' } as const
    const size = { from: 'size', type: 'decimal', decimals: 1 } as const
    const render = (mapping: MirrorMapping, ...lines: Doc[]) => renderRows(mapping, { id: 'x', lines })
    const tea = { goods: 'tea', size: 1 }
    expect(render(keyed(['goods'], { goods }), tea, { goods: 'rice' }, { ...tea })).toEqual({
      ok: false,
      column: 'goods',
      reason: 'two elements of lines have the same goods, which is to tell their rows apart',
    })
    const both = keyed(['goods', 'size'], { goods, size })
    expect(render(both, tea, { goods: 'tea', size: 1.04 })).toMatchObject({ ok: false, column: 'goods, size' })
    expect(render(both, tea, { goods: 'tea', size: 1.1 }, { goods: 'Tea', size: 1 })).toMatchObject({ ok: true })
    expect(render(keyed([], { goods }), tea, { goods: 'rice' })).toMatchObject({ ok: false, column: 't_id' })
    expect(render(keyed(['goods'], { goods }), tea, { ...tea, gift: true })).toMatchObject({ ok: true })
    const place = { from: '#', type: 'integer' } as const
    expect(render(keyed(['goods', 'no'], { goods, no: place }), tea, tea)).toMatchObject({ ok: true })
    const halves = { ...place, values: { 0: 1, 1: 1 } }
    expect(render(keyed(['goods', 'no'], { goods, no: halves }), tea, tea)).toMatchObject({ ok: false })
  })

  test.each<[string, Doc]>([
    ['is missing', {}],
    ['is empty', { id: '' }],
    ['ends with a space', { id: 'x ' }],
    ['is longer', { id: 'x'.repeat(129) }],
    ['has half a surrogate pair', { id: 'x\ud83c' }],
  ])('refuses a document whose key %s', (_what, doc) => {
    expect(renderRows([{ table: 't', key: ['id'], columns: { id } }], doc)).toMatchObject({ ok: false, column: 'id' })
  })
})
