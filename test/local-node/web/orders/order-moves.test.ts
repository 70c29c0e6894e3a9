import { describe, expect, it } from 'vitest'
import { hasMoved, moved, movesOf, statusSteps, withNote } from '../../../../local-node/web/orders/order-moves.ts'
import type { OrderDocument } from '../../../../schemas/collections/orders.ts'
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
    clock: { r: {}, h: history },
  }
  return document
}

const offered = (of: OrderDocument) =>
  movesOf(of).map(({ to, round, needsManager }) => `${round}:${to}${needsManager ? '!' : ''}`)

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
      (one) => movesOf(one).filter(({ needsReason }) => needsReason).length,
    )
    expect(reasons).toEqual([1, 1, 0])
  })

  it('moves an order once: the second time it stands there already, or the status refuses', () => {
    const refund = { to: 'refunded', round: 1 } as const
    const after = moved(order('paid'), refund, {})!
    expect(after).toMatchObject({ status: 'refunded', round: 1 })
    expect([moved(after, refund, {}), hasMoved(after, refund)]).toEqual([undefined, true])
    expect(moved(order('cancelled'), refund, {})).toBeUndefined()
    expect(moved(order('created'), { to: 'paid', round: 1 }, { payment: 'card' })).toMatchObject({ payment: 'card' })
  })

  it('appends who did it and why to the note, and keeps the newest where there is no more room', () => {
    const note = { at: '2026-03-01T10:00:00.000Z', by: 'Wang, Zhang Min', what: 'Refunded ¥1.00', reason: ' cold ' }
    const once = withNote('No sugar', note)
    expect(once).toMatch(/^No sugar\n\[2026-03-0[12] \d\d:\d\d Wang, Zhang Min\] Refunded ¥1\.00: cold$/)
    expect(withNote(undefined, { ...note, reason: '' })).toMatch(/\] Refunded ¥1\.00$/)
    const long = withNote('x'.repeat(4000), note)
    expect(long).toHaveLength(4000)
    expect(long.endsWith('cold')).toBe(true)
  })

  it('tells what the order has been, round by round, the oldest first', () => {
    const steps = statusSteps(
      order('paid', 2, { '2:paid': stamp(9), '1:paid': stamp(0), '1:refunded': stamp(5), no: 'x' }),
    )
    expect(steps.map(({ round, state, at }) => [round, state, Date.parse(at!) - MS])).toEqual([
      [1, 'paid', 0],
      [1, 'refunded', 5000],
      [2, 'paid', 9000],
    ])
  })
})
