/**
 * What the decisions on this device say, folded from their documents: the same here as at every node that has them. Of
 * two effects that speak of one thing the decision with the larger number holds, then the one with the larger id, so the
 * order of arrival is nothing.
 */
import { compareText } from '../../../schemas/compare-text.ts'
import type { DecisionDocument } from '../../../schemas/collections/decisions.ts'
import { resolveMember, type IdentityView, type NumberEffect } from '../../../schemas/identity.ts'

export interface DecisionFold extends IdentityView {
  /** The number of the newest decision here, 0 for none. */
  readonly newest: number
  /** Every id that stands for a member today, itself first. */
  idsOf(memberId: string): string[]
  /** Every id that a decision has ever made stand for a member. */
  everLedTo(memberId: string): string[]
}

type Decision = Pick<DecisionDocument, 'id' | 'number' | 'redirects' | 'numbers' | 'homes'>

export function foldDecisions(decisions: Iterable<Decision>): DecisionFold {
  const redirects = new Map<string, string>()
  const numbers = new Map<string, NumberEffect>()
  const homes = new Map<string, string>()
  const ledTo = new Map<string, Set<string>>()
  let newest = 0
  for (const decision of [...decisions].toSorted((a, b) => a.number - b.number || compareText(a.id, b.id))) {
    newest = decision.number
    for (const { id, to } of decision.redirects) {
      redirects.set(id, to)
      addTo(ledTo, to, id)
    }
    for (const effect of decision.numbers) numbers.set(effect.id, effect)
    for (const { registrationId, to } of decision.homes) homes.set(registrationId, to)
  }
  const view: IdentityView = {
    redirectOf: (id) => redirects.get(id),
    numberOf: (id) => numbers.get(id),
    homeOf: (registrationId) => homes.get(registrationId),
  }
  const everLedTo = (memberId: string) => [...(ledTo.get(memberId) ?? [])]
  return {
    ...view,
    newest,
    everLedTo,
    idsOf(memberId) {
      const others = everLedTo(memberId).filter((id) => id !== memberId && resolveMember(view, id) === memberId)
      return [memberId, ...others]
    },
  }
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  const known = sets.get(key)
  if (known) known.add(value)
  else sets.set(key, new Set([value]))
}
