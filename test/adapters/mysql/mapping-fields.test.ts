import { describe, expect, test } from 'vitest'
import { mappingMistakes } from '../../../adapters/mysql/mapping-mistakes.ts'
import { renderRows } from '../../../adapters/mysql/render-rows.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { MirrorColumn, MirrorMapping, MirrorTable } from '../../../schemas/mirror-mapping.ts'

type Columns = Readonly<Record<string, MirrorColumn>>

const ID: Columns = { id: { from: 'id', type: 'key' } }
const LINE_KEY: Columns = { id: { from: '^id', type: 'key' }, no: { from: '#', type: 'integer' } }

/** Each with the place in its table. */
function mistakesOf(collection: string, mapping: readonly unknown[]): readonly string[] {
  const declaration = COLLECTIONS.find(({ name }) => name === collection)!
  return mappingMistakes(mapping, declaration).map(({ path, message }) => `${path.slice(1).join('.')} ${message}`)
}

function ofDocument(collection: string, columns: Columns, more: Partial<MirrorTable> = {}): readonly string[] {
  return mistakesOf(collection, [{ table: 't', key: ['id'], columns: { ...ID, ...columns }, ...more }])
}

function ofLines(columns: Columns, more: Partial<MirrorTable> = {}): readonly string[] {
  const lines = { table: 'u', key: ['id', 'no'], each: 'lines', columns: { ...LINE_KEY, ...columns }, ...more }
  return mistakesOf('orders', [{ table: 't', key: ['id'], columns: ID }, lines])
}

describe('a path of a mapping', () => {
  test('that leads nowhere is named with the field that was meant, wherever it stands', () => {
    const mistakes = ofDocument(
      'orders',
      {
        v: { from: 'numbr', type: 'text', unless: ['nots'], or: { from: 'legacyid', type: 'text' } as never },
        w: { from: 'nmber', type: 'text', or: { from: 'memberid', unless: ['source'] } },
      },
      { where: [{ field: 'statsu', is: 'paid' }], direction: 'both' },
    )
    expect(mistakes).toEqual([
      expect.stringMatching(
        /^where\.0\.field reads statsu, but the document has no statsu: did you mean status\? Known are id, branchId,/,
      ),
      expect.stringContaining('columns.v.from reads numbr, but the document has no numbr: did you mean number?'),
      expect.stringContaining('columns.v.unless reads nots, but the document has no nots: did you mean note?'),
      expect.stringContaining('columns.v.or.type means nothing here'),
      expect.stringContaining('columns.v.or.from reads legacyid, but the document has no legacyid'),
      expect.stringContaining('columns.w.from reads nmber, but the document has no nmber: did you mean number?'),
      expect.stringContaining('columns.w.or.from reads memberid, but the document has no memberid: did you mean'),
    ])
  })

  test('of an element is looked for in the elements, and one of the document in the document', () => {
    expect(
      ofLines(
        { a: { from: 'nam', type: 'text' }, b: { from: '^nam', type: 'text' }, c: { from: 'status', type: 'text' } },
        { where: [{ field: 'quantty', not: 0 }] },
      ),
    ).toEqual([
      expect.stringContaining(
        'where.0.field reads quantty, but an element of lines has no quantty: did you mean quantity?',
      ),
      expect.stringContaining('columns.a.from reads nam, but an element of lines has no nam: did you mean name?'),
      expect.stringContaining('columns.b.from reads ^nam, but the document has no nam'),
      expect.stringContaining('columns.c.from reads status, but an element of lines has no status'),
    ])
  })

  test.each<[string, string, string]>([
    ["an element's field at the document", 'lines.name', 'lines is a list, whose first element is lines.0'],
    ['a field of a text', 'number.name', 'number is of type string and has no fields'],
    ['a field that an element does not have', 'lines.0.nam', 'lines.0 has no nam: did you mean name?'],
    ['what JavaScript gives every object', '__proto__', 'the document has no __proto__'],
    ['a field of what JavaScript gives every object', 'constructor.name', 'the document has no constructor'],
  ])('is refused for %s', (_what, from, reason) => {
    expect(ofDocument('orders', { v: { from, type: 'json' } })).toEqual([expect.stringContaining(reason)])
  })

  test('to the list of a table must lead to a list, and says nothing more of its elements', () => {
    const columns: Columns = { v: { from: 'whatever', type: 'text' } }
    expect(ofLines(columns, { each: 'lins' })).toEqual([
      expect.stringContaining('each reads lins, but the document has no lins: did you mean lines?'),
    ])
    expect(ofLines(columns, { each: 'total' })).toEqual(['each reads total, which is no list: it is of type integer'])
  })

  test.each<[string, string, Columns]>([
    [
      'a field of a field, an element, an open object',
      'members',
      {
        a: { from: 'balance.points', type: 'integer' },
        b: { from: 'phones.0', type: 'text' },
        c: { from: 'registrations.0.branchId', type: 'key' },
        d: { from: 'clock', type: 'json' },
        e: { from: 'clock.r.name', type: 'json' },
      },
    ],
    [
      'what every document has',
      'products',
      {
        a: { from: '_deleted', type: 'boolean' },
        b: { from: '_rev', type: 'text' },
        c: { from: '_meta.lwt', type: 'decimal' },
        d: { from: '_attachments', type: 'json' },
      },
    ],
    ['what another program held', 'requests', { a: { from: 'held.name', type: 'text' } }],
  ])('may lead to %s', (_what, collection, columns) => {
    expect(ofDocument(collection, columns)).toEqual([])
  })

  test('is not checked below what a schema leaves open', () => {
    const products = COLLECTIONS.find(({ name }) => name === 'products')!
    const extra = { anyOf: [{ type: 'object', properties: { a: {} } }, { type: 'string' }] }
    const properties = { ...products.schema.properties, extra, bag: { type: 'object' }, free: {} }
    const columns = Object.fromEntries(
      ['extra.a', 'bag.b', 'free.c.0.d'].map((from, i) => [`v${i}`, { from, type: 'text' as const }]),
    )
    const mapping = [{ table: 't', key: ['id'], columns: { ...ID, ...columns } }]
    expect(mappingMistakes(mapping, { ...products, schema: { ...products.schema, properties } })).toEqual([])
  })

  test('reads nothing of what JavaScript gives every object', () => {
    const columns: Columns = {
      ...ID,
      v: { from: 'clock.__proto__', type: 'json' },
      w: { from: 'toString', type: 'json' },
    }
    const mapping: MirrorMapping = [{ table: 't', key: ['id'], columns }]
    expect(renderRows(mapping, { id: 'a', clock: {} })).toEqual({ ok: true, rows: [[['a', null, null]]] })
  })
})

