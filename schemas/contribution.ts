/**
 * What one document contributes to a member's balance. A balance is the sum of the contributions of the documents that
 * resolve to the member, each document once; nothing ever adds to a stored number.
 */
import type { Doc } from './json.ts'
import { sidecarOf } from './merge-spec.ts'
import { statesOfRound, type OrderState } from './order-status.ts'

export interface Contribution {
  /** The member id that the document was written with. */
  readonly memberId: string
  /** The registration of that member that the document was written with, where it names one. */
  readonly registrationId?: string | undefined
  /** Loyalty points, whole. */
  readonly points: number
  /** Stored value in minor units of the chain's currency. */
  readonly value: number
}

export interface Balance {
  readonly points: number
  readonly value: number
}

export const NO_BALANCE: Balance = { points: 0, value: 0 }
/** Of a document that names no member. */
export const NO_CONTRIBUTION: Contribution = { memberId: '', points: 0, value: 0 }

const COUNTING: readonly OrderState[] = ['paid', 'fulfilled', 'closed']

/**
 * An order earns and spends once it is paid. A refund takes both back; so does a cancellation. An order in
 * contradiction counts as paid while a person has not decided, so that points are not given out twice.
 */
export function orderContribution(order: Doc): Contribution | undefined {
  const memberId = order['memberId']
  if (typeof memberId !== 'string' || order['_deleted'] === true) return undefined
  const states = statesOfRound(sidecarOf(order).h ?? {}, whole(order['round']) || 1)
  const counts =
    order['status'] === 'conflicted'
      ? states.some((state) => COUNTING.includes(state))
      : COUNTING.includes(order['status'] as OrderState)
  const points = counts ? whole(order['pointsEarned']) - whole(order['pointsSpent']) : 0
  return { memberId, ...registrationOf(order), points, value: counts ? 0 - whole(order['valueSpent']) : 0 }
}

/** An adjustment or a top-up counts from the moment that it exists. */
export function movementContribution(movement: Doc): Contribution | undefined {
  const memberId = movement['memberId']
  if (typeof memberId !== 'string' || movement['_deleted'] === true) return undefined
  return { memberId, ...registrationOf(movement), points: whole(movement['points']), value: whole(movement['value']) }
}

export function sameContribution(a: Contribution, b: Contribution): boolean {
  const sameMember = a.memberId === b.memberId && (a.registrationId ?? '') === (b.registrationId ?? '')
  return sameMember && a.points === b.points && a.value === b.value
}

export function addContribution(balance: Balance, contribution: Balance, sign: 1 | -1): Balance {
  return {
    points: balance.points + sign * contribution.points,
    value: balance.value + sign * contribution.value,
  }
}

function registrationOf({ registrationId }: Doc): { registrationId?: string } {
  return typeof registrationId === 'string' && registrationId !== '' ? { registrationId } : {}
}

function whole(value: unknown): number {
  return Number.isSafeInteger(value) ? (value as number) : 0
}
