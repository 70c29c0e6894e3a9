import { describe, expect, it } from 'vitest'
import {
  isAsPlaced,
  MOST_LINES,
  newOrderDraft,
  orderForBranch,
  orderTotal,
  withProduct,
  withQuantity,
} from '../../../cloud-node/web/orders/order-for-branch.ts'
import type { ProductDocument } from '../../../schemas/collections/products.ts'

const TEA: ProductDocument = { id: 't1', name: 'Tea', price: 1280, currency: 'CNY' }
const BUN: ProductDocument = { id: 'b1', name: 'Bun', price: 333, currency: 'CNY' }
const FACTS = { currency: 'CNY', at: '2026-03-01T10:00:00.000Z', tail: 'ab1c', by: 'Li', moveId: 'm1' }

describe('an order that headquarters places', () => {
  it('is not paid, names who placed it and where it came from, and keeps names and prices as they are now', () => {
    const chosen = [TEA, BUN, TEA].reduce(withProduct, newOrderDraft('o1', 'north'))
    expect(orderForBranch({ ...chosen, note: ' before noon ' }, FACTS)).toEqual({
      id: 'o1',
      branchId: 'north',
      number: 'north-20260301-AB1C',
      placedAt: FACTS.at,
      status: 'created',
      round: 1,
      lines: [
        { productId: 't1', name: 'Tea', price: 1280, quantity: 2, discount: 0, total: 2560 },
        { productId: 'b1', name: 'Bun', price: 333, quantity: 1, discount: 0, total: 333 },
      ],
      total: 2893,
      currency: 'CNY',
      source: 'headquarters',
      note: 'before noon',
      moves: [{ id: 'm1', at: FACTS.at, by: 'Li', to: 'created', round: 1 }],
    })
    expect(orderForBranch({ ...chosen, note: ' ' }, FACTS)).not.toHaveProperty('note')
  })

  it('is rounded line by line, and loses a line of which nothing is left', () => {
    const chosen = [BUN, TEA].reduce(withProduct, newOrderDraft('o1'))
    const weighed = withQuantity(chosen, 0, 0.5)
    expect(orderTotal(weighed)).toBe(167 + 1280)
    expect(withQuantity(weighed, 0, 0).lines).toEqual([{ product: TEA, quantity: 1 }])
  })

  it('has no more lines than an order takes', () => {
    const many = Array.from({ length: MOST_LINES + 1 }, (_, i) => ({ ...TEA, id: String(i) }))
    expect(many.reduce(withProduct, newOrderDraft('o1')).lines).toHaveLength(MOST_LINES)
  })

  it('is another one than an earlier try with other lines, another branch or note, however far that one has gone', () => {
    const chosen = [TEA, BUN].reduce(withProduct, newOrderDraft('o1', 'north'))
    const order = orderForBranch(chosen, FACTS)
    const there = { ...order, note: '', status: 'paid', number: 'north-20260301-ZZZZ' } as const
    expect(isAsPlaced(there, order)).toBe(true)
    for (const changed of [
      withQuantity(chosen, 0, 2),
      withQuantity(chosen, 1, 0),
      { ...chosen, branchId: 'south' },
      { ...chosen, note: 'now' },
    ]) {
      expect(isAsPlaced(there, orderForBranch(changed, FACTS))).toBe(false)
    }
  })
})
