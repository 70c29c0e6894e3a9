import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CloudOperations } from '../../cloud-node/cloud-operations.ts'
import { openStoppedCloud } from '../../cloud-node/main.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { orderListQuerySchema, productListQuerySchema } from '../../schemas/protocol/listings.ts'
import { temporaryFolder } from '../support/node-process.ts'
import { testOrder } from '../support/real-chain.ts'

let folder: { path: string; remove: () => void }
let operations: CloudOperations
let close: () => void

beforeEach(() => {
  folder = temporaryFolder()
  ;({ operations, close } = openStoppedCloud(folder.path, COLLECTIONS, true))
  for (const id of ['north', 'south']) operations.addBranch({ id, name: id })
})

afterEach(() => {
  close()
  folder.remove()
})

const products = (query: object = {}) => operations.listings.products(productListQuerySchema.parse(query))
const orders = (query: object = {}) => operations.listings.orders(orderListQuerySchema.parse(query))
const names = (query?: object) => products(query).products.map(({ name }) => name)
const numbers = (query?: object) => orders(query).orders.map(({ number }) => number)

function sell(id: string, name: string, more: object = {}): void {
  operations.write('products', { id, name, price: 1200, currency: 'CNY', ...more })
}

describe('the list of products', () => {
  it('is by name, a page at a time, and leaves out nobody of the same name', () => {
    for (const id of ['c', 'a', 'b']) sell(id, 'Tea')
    sell('d', 'Bun')
    const ids: string[] = []
    let next: string | undefined
    do {
      const page = products({ limit: 2, ...(next !== undefined && { after: next }) })
      ids.push(...page.products.map(({ id }) => id))
      next = page.next
    } while (next !== undefined)
    expect(ids).toEqual(['d', 'a', 'b', 'c'])
  })

  it('finds every word in name, category or id, in any case and width, and leaves out what is not meant', () => {
    sell('t1', 'Green Tea', { category: 'Drinks' })
    sell('t2', 'Black Tea', { category: 'Drinks', discontinued: true })
    sell('b1', '红豆面包', { category: 'Bakery' })
    expect(names({ search: 'drinks TEA' })).toEqual(['Black Tea', 'Green Tea'])
    expect(names({ search: 'ｔ１' })).toEqual(['Green Tea'])
    expect(names({ search: '面包 bakery' })).toEqual(['红豆面包'])
    expect(names({ search: 'tea', discontinued: 'false' })).toEqual(['Green Tea'])
    expect(names({ discontinued: 'true' })).toEqual(['Black Tea'])
  })

  it('has no deleted ones, nothing of how they are merged, and the currency of the chain', () => {
    sell('t1', 'Tea')
    operations.write('products', { id: 't1', _deleted: true })
    sell('t2', 'Tea')
    expect(products()).toEqual({ products: [{ id: 't2', name: 'Tea', price: 1200, currency: 'CNY' }], currency: 'CNY' })
  })

  it('looks through a bounded number in one page, and goes on in the next', () => {
    const many = Array.from({ length: 2500 }, (_, i) => ({
      kind: 'product' as const,
      origin: { file: 'x', line: i + 1 },
      source: 's',
      legacyId: String(i),
      name: i === 2400 ? 'zz sought' : `p${String(i).padStart(5, '0')}`,
      price: 1,
      currency: 'CNY',
    }))
    operations.importBatch(many)
    const first = products({ search: 'sought' })
    expect(first.products).toEqual([])
    expect(products({ search: 'sought', after: first.next })).toMatchObject({ products: [{ name: 'zz sought' }] })
  })

  it('refuses to go on where no page ended', () => {
    for (const after of ['x', '[1]', '{}', '["a"]']) {
      expect(() => products({ after })).toThrow(expect.objectContaining({ code: 'BAD_REQUEST', field: 'after' }))
    }
  })
})

describe('the list of orders', () => {
  it('has what headquarters has taken last first, of one branch or of all, a page at a time', () => {
    operations.write('orders', testOrder('1', 'north'))
    operations.write('orders', testOrder('2', 'south'))
    operations.write('orders', { ...testOrder('3', 'north'), source: 'headquarters', note: 'soon' })
    expect(numbers()).toEqual(['3', '2', '1'])
    expect(numbers({ branch: 'north' })).toEqual(['3', '1'])
    expect(orders({ branch: 'north', limit: 1 }).orders).toEqual([
      {
        id: '3',
        branchId: 'north',
        number: '3',
        placedAt: '2026-03-01T10:00:00.000Z',
        status: 'paid',
        total: 2400,
        currency: 'CNY',
        source: 'headquarters',
        note: 'soon',
        lines: 1,
      },
    ])
    const { next } = orders({ branch: 'north', limit: 1 })
    expect(numbers({ branch: 'north', limit: 1, before: next })).toEqual(['1'])
    operations.write('orders', { id: '1', status: 'closed' })
    expect(numbers({ branch: 'north' })).toEqual(['1', '3'])
  })

  it('has no deleted ones', () => {
    operations.write('orders', testOrder('1', 'north'))
    operations.write('orders', { id: '1', _deleted: true })
    expect(orders()).toEqual({ orders: [] })
  })
})
