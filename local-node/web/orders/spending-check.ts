/** Whether an order can be paid as it is typed; asked before it is made, since afterwards it is a fact. */
import { NO_BALANCE, type Balance } from '../../../schemas/contribution.ts'
import type { BranchSession } from '../../../schemas/protocol/session.ts'
import { refuseOverspend } from '../../../schemas/spending.ts'
import type { Spent } from './order-draft.ts'

export interface Paying {
  readonly memberId: string
  readonly spent: Spent
  /** Points that the same order earns. */
  readonly earned: number
  /** Minor units. */
  readonly total: number
}

export type SpendingProblem =
  /** More is paid with stored value than the order costs, minor units. */
  | { readonly kind: 'above-total'; readonly value: number; readonly total: number }
  /** What the member has, and the most that this order may spend; points are whole, value is in minor units. */
  | { readonly kind: 'points' | 'value'; readonly shown: number; readonly most: number }

/** @param shown the balance that stands on the screen; `undefined` for none counted yet */
export function spendingProblem(
  { memberId, spent, earned, total }: Paying,
  shown: Balance = NO_BALANCE,
  { currency, overdraft }: Pick<BranchSession, 'currency' | 'overdraft'>,
): SpendingProblem | undefined {
  if (spent.value > 0 && spent.value > total) return { kind: 'above-total', value: spent.value, total }
  const after = { memberId, points: earned - spent.points, value: -spent.value }
  const refusal = refuseOverspend({ before: undefined, after, shown, overdraft, currency })
  const unit = refusal?.field
  if (unit !== 'points' && unit !== 'value') return undefined
  const most = shown[unit] + overdraft[unit] + (unit === 'points' ? earned : 0)
  return { kind: unit, shown: shown[unit], most: Math.max(0, most) }
}