describe('a column', () => {
  test.each<[string, MirrorColumn, string]>([
    ['a day from a number', { from: 'total', type: 'date' }, 'v.from is of type integer, which a column of type date'],
    ['a number from a text', { from: 'note', type: 'integer' }, 'is of type string, which a column of type integer'],
    ['a second source of another type', { from: 'total', type: 'money', or: { from: 'note' } }, 'v.or.from is of type'],
    [
      'a text from a list',
      { from: 'lines', type: 'text' },
      'is of type array, which a column of type text cannot hold',
    ],
    ['a place as a boolean', { from: 'moves.0.round', type: 'boolean' }, 'is of type integer'],
    [
      'a mask of a number',
      { from: 'total', type: 'text', mask: 'phone' },
      'is of type integer, of which there is no mask',
    ],
    ['values of a list', { from: 'lines', type: 'text', values: { a: 'b' } }, 'of which there is no value to look up'],
  ])('is refused for %s', (_what, v, reason) => {
    expect(ofDocument('orders', { v })).toEqual([expect.stringContaining(reason)])
  })

  test('looks up only values that the field may have, of whichever source', () => {
    const values = { pad: 1, paid: 2 }
    const at = 'moves.0.to'
    expect(ofDocument('orders', { v: { from: at, type: 'integer', values } })).toEqual([
      'columns.v.values.pad is none of its values: did you mean paid? Known are created, paid, fulfilled, closed, cancelled, refunded',
    ])
    expect(ofDocument('orders', { v: { from: at, type: 'integer', values, or: { from: 'status' } } })).toEqual([])
    expect(
      ofDocument('products', { v: { from: 'discontinued', type: 'text', values: { yes: 'x', true: 'y' } } }),
    ).toEqual(['columns.v.values.yes is none of its values; known are true, false'])
  })
})

describe('a condition', () => {
  test('is on a value that the field may have', () => {
    const where = [
      { field: 'kind', is: 'topp' },
      { field: 'kind', in: ['adjust', 'other', null] },
      { field: 'points', not: 'none' },
      { field: 'points', is: 0.5 },
      { field: '_deleted', is: 'no' },
    ]
    expect(ofDocument('movements', {}, { where })).toEqual([
      'where.0.is is none of its values: did you mean topup? Known are adjust, topup',
      'where.1.in is none of its values; known are adjust, topup',
      'where.2.not is none of its values: it is of type integer',
      'where.3.is is none of its values: it is of type integer',
      'where.4.is is none of its values: it is of type boolean',
    ])
    const right = [
      { field: 'kind', in: ['adjust', 'topup'] },
      { field: 'reason', not: null },
      { field: 'points', not: 0 },
      { field: '_deleted', not: true },
    ]
    expect(ofDocument('movements', {}, { where: right })).toEqual([])
  })
})

describe('the indexes of a table', () => {
  test('name columns, each by its own place', () => {
    expect(ofDocument('products', {}, { indexes: [['ver'], ['nix'], ['constructor']] })).toEqual([
      'indexes.1 names nix, which is no column; known are id, ver',
      'indexes.2 names constructor, which is no column; known are id, ver',
    ])
    expect(ofDocument('products', {}, { key: ['di'] })).toEqual([
      'key names di, which is no column: did you mean id? Known are id',
    ])
  })

  test('have names of their own, and each column once', () => {
    const name: MirrorColumn = { from: 'name', type: 'text' }
    const columns: Columns = { n: name, a_n: name, a: name }
    const indexes = [['n'], ['n'], ['a', 'n'], ['a_n'], ['a', 'a'], ['w_m']]
    expect(ofDocument('products', { ...columns, w_m: name }, { indexes, watermark: 'w_m2' })).toEqual([
      'indexes.4 names a twice',
      'indexes.1 has the name ix_n, as that of (n) has',
      'indexes.3 has the name ix_a_n, as that of (a, n) has',
    ])
    expect(ofDocument('products', columns, { indexes: [['a', 'n']], watermark: 'A_n2' })).toEqual([])
  })
})
