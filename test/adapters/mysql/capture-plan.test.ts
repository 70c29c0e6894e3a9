import { describe, expect, test } from 'vitest'
import { changesByDocument, planChange } from '../../../adapters/mysql/capture-plan.ts'
import { mirroredCollections } from '../../../adapters/mysql/mirrored-collection.ts'
import type { Doc } from '../../../schemas/json.ts'
import { openDeclarations } from './capture-fixture.ts'
import { line, order } from './mirror-fixture.ts'

const collections = mirroredCollections(openDeclarations())
const tea = { id: 'tea', name: 'Tea', price: 450, currency: 'CNY', unit: null }

const changesOf = (...rows: Parameters<typeof changesByDocument>[1]) =>
  changesByDocument(collections, rows).map(({ collection, id, changes }) => ({
    collection: collection.name,
    id,
    changes,
  }))

describe('the rows of a transaction', () => {
  test('are put together by document, its own row with those below it', () => {
    const found = changesOf(
      { table: 'orders', after: { id: 'o1' } },
      { table: 'product', after: tea },
      { table: 'order_line', after: { order_id: 'o1', line_no: 0 } },
    )
    expect(found.map(({ collection, id, changes }) => [collection, id, changes.map(({ table }) => table)])).toEqual([
      ['orders', 'o1', ['orders', 'order_line']],
      ['products', 'tea', ['product']],
    ])
  })

  test('count as what came of each row in the end', () => {
    const [cheap, dear] = [
      { ...tea, price: 1 },
      { ...tea, price: 900 },
    ]
    const update = { table: 'product', before: tea, after: cheap }
    expect(changesOf(update, { table: 'product', before: cheap, after: dear })[0]?.changes).toEqual([
      { table: 'product', before: tea, after: dear },
    ])
    // As REPLACE does.
    expect(changesOf({ table: 'product', before: tea }, { table: 'product', after: dear })[0]?.changes).toEqual([
      { table: 'product', before: tea, after: dear },
    ])
    expect(changesOf({ table: 'product', after: tea }, update)[0]?.changes).toEqual([
      { table: 'product', after: cheap },
    ])
    expect(changesOf({ table: 'product', after: tea }, { table: 'product', before: tea })).toEqual([])
    expect(changesOf({ table: 'branch', after: { id: 'x' } }, { table: 'elsewhere', after: tea })).toHaveLength(1)
  })
})

describe('a change of a line', () => {
  const doc: Doc = { ...order('o1', [line('rice'), line('salt')]), moves: [] }
  const row = (place: number, productId: string, quantity: number) => ({
    order_id: 'o1',
    line_no: place,
    product_id: productId,
    name: productId,
    price: 450,
    quantity: `${quantity}.000`,
    discount: 0,
    total: 450,
  })
  const plan = (before: ReturnType<typeof row>) => {
    const change = { table: 'order_line', before, after: { ...before, quantity: '7.000' } }
    return planChange(changesByDocument(collections, [change])[0]!, doc)
  }

  test('finds the line where it stands now', () => {
    const quantities = (fields: Readonly<Record<string, unknown>>) =>
      (fields['lines'] as { quantity: number }[]).map(({ quantity }) => quantity)
    expect(quantities(plan(row(1, 'salt', 1)).fields)).toEqual([1, 7])
    expect(quantities(plan(row(4, 'rice', 1)).fields)).toEqual([7, 1])
  })

  test('is refused where the document has changed the line meanwhile', () => {
    expect(plan(row(0, 'rice', 2))).toMatchObject({
      kind: 'none',
      refusals: [{ table: 'order_line', reason: 'is of an element that the document has changed meanwhile' }],
    })
  })
})

describe('a change of a document that there is not', () => {
  const products = (change: object) => changesByDocument(collections, [{ table: 'product', ...change }])[0]!

  test('is refused, unless it is its own row that was inserted', () => {
    const changed = products({ before: tea, after: { ...tea, price: 1 } })
    expect(planChange(changed, undefined)).toMatchObject({ kind: 'none', refusals: [{ table: 'product' }] })
    expect(planChange(changed, { ...tea, _deleted: true })).toMatchObject({ kind: 'none', refusals: [{}] })
    expect(planChange(products({ after: tea }), undefined)).toMatchObject({ kind: 'insert', fields: { price: 450 } })
    expect(planChange(products({ before: tea }), undefined)).toEqual({ kind: 'none', fields: {}, refusals: [] })
  })
})
