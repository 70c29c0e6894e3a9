import { describe, expect, it } from 'vitest'
import { hasMoved, moved, offeredMoves } from '../../../../local-node/web/orders/order-moves.ts'
import { orderSteps } from '../../../../local-node/web/orders/order-step.ts'
import { MAX_ORDER_MOVES, MAX_TAKEN_MOVES, type OrderDocument } from '../../../../schemas/collections/orders.ts'
import type { OrderStatus } from '../../../../schemas/order-status.ts'
import { formatStamp } from '../../../../schemas/hlc.ts'
import type { WriterId } from '../../../../schemas/brand.ts'

const MS = Date.parse('2026-03-01T10:00:00.000Z')
const stamp = (s: number) => formatStamp(MS + s * 1000, 0, 'w1' as WriterId)

function order(status: OrderStatus, round = 1, history: Record<string, string> = {}): OrderDocument {
  const document = {
    id: 'o1',
    branchId: 'b1',
    number: 'b1-1',
    placedAt: '2026-03-01T10:00:00.000Z',
    status,
    round,
    lines: [],
    total: 100,
    currency: 'CNY',
    moves: [],
    clock: { r: {}, h: history },
  }
  return document
}

const REFUND = { to: 'refunded', round: 1 } as const
const FACTS = { id: 'm1', at: '2026-03-01T10:00:00.000Z', by: 'Wang Wei', approvedBy: 'Zhang Min', reason: 'Cold tea' }

const offered = (of: OrderDocument) =>
  offeredMoves(of).map(({ to, round, needsManager }) => `${round}:${to}${needsManager ? '!' : ''}`)

describe('what can be done with an order', () => {
  it('lets anybody pay, hand over and close, and only a manager cancel, refund and reopen', () => {
    expect(offered(order('created'))).toEqual(['1:paid', '1:cancelled!'])
    expect(offered(order('paid'))).toEqual(['1:fulfilled', '1:closed', '1:refunded!'])
    expect(offered(order('fulfilled'))).toEqual(['1:closed', '1:refunded!'])
    expect(offered(order('closed', 2))).toEqual(['3:paid!'])
    expect(offered(order('refunded'))).toEqual(['2:paid!'])
    expect(offered(order('cancelled'))).toEqual(['2:created!'])
  })

  it('lets a manager say which of two contradicting ends of an order counts', () => {
    const history = { '1:paid': stamp(0), '1:closed': stamp(1), '1:refunded': stamp(2) }
    expect(offered(order('conflicted', 1, history))).toEqual(['2:closed!', '2:refunded!'])
  })

  it('asks for a reason where money goes back or something that was over begins again', () => {
    const reasons = [order('paid'), order('closed'), order('created')].map(
      (one) => offeredMoves(one).filter(({ needsReason }) => needsReason).length,
    )
    expect(reasons).toEqual([1, 1, 0])
  })

  it('moves an order once: the second time it stands there already, or the status refuses', () => {
    const after = moved(order('paid'), REFUND, FACTS)!
    expect(after).toMatchObject({ status: 'refunded', round: 1 })
    expect([moved(after, REFUND, FACTS), hasMoved(after, REFUND)]).toEqual([undefined, true])
    expect(moved(order('cancelled'), REFUND, FACTS)).toBeUndefined()
    expect(moved(order('created'), { to: 'paid', round: 1 }, { ...FACTS, payment: 'card' })).toMatchObject({
      payment: 'card',
    })
  })

  it('keeps who did it, who agreed and why beside what was done before, and leaves the note alone', () => {
    const paid = { id: 'm0', at: '2026-03-01T09:00:00.000Z', by: 'Li', to: 'paid', round: 1 } as const
    const after = moved({ ...order('paid'), note: 'No sugar', moves: [paid] }, REFUND, FACTS)!
    expect(after).toMatchObject({ note: 'No sugar', moves: [paid, { ...FACTS, ...REFUND }] })
  })

  const withMoves = (one: OrderDocument, count: number): OrderDocument => {
    return { ...one, moves: Array.from({ length: count }, (_, n) => ({ ...FACTS, ...REFUND, id: `${n}` })) }
  }
  const full = (one: OrderDocument) => withMoves(one, MAX_ORDER_MOVES)

  it('lets only a manager do something with an order that was moved very often: give money back, and decide', () => {
    const history = { '1:paid': stamp(0), '1:closed': stamp(1), '1:refunded': stamp(2) }
    const conflicted = full(order('conflicted', 1, history))
    expect(offered(full(order('paid')))).toEqual(['1:refunded!'])
    expect(offered(full(order('created')))).toEqual(['1:cancelled!'])
    expect(offered(conflicted)).toEqual(['2:closed!', '2:refunded!'])
    expect(offered(full(order('closed')))).toEqual([])
    expect(moved(full(order('paid')), REFUND, FACTS)).toMatchObject({ moves: { length: MAX_ORDER_MOVES + 1 } })
    expect(moved(conflicted, { to: 'closed', round: 2 }, FACTS)).toMatchObject({ status: 'closed', round: 2 })
    expect(moved(full(order('paid')), { to: 'closed', round: 1 }, FACTS)).toBeUndefined()
    expect(moved(full(order('closed')), { to: 'paid', round: 2 }, FACTS)).toBeUndefined()
    expect(moved(withMoves(order('paid'), MAX_ORDER_MOVES - 1), { to: 'closed', round: 1 }, FACTS)).toBeDefined()
  })

  it('notes nobody beyond what a node takes, and does it all the same', () => {
    const most = withMoves(order('paid'), MAX_TAKEN_MOVES)
    expect(moved(most, REFUND, FACTS)).toEqual({ ...most, status: 'refunded' })
  })
})

describe('what happened to an order', () => {
  it('is told round by round, the oldest first', () => {
    const steps = orderSteps(
      order('paid', 2, { '2:paid': stamp(9), '1:paid': stamp(0), '1:refunded': stamp(5), no: 'x' }),
    )
    expect(steps.map(({ round, state, at }) => [round, state, Date.parse(at!) - MS])).toEqual([
      [1, 'paid', 0],
      [1, 'refunded', 5000],
      [2, 'paid', 9000],
    ])
  })

  it('is told with everybody who did it, and without a name where a program set the status alone', () => {
    const history = { '1:paid': stamp(0), '1:refunded': stamp(5), '2:paid': stamp(9) }
    const here = { ...FACTS, ...REFUND }
    const there = { id: 'm0', at: '2026-03-01T09:59:00.000Z', by: 'Li', ...REFUND }
    const again = { id: 'm2', at: '2026-03-01T10:09:00.000Z', by: 'Li', to: 'paid', round: 2 } as const
    const never = { ...here, id: 'm3', round: 2 }
    const steps = orderSteps({ ...order('paid', 2, history), moves: [again, here, never, there] })
    expect(steps.map(({ round, state, moves }) => [round, state, moves])).toEqual([
      [1, 'paid', []],
      [1, 'refunded', [there, here]],
      [2, 'paid', [again]],
    ])
  })
})
