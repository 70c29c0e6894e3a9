/**
 * Up to where a balance is exact: sums are added up as JavaScript's numbers, which are whole up to 2^53. A balance within
 * the range and one contribution more stay below that.
 */
import type { Balance } from '../../schemas/contribution.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'

const MAX_BALANCE = 8e15
const MAX_CONTRIBUTION = 1e15

/** Thrown out of a transaction that would take a balance out of the range. */
export function beyondRange(): OutpostError {
  return new OutpostError('BALANCE_RANGE', 'the balance of a member would leave the range in which sums are exact')
}

export function isContributionInRange(contribution: Balance): boolean {
  return isWithin(contribution, MAX_CONTRIBUTION)
}

export function isBalanceInRange(balance: Balance): boolean {
  return isWithin(balance, MAX_BALANCE)
}

function isWithin({ points, value }: Balance, limit: number): boolean {
  return Math.abs(points) <= limit && Math.abs(value) <= limit
}
