import { describe, expect, it } from 'vitest'
import { createCatalogue, searchCatalogue } from '../../../../local-node/web/orders/order-catalogue-search.ts'
import type { OrderCard } from '../../../../local-node/web/orders/order-card.ts'
import { dayBounds, dayOf, filterOrders } from '../../../../local-node/web/orders/order-filter.ts'
import { toMemberCard } from '../../../../local-node/web/members/member-card.ts'
import {
  bestProducts,
  figuresOf,
  hasOrders,
  newMembersOf,
  shownHours,
} from '../../../../local-node/web/today/today-figures.ts'

const at = (day: number, hour: number) => new Date(2026, 2, day, hour).toISOString()
const card = (id: string, more: Partial<OrderCard> = {}): OrderCard => ({
  id,
  number: `b1-${id}`,
  placedAt: at(8, 10),
  status: 'paid',
  round: 1,
  total: 1000,
  currency: 'CNY',
  pieces: 1,
  ...more,
})

describe('the list of orders', () => {
  const orders = [
    card('a', { placedAt: at(8, 23) }),
    card('b', { placedAt: at(8, 0), status: 'refunded', memberId: 'm1' }),
    card('c', { placedAt: at(7, 23) }),
  ]
  const sought = ({ memberId }: OrderCard) => (memberId === undefined ? undefined : 'li na\n+8613800138000')
  const ids = (filter: Partial<Parameters<typeof filterOrders>[1]>) =>
    filterOrders(orders, { text: '', ...filter }, sought).map(({ id }) => id)

  it('is narrowed by status and by the shop’s days, both ends included', () => {
    expect(ids({ status: 'refunded' })).toEqual(['b'])
    expect(ids({ from: '2026-03-08' })).toEqual(['a', 'b'])
    expect(ids({ to: '2026-03-07' })).toEqual(['c'])
    expect(ids({ from: '2026-03-08', to: '2026-03-08', status: 'paid' })).toEqual(['a'])
  })

  it('finds numbers, names and parts of phones', () => {
    expect(ids({ text: 'B1-C' })).toEqual(['c'])
    expect(ids({ text: 'Li N' })).toEqual(['b'])
    expect(ids({ text: '138 0013' })).toEqual(['b'])
    expect(ids({ text: '13' })).toEqual([])
  })

  it('counts days by the shop’s clock', () => {
    expect(dayOf(Date.parse(at(8, 23)))).toBe('2026-03-08')
    expect(dayOf(Date.parse(at(1, 1)), -7)).toBe('2026-02-22')
    expect(dayBounds('2026-03-08')).toEqual([at(8, 0), at(9, 0)])
  })
})

describe('the figures of a day', () => {
  it('count what was paid and not taken back, by the hour, and what was given back apart', () => {
    const orders = [
      card('a', { total: 1001 }),
      card('b', { status: 'closed', placedAt: at(8, 12) }),
      card('c', { status: 'refunded' }),
      card('d', { status: 'created' }),
      card('e', { status: 'cancelled' }),
      card('f', { placedAt: at(9, 0) }),
      card('g', { currency: 'USD' }),
    ]
    const { byHour, ...figures } = figuresOf(orders, '2026-03-08', 'CNY')
    expect(figures).toEqual({ orders: 2, sales: 2001, average: 1001, refunds: 1, refunded: 1000 })
    expect([byHour[10], byHour[12], byHour.reduce((sum, sales) => sum + sales, 0)]).toEqual([1001, 1000, 2001])
    expect([hasOrders(orders, '2026-03-09'), hasOrders(orders, '2026-03-10')]).toEqual([true, false])
  })

  it('count members by their first registration at this branch', () => {
    const registered = (id: string, ...registrations: { branchId: string; at: string }[]) =>
      toMemberCard({
        id,
        scope: 'shared',
        generation: 1,
        name: id,
        registrations: registrations.map((one, i) => ({ id: `${id}${i}`, ...one })),
      })
    const members = [
      registered('new', { branchId: 'b1', at: at(8, 9) }),
      registered('again', { branchId: 'b1', at: at(8, 9) }, { branchId: 'b1', at: at(1, 9) }),
      registered('elsewhere', { branchId: 'b2', at: at(8, 9) }),
    ]
    expect(newMembersOf(members, '2026-03-08', 'b1')).toBe(1)
  })

  it('name what sold best, without what was taken back', () => {
    const line = (name: string, quantity: number, total: number) => ({
      productId: name,
      name,
      price: 100,
      quantity,
      discount: 0,
      total,
    })
    const orders = [
      { status: 'paid', currency: 'CNY', lines: [line('Tea', 0.1, 10), line('Cake', 1, 50)] },
      { status: 'closed', currency: 'CNY', lines: [line('Tea', 0.2, 20)] },
      { status: 'refunded', currency: 'CNY', lines: [line('Milk', 9, 900)] },
    ] as const
    expect(
      bestProducts(
        orders.map((one) => ({ ...one, lines: [...one.lines] })),
        'CNY',
        5,
      ),
    ).toEqual([
      { name: 'Cake', quantity: 1, sales: 50 },
      { name: 'Tea', quantity: 0.3, sales: 30 },
    ])
  })

  it('are shown for the hours that had any, and never fewer than eight', () => {
    const only = (...hours: number[]) => Array.from({ length: 24 }, (_, hour) => (hours.includes(hour) ? 1 : 0))
    expect(shownHours(only(9, 21), 12)).toEqual({ first: 9, last: 21 })
    for (const hour of [0, 12, 23]) {
      const { first, last } = shownHours(only(), hour)
      expect([last - first, first >= 0, last <= 23, first <= hour && hour <= last]).toEqual([7, true, true, true])
    }
  })
})

describe('the catalogue', () => {
  const product = (id: string, name: string, more: object = {}) => ({ id, name, price: 100, currency: 'CNY', ...more })
  const catalogue = createCatalogue([
    product('p10', 'Tea 10', { category: 'Tea' }),
    product('p2', 'Tea 2', { category: 'Tea' }),
    product('690', 'Coffee p2'),
    product('p3', 'Old tea', { category: 'Tea', discontinued: true }),
  ])
  const found = (text: string, category?: string) => searchCatalogue(catalogue, text, category).map(({ id }) => id)

  it('finds every word, in any order and in wide letters too, and leaves out what is no longer sold', () => {
    expect(found('')).toEqual(['690', 'p2', 'p10'])
    expect(found('10 ＴＥＡ')).toEqual(['p10'])
    expect(found('old')).toEqual([])
  })

  it('shows first what has just the id that a scanner typed', () => {
    expect(found('p2')).toEqual(['p2', '690'])
  })

  it('knows its categories, those without one last', () => {
    expect(catalogue.categories).toEqual(['Tea', ''])
    expect([found('', 'Tea'), found('', '')]).toEqual([['p2', 'p10'], ['690']])
  })
})
