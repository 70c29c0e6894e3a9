/** A week of a tea shop, written through its node's API: who comes, what they buy, what is given back. */
import { randomUUID } from 'node:crypto'
import { callNode } from '../../adapters/cli/node-client.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import type { OrderDocument } from '../../schemas/collections/orders.ts'
import { soldAs } from '../demo/till.ts'
import { planTradeDay, type TradeEvent } from '../demo/trade-day.ts'
import type { ShownDocuments } from './app-screens.ts'

const ORDERS = 140
const DAYS = 7
/** Of today: enough for a chart. */
const TODAY = 45
const OPENS_HOUR = 9
const HOUR_MS = 3_600_000
const PAYMENTS = ['cash', 'card', 'alipay'] as const

/**
 * @param until the last order's time, ms
 * @param staff by their names
 * @param plan names what is traded: another one, other people
 */
export async function tradeForAWeek(
  node: NodeAddress,
  branchId: string,
  until: number,
  staff: { cashier: string; manager: string },
  plan = 1,
): Promise<ShownDocuments> {
  const memberIds = new Map<string, string>()
  const orders = new Map<number, OrderDocument>()
  const bought = new Map<string, number>()
  let orderId = ''
  let done = 0
  for (const event of planTradeDay(plan, 1, ORDERS)) {
    if (event.kind === 'register' && !memberIds.has(event.phone)) {
      const { phone, name, isPrivate } = event
      const body = { phone, name, private: isPrivate }
      memberIds.set(phone, (await callNode<{ id: string }>(node, 'POST', '/api/members', body)).id)
    } else if (event.kind === 'order') {
      const memberId = event.phone === undefined ? undefined : memberIds.get(event.phone)
      const sale = { branchId, memberId, at: placedAt(done, until), payment: PAYMENTS[done % 3]!, by: staff.cashier }
      const order = orderOf(event, sale)
      orders.set(event.number, order)
      await callNode(node, 'POST', '/api/documents/orders', order)
      if (memberId !== undefined && order.lines.length > 1) orderId = order.id
      if (memberId !== undefined) bought.set(memberId, (bought.get(memberId) ?? 0) + 1)
      done += 1
    } else if (event.kind === 'refund') {
      await callNode(node, 'POST', '/api/documents/orders', refundOf(orders.get(event.number)!, staff))
    }
  }
  const [[memberId] = ['']] = [...bought].toSorted(([, a], [, b]) => b - a)
  const { name } = await callNode<{ name: string }>(node, 'GET', `/api/documents/members/${memberId}`)
  await callNode(node, 'POST', '/api/documents/members', { id: memberId, tags: ['常客', '喜欢龙井'] })
  await askHeadquarters(
    node,
    [...memberIds.values()].filter((id) => id !== memberId),
  )
  return { memberId, memberName: name, orderId, product: '茶' }
}

/** What waits for a person there, or is decided at once. */
async function askHeadquarters(node: NodeAddress, [first, second, third]: readonly string[]): Promise<void> {
  await callNode(node, 'POST', `/api/members/${first}/requests`, { do: 'phone', to: '13900139000' })
  await callNode(node, 'POST', `/api/members/${second}/requests`, { do: 'merge', into: third })
}

function idOf(branchId: string, number: number): string {
  return `shown-${branchId}-${number}`
}

/** Most on the days before, the rest since the shop was opened today. */
function placedAt(number: number, until: number): string {
  const before = ORDERS - TODAY
  const opened = Math.min(new Date(until).setHours(OPENS_HOUR, 0, 0, 0), until - HOUR_MS)
  if (number >= before) return new Date(opened + ((until - opened) * (number - before)) / TODAY).toISOString()
  const day = DAYS - Math.floor((number * DAYS) / before)
  return new Date(opened - day * 24 * HOUR_MS + (number % 12) * 0.9 * HOUR_MS).toISOString()
}

function orderOf(
  { number, lines }: Extract<TradeEvent, { kind: 'order' }>,
  given: {
    branchId: string
    memberId: string | undefined
    at: string
    payment: (typeof PAYMENTS)[number]
    by: string
  },
): OrderDocument {
  const { sold, total } = soldAs(lines)
  return {
    id: idOf(given.branchId, number),
    branchId: given.branchId,
    number: `A-${1_000 + number}`,
    placedAt: given.at,
    status: 'paid',
    round: 1,
    lines: sold,
    total,
    currency: 'CNY',
    payment: given.payment,
    moves: [{ id: randomUUID(), at: given.at, by: given.by, to: 'paid', round: 1 }],
    ...(given.memberId !== undefined && { memberId: given.memberId, pointsEarned: Math.floor(total / 100) }),
  }
}

function refundOf(
  { id, placedAt: at, moves }: OrderDocument,
  { cashier, manager }: { cashier: string; manager: string },
): Partial<OrderDocument> {
  const why = { by: cashier, approvedBy: manager, reason: '茶叶受潮 Damp leaves' }
  return { id, status: 'refunded', moves: [...moves, { id: randomUUID(), at, ...why, to: 'refunded', round: 1 }] }
}
