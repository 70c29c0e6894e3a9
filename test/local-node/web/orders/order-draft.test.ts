import { describe, expect, it } from 'vitest'
import {
  draftSpent,
  lacksMember,
  newDraft,
  orderOf,
  parseDraft,
  withFreeLine,
  withLineDiscount,
  withoutMember,
  withProduct,
  withQuantity,
  type OrderDraft,
  type OrderFacts,
} from '../../../../local-node/web/orders/order-draft.ts'
import { readQuantity } from '../../../../adapters/ui/read-quantity.ts'
import { toMemberCard } from '../../../../local-node/web/members/member-card.ts'
import { likelyCash, readCash } from '../../../../local-node/web/orders/payment-method.ts'

const tea = { id: 'tea', name: 'Tea', price: 1250, currency: 'CNY' }
const member = toMemberCard({
  id: 'm1',
  scope: 'b1',
  generation: 1,
  name: 'Li Na',
  registrations: [{ id: 'r1', branchId: 'b1' }],
})
const facts: OrderFacts = {
  member: undefined,
  spent: { points: 0, value: 0 },
  status: 'paid',
  session: { branchId: 'b1', currency: 'CNY' },
  at: '2026-03-01T10:00:00.000Z',
  tail: 'ab12',
  taken: { id: 'm1', by: 'Wang Wei' },
}

describe('the draft of an order', () => {
  it('counts the same product up, and loses a line of which nothing is left', () => {
    const two = withProduct(withProduct(newDraft('o1'), tea), tea)
    expect(two.lines).toEqual([{ productId: 'tea', name: 'Tea', price: 1250, quantity: 2 }])
    expect(withQuantity(two, 0, 0).lines).toEqual([])
    expect(withQuantity(two, 0, 0.1234).lines[0]!.quantity).toBe(0.123)
  })

  it('takes quantities that are whole or weights, and nothing else', () => {
    expect(['3', '0.5', '1,25', '３'].map(readQuantity)).toEqual([3, 0.5, 1.25, 3])
    expect(['', '-1', '1e3', '0.1234', '123456'].map(readQuantity)).toEqual(Array(5).fill(undefined))
  })

  it('becomes an order whose lines add up to its total, and earns points on what is paid', () => {
    const lines = withFreeLine(withProduct(newDraft('o1', 'mobile'), tea), 'Gift wrap', 333)
    const draft = {
      ...withLineDiscount(lines, 0, { unit: 'percent', text: '10' }),
      discount: { unit: 'money', text: '1' },
    }
    const order = orderOf(draft as OrderDraft, { ...facts, member })
    expect(order).toMatchObject({
      id: 'o1',
      status: 'paid',
      round: 1,
      total: 1358,
      pointsEarned: 13,
      payment: 'mobile',
    })
    expect(order.lines.reduce((sum, { total }) => sum + total, 0)).toBe(order.total)
    expect(order.lines[0]).toEqual({
      productId: 'tea',
      name: 'Tea',
      price: 1250,
      quantity: 1,
      discount: 202,
      total: 1048,
    })
    expect(order).toMatchObject({ memberId: 'm1', registrationId: 'r1' })
  })

  it('says who took it, where somebody is logged in', () => {
    const draft = withProduct(newDraft('o1'), tea)
    const taken = { id: 'm1', at: facts.at, by: 'Wang Wei', to: 'created', round: 1 }
    expect(orderOf(draft, { ...facts, status: 'created' }).moves).toEqual([taken])
    expect(orderOf(draft, { ...facts, taken: undefined }).moves).toEqual([])
  })

  it('names no way of payment for what was not paid, or was paid with stored value alone', () => {
    const draft = withProduct(newDraft('o1'), tea)
    expect(orderOf(draft, { ...facts, status: 'created' })).not.toHaveProperty('payment')
    const stored = orderOf(draft, { ...facts, member, spent: { points: 0, value: 1250 } })
    expect(stored).toMatchObject({ valueSpent: 1250 })
    expect(stored).not.toHaveProperty('payment')
  })

  it('is paid in full where no member is there to pay with stored value', () => {
    const draft = withProduct({ ...newDraft('o1'), memberId: 'm1' }, tea)
    const order = orderOf(draft, { ...facts, spent: { points: 0, value: 1250 } })
    expect(order).toMatchObject({ total: 1250, payment: 'cash' })
    expect(order).not.toHaveProperty('valueSpent')
  })

  it('lacks a member that was chosen and is not read, and none where none was chosen', () => {
    const chosen = { ...newDraft('o1'), memberId: 'm1' }
    expect([
      lacksMember(chosen, undefined),
      lacksMember(chosen, member),
      lacksMember(newDraft('o1'), undefined),
    ]).toEqual([true, false, false])
  })

  it('forgets with the member what only a member can spend', () => {
    const draft = {
      ...withProduct(newDraft('o1'), tea),
      memberId: 'm1',
      spendPoints: '5',
      spendValue: '1',
      note: 'hot',
    }
    expect(withoutMember(draft)).toEqual({ ...withProduct(newDraft('o1'), tea), note: 'hot' })
    expect(draftSpent(draft, 'CNY')).toEqual({ points: 5, value: 100 })
    expect(draftSpent({ ...draft, spendPoints: '1.5' }, 'CNY')).toBeUndefined()
  })

  it('is the same after a reload, and a new one where something else was kept', () => {
    const draft = withLineDiscount(withProduct(newDraft('o1'), tea), 0, { unit: 'percent', text: '5' })
    expect(parseDraft(JSON.stringify(draft))).toEqual(draft)
    const others = ['', 'null', '{"id":"o1","lines":[]}', '{"id":"o1","lines":[{}],"payment":"cash"}']
    expect(others.map(parseDraft)).toEqual(others.map(() => undefined))
  })
})

describe('cash', () => {
  it('gives change, says what is missing, and takes nothing typed for the exact amount', () => {
    expect(readCash('20', 1250, 'CNY')).toEqual({ kind: 'enough', given: 2000, change: 750 })
    expect(readCash('', 1250, 'CNY')).toEqual({ kind: 'enough', given: 1250, change: 0 })
    expect(readCash('10', 1250, 'CNY')).toEqual({ kind: 'short', missing: 250 })
    expect(readCash('ten', 1250, 'CNY')).toEqual({ kind: 'invalid' })
  })

  it('is offered in amounts above what is due', () => {
    expect(likelyCash(2653, 'CNY')).toEqual([40, 50, 100])
    expect(likelyCash(100, 'JPY')).toEqual([])
  })
})
