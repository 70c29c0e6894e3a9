/** What can be done with an order that was taken, who may do it, and what it becomes. */
import {
  MAX_ORDER_MOVES,
  MAX_TAKEN_MOVES,
  type OrderDocument,
  type OrderMove,
} from '../../../schemas/collections/orders.ts'
import type { Doc } from '../../../schemas/json.ts'
import { sidecarOf } from '../../../schemas/merge-spec.ts'
import {
  canMoveOrder,
  follows,
  ORDER_STATES,
  ORDER_TRANSITIONS,
  statesOfRound,
  type OrderState,
} from '../../../schemas/order-status.ts'

export interface OfferedMove {
  readonly to: OrderState
  /** Of the order afterwards: a larger one reopens it. */
  readonly round: number
  /** A manager does it, or says yes to it. */
  readonly needsManager: boolean
  /** Somebody must be able to read later why. */
  readonly needsReason: boolean
}

/** Who does it, when and why. */
export type MoveFacts = Pick<OrderMove, 'id' | 'at' | 'by' | 'approvedBy' | 'reason'>

/** What a terminal order is reopened as: from there on it moves as every order does. */
const REOPENED: Readonly<Partial<Record<OrderState, OrderState>>> = {
  closed: 'paid',
  refunded: 'paid',
  cancelled: 'created',
}

/** The moves that the status allows, the usual one first. */
export function offeredMoves(order: OrderDocument): OfferedMove[] {
  return allMoves(order).filter((move) => mayMove(order, move))
}

function allMoves(order: OrderDocument): OfferedMove[] {
  const { status, round } = order
  if (status === 'conflicted') return contradictingStates(order).map((to) => reopening(to, round))
  const reopened = REOPENED[status]
  if (reopened) return [reopening(reopened, round)]
  return ORDER_TRANSITIONS[status].map((to) => {
    return { to, round, needsManager: takesBack(to), needsReason: to === 'refunded' }
  })
}

/** Whether it was moved so often that only what must be possible still is. */
export function isFull({ moves }: Pick<OrderDocument, 'moves'>): boolean {
  return moves.length >= MAX_ORDER_MOVES
}

/** The states of the present round that no other reached one follows: of those of a conflicted order, one is to count. */
export function contradictingStates(order: OrderDocument): OrderState[] {
  const reached = statesOfRound(sidecarOf(order as unknown as Doc).h ?? {}, order.round)
  return ORDER_STATES.filter((state) => reached.includes(state) && !reached.some((other) => follows(other, state)))
}

/** The order after the move, stamped when it is written; `undefined` where it can no longer be moved so. */
export function moved(
  order: OrderDocument,
  { to, round }: Pick<OfferedMove, 'to' | 'round'>,
  { payment, ...facts }: MoveFacts & { payment?: string | undefined },
): OrderDocument | undefined {
  if (!mayMove(order, { to, round }) || !canMoveOrder(order, { status: to, round })) return undefined
  // No node takes more: it must be possible all the same, and stands with no name then.
  const moves = order.moves.length < MAX_TAKEN_MOVES ? [...order.moves, { ...facts, to, round }] : order.moves
  return { ...order, status: to, round, moves, ...(payment !== undefined && { payment }) }
}

/** Whether an order stands where a move leads: the move was made, here or in another tab. */
export function hasMoved(order: OrderDocument, { to, round }: Pick<OfferedMove, 'to' | 'round'>): boolean {
  return order.round === round && order.status === to
}

/** Of a full order money can still be given back, and which of two contradicting ends counts be decided: or it counted as paid for good. */
function mayMove(order: OrderDocument, { to, round }: Pick<OfferedMove, 'to' | 'round'>): boolean {
  if (!isFull(order) || order.status === 'conflicted') return true
  return round === order.round && takesBack(to)
}

function takesBack(to: OrderState): boolean {
  return to === 'cancelled' || to === 'refunded'
}

function reopening(to: OrderState, round: number): OfferedMove {
  return { to, round: round + 1, needsManager: true, needsReason: true }
}
