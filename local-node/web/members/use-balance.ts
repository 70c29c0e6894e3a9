/** The balance of a member that stands on the screen. */
import { useEffect } from 'preact/hooks'
import type { MemberCard } from './member-card.ts'
import { NO_BALANCE, type Balance } from '../../../schemas/contribution.ts'
import type { AppState } from '../frame/app-state.ts'
import { contributionsTo } from '../orders/unsent-orders.ts'

/** Who is still typing looks at nobody's balance. */
const STILL_MS = 300

/**
 * Asked for anew when the node has taken an order, or headquarters published another balance or decided something.
 *
 * @param member as it is today; without one there is no balance
 */
export function useBalance(state: AppState, member: MemberCard | undefined): Balance | undefined {
  const { balances, link, phoneText } = state
  const here = state.here.value
  const { reachable, unsent } = link.state.value
  const ordersAtNode = link.heard.value?.status.collections['orders']?.documents
  const ordersHere = unsent?.['orders']?.length
  useEffect(() => {
    if (!reachable || !member) return undefined
    const timer = setTimeout(() => void balances.ask(member), STILL_MS)
    return () => clearTimeout(timer)
  }, [member?.id, member?.balanceSeq, reachable, phoneText.value, ordersAtNode, ordersHere, here.world.newest])
  if (!member) return undefined
  return balances.shown(member, reachable === true, contributionsTo(member.id, state.unsentOrders.value, here))
}

/** What of the balance that stands on the screen headquarters has not counted yet. */
export function pendingBalance(state: AppState, member: MemberCard): Balance {
  const { balances, link, unsentOrders } = state
  if (link.state.value.reachable === undefined) return NO_BALANCE
  const unsent = contributionsTo(member.id, unsentOrders.value, state.here.value)
  return balances.pending(member, link.state.value.reachable, unsent)
}
