/**
 * Balances to show: what headquarters published, corrected by the branch's own orders that are not in it yet. The
 * correction is the node's; this device asks for the members that stand on the screen and keeps the answers. While the
 * node is away, what this device sold since is added; the node adds it itself once it has it, so never both.
 */
import { signal } from '@preact/signals'
import type { MemberDocument } from '../../../schemas/collections/members.ts'
import { addContribution, NO_BALANCE, type Balance } from '../../../schemas/contribution.ts'
import { isRecord } from '../../../schemas/json.ts'

type BalanceHolder = Pick<MemberDocument, 'id' | 'balance' | 'balanceSeq'>

export interface MemberBalances {
  /** Asks the node; the previous answer stays on the screen until the new one is there. */
  ask(member: BalanceHolder): Promise<void>
  /**
   * Reads a signal: a component that calls it is drawn again when an answer comes. `undefined`: nothing counted yet.
   *
   * @param unsent what the orders contribute that the node has not confirmed
   */
  shown(member: BalanceHolder, reachable: boolean, unsent?: readonly Balance[]): Balance | undefined
  /** What of the shown balance headquarters has not counted yet, as far as that is known; reads a signal too. */
  pending(member: BalanceHolder, reachable: boolean, unsent?: readonly Balance[]): Balance
}

interface Answer {
  readonly balance: Balance
  /** Up to where the published balance was folded that this one corrects. */
  readonly balanceSeq: number | undefined
}

const DEADLINE_MS = 4_000

export function createMemberBalances(baseUrl = ''): MemberBalances {
  const answers = signal<ReadonlyMap<string, Answer>>(new Map())
  const asked = new Map<string, symbol>()
  const shownOf: MemberBalances['shown'] = ({ id, balance, balanceSeq }, reachable, unsent = []) => {
    const answer = answers.value.get(id)
    // Without the node an answer counts as long as it corrects what is published now.
    const usable = answer && (reachable || answer.balanceSeq === balanceSeq)
    const base = usable ? answer.balance : balance
    const shown = (reachable ? [] : unsent).reduce((sum, one) => addContribution(sum, one, 1), base ?? NO_BALANCE)
    return balance || shown.points !== 0 || shown.value !== 0 ? shown : undefined
  }
  return {
    async ask({ id, balanceSeq }) {
      const asking = Symbol(id)
      asked.set(id, asking)
      const balance = await fetchBalance(`${baseUrl}/api/members/${encodeURIComponent(id)}/balance`)
      if (asked.get(id) !== asking) return // a later question is under way
      asked.delete(id)
      const known = new Map(answers.value)
      if (balance) known.set(id, { balance, balanceSeq })
      else if (known.get(id)?.balanceSeq !== balanceSeq) known.delete(id)
      answers.value = known
    },
    shown: shownOf,
    pending(member, reachable, unsent) {
      const answer = answers.value.get(member.id)
      // Until the node is asked again it corrects a balance that is published no longer.
      if (reachable && answer && answer.balanceSeq !== member.balanceSeq) return NO_BALANCE
      const shown = shownOf(member, reachable, unsent) ?? NO_BALANCE
      return addContribution(shown, member.balance ?? NO_BALANCE, -1)
    },
  }
}

async function fetchBalance(url: string): Promise<Balance | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MS) })
    const body: unknown = await response.json()
    if (!response.ok || !isRecord(body)) return undefined
    const { points, value } = body
    return typeof points === 'number' && typeof value === 'number' ? { points, value } : undefined
  } catch {
    return undefined
  }
}
