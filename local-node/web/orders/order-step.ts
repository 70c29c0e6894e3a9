/** What happened to an order, step by step: the states that it reached, and who moved it there. */
import type { OrderDocument, OrderMove } from '../../../schemas/collections/orders.ts'
import { compareText } from '../../../schemas/compare-text.ts'
import { parseStamp } from '../../../schemas/hlc.ts'
import type { Doc } from '../../../schemas/json.ts'
import { sidecarOf } from '../../../schemas/merge-spec.ts'
import { historyKey, isOrderState, ORDER_STATES, type OrderState } from '../../../schemas/order-status.ts'

export interface OrderStep {
  readonly round: number
  readonly state: OrderState
  /** ISO 8601; `undefined` for a stamp that tells no time. */
  readonly at: string | undefined
  /** Several where several devices did it; none where a program set the status alone. The oldest first. */
  readonly moves: readonly OrderMove[]
}

/** Round by round, the oldest first. A move to a state that the order never reached tells nothing. */
export function orderSteps(order: OrderDocument): OrderStep[] {
  const oldestFirst = order.moves.toSorted(byTime)
  const reached = Object.entries(sidecarOf(order as unknown as Doc).h ?? {}).flatMap(([key, stamp]) => {
    const [round, state] = key.split(':')
    if (!isOrderState(state)) return []
    const wallMs = parseStamp(stamp)?.wallMs
    const at = wallMs === undefined ? undefined : new Date(wallMs).toISOString()
    const moves = oldestFirst.filter((move) => historyKey(move.round, move.to) === key)
    return [{ round: Number(round), state, at, stamp: String(stamp), moves }]
  })
  const rank = (state: OrderState) => ORDER_STATES.indexOf(state)
  return reached
    .toSorted((a, b) => a.round - b.round || compareText(a.stamp, b.stamp) || rank(a.state) - rank(b.state))
    .map(({ round, state, at, moves }) => ({ round, state, at, moves }))
}

function byTime(a: OrderMove, b: OrderMove): number {
  return compareText(a.at, b.at) || compareText(a.id, b.id)
}
