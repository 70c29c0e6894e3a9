/** What can be done with an order that was taken, who may do it, and what it becomes. */
import type { OrderDocument } from '../../../schemas/collections/orders.ts'
import type { Doc } from '../../../schemas/json.ts'
import { parseStamp } from '../../../schemas/hlc.ts'
import { sidecarOf } from '../../../schemas/merge-spec.ts'
import {
  canMoveOrder,
  follows,
  isOrderState,
  ORDER_STATES,
  ORDER_TRANSITIONS,
  statesOfRound,
  type OrderState,
} from '../../../schemas/order-status.ts'

export interface OrderMove {
  readonly to: OrderState
  /** Of the order afterwards: a larger one reopens it. */
  readonly round: number
  /** A manager does it, or says yes to it. */
  readonly needsManager: boolean
  /** Somebody must be able to read later why. */
  readonly needsReason: boolean
}

/** Who did it, and why. */
export interface MoveNote {
  /** ISO 8601. */
  readonly at: string
  readonly by: string
  /** What was done, as people read it. */
  readonly what: string
  readonly reason: string
}

export interface StatusStep {
  readonly round: number
  readonly state: OrderState
  /** ISO 8601; `undefined` for a stamp that tells no time. */
  readonly at: string | undefined
}

const MOST_NOTE = 4000
/** What a terminal order is reopened as: from there on it moves as every order does. */
const REOPENED: Readonly<Partial<Record<OrderState, OrderState>>> = {
  closed: 'paid',
  refunded: 'paid',
  cancelled: 'created',
}

/** The moves that the status allows, the usual one first. */
export function movesOf(order: OrderDocument): OrderMove[] {
  const { status, round } = order
  if (status === 'conflicted') return contradictingStates(order).map((to) => reopening(to, round))
  const reopened = REOPENED[status]
  if (reopened) return [reopening(reopened, round)]
  return ORDER_TRANSITIONS[status].map((to) => {
    const takesBack = to === 'cancelled' || to === 'refunded'
    return { to, round, needsManager: takesBack, needsReason: to === 'refunded' }
  })
}

/** The states of the present round that no other reached one follows: of those of a conflicted order, one is to count. */
export function contradictingStates(order: OrderDocument): OrderState[] {
  const reached = statesOfRound(sidecarOf(order as unknown as Doc).h ?? {}, order.round)
  return ORDER_STATES.filter((state) => reached.includes(state) && !reached.some((other) => follows(other, state)))
}

/** The order after the move, stamped when it is written; `undefined` where the status no longer allows it. */
export function moved(
  order: OrderDocument,
  { to, round }: Pick<OrderMove, 'to' | 'round'>,
  { payment, note }: { payment?: string | undefined; note?: MoveNote | undefined },
): OrderDocument | undefined {
  if (!canMoveOrder(order, { status: to, round })) return undefined
  return {
    ...order,
    status: to,
    round,
    ...(payment !== undefined && { payment }),
    ...(note && { note: withNote(order.note, note) }),
  }
}

/** Whether an order stands where a move leads: the move was made, here or in another tab. */
export function hasMoved(order: OrderDocument, { to, round }: Pick<OrderMove, 'to' | 'round'>): boolean {
  return order.round === round && order.status === to
}

/** The oldest words give way where there is no more room. */
export function withNote(note: string | undefined, { at, by, what, reason }: MoveNote): string {
  const entry = `[${localTime(at)} ${by}] ${[what, reason.trim()].filter(Boolean).join(': ')}`
  return [note?.trim(), entry].filter(Boolean).join('\n').slice(-MOST_NOTE)
}

/** Everything that the order has been, the oldest first. */
export function statusSteps(order: OrderDocument): StatusStep[] {
  const steps = Object.entries(sidecarOf(order as unknown as Doc).h ?? {}).flatMap(([key, stamp]) => {
    const [round, state] = key.split(':')
    if (!isOrderState(state)) return []
    const wallMs = parseStamp(stamp)?.wallMs
    return [
      { round: Number(round), state, stamp, at: wallMs === undefined ? undefined : new Date(wallMs).toISOString() },
    ]
  })
  const rank = (state: OrderState) => ORDER_STATES.indexOf(state)
  return steps
    .toSorted((a, b) => a.round - b.round || (a.stamp < b.stamp ? -1 : 1) || rank(a.state) - rank(b.state))
    .map(({ round, state, at }) => ({ round, state, at }))
}

function reopening(to: OrderState, round: number): OrderMove {
  return { to, round: round + 1, needsManager: true, needsReason: true }
}

/** As the till's clock shows it, with the year: notes are read long afterwards. */
function localTime(iso: string): string {
  const date = new Date(iso)
  const pad = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}`
}
