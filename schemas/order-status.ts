/**
 * The status of an order as a join semilattice.
 *
 * What is replicated is the grow-only history `{"round:state": stamp}`; the status is derived from it: the states of
 * the highest round that no other reached state follows. Two of them contradict each other (a refund here, a
 * completion there): the order is `conflicted` until a person opens the next round.
 */
import type { Hlc } from './brand.ts'
import { isStamp } from './hlc.ts'
import { isRecord } from './json.ts'

export const ORDER_STATES = ['created', 'paid', 'fulfilled', 'closed', 'cancelled', 'refunded'] as const
export type OrderState = (typeof ORDER_STATES)[number]
export type OrderStatus = OrderState | 'conflicted'

/** For each state, the states that a person may move the order to within the same round. */
export const ORDER_TRANSITIONS: Readonly<Record<OrderState, readonly OrderState[]>> = {
  created: ['paid', 'cancelled'],
  paid: ['fulfilled', 'closed', 'refunded'],
  fulfilled: ['closed', 'refunded'],
  closed: [],
  cancelled: [],
  refunded: [],
}

const MAX_ROUND = 1_000_000

export type StatusHistory = Readonly<Record<string, Hlc>>

/** Whether `later` can be reached from `earlier` in one round, in any number of steps. */
export function follows(later: OrderState, earlier: OrderState): boolean {
  return ORDER_TRANSITIONS[earlier].some((next) => next === later || follows(later, next))
}

/** Status and round from a history; ignores entries that are none. */
export function statusOf(history: StatusHistory): { status: OrderStatus; round: number } | undefined {
  let round = 0
  let reached: OrderState[] = []
  for (const key in history) {
    const entry = parseEntry(key)
    if (!entry || entry.round < round) continue
    if (entry.round > round) reached = []
    round = entry.round
    reached.push(entry.state)
  }
  if (round === 0) return undefined
  const last = reached.filter((state) => !reached.some((other) => follows(other, state)))
  return { status: last.length === 1 ? last[0]! : 'conflicted', round }
}

/** Joins two histories; of two stamps for one state the newer stays. */
export function joinHistories(a: StatusHistory, b: StatusHistory): StatusHistory {
  const out: Record<string, Hlc> = {}
  for (const history of [a, b]) {
    if (!isRecord(history)) continue
    for (const key in history) {
      const stamp: unknown = history[key]
      if (!isStamp(stamp) || !parseEntry(key)) continue
      if (out[key] === undefined || stamp > out[key]) out[key] = stamp
    }
  }
  return out
}

/**
 * Whether a person may move an order from one status to another: forward inside the round, or from a
 * terminal or conflicted status into a new round.
 */
export function canMoveOrder(
  from: { status: OrderStatus; round: number },
  to: { status: OrderStatus; round: number },
): boolean {
  if (to.status === 'conflicted') return false
  if (to.round === from.round) return from.status !== 'conflicted' && follows(to.status, from.status)
  return to.round === from.round + 1 && (from.status === 'conflicted' || ORDER_TRANSITIONS[from.status].length === 0)
}

/** The states that an order stands in or has passed in its present round. */
export function statesOfRound(history: StatusHistory, round: number): readonly OrderState[] {
  return Object.keys(history)
    .map(parseEntry)
    .filter((entry) => entry?.round === round)
    .map((entry) => entry!.state)
}

export function historyKey(round: number, state: OrderState): string {
  return `${round}:${state}`
}

/** A round that documents may carry; a larger one in a history would make a document that its schema refuses. */
export function isRound(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_ROUND
}

export function isOrderState(value: unknown): value is OrderState {
  return (ORDER_STATES as readonly unknown[]).includes(value)
}

function parseEntry(key: string): { round: number; state: OrderState } | undefined {
  const [digits, state] = key.split(':')
  const round = Number(digits)
  if (!isRound(round) || !isOrderState(state) || historyKey(round, state) !== key) return undefined
  return { round, state }
}

/** Whether an order was paid, in its present round, or may have been: of a contradiction nobody knows yet. */
export function isPaidOn(status: unknown): boolean {
  return status === 'conflicted' || (isOrderState(status) && status !== 'created' && status !== 'cancelled')
}

/** Whether nothing follows in the same round. */
export function isFinalStatus(value: unknown): boolean {
  return isOrderState(value) && ORDER_TRANSITIONS[value].length === 0
}
