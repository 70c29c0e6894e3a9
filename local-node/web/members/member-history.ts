/** How a member came to be who it is: where it was registered, who became part of it, which number it has no longer. */
import { compareText } from '../../../schemas/compare-text.ts'
import { phonesOfMember, type Registration } from '../../../schemas/collections/members.ts'
import type { MemberCard } from './member-card.ts'
import type { DecisionHere, MembersHere } from './members-here.ts'

/** `at` is missing where nobody says when: imported rows, and what headquarters decided before its decision is here. */
export type HistoryEntry =
  | { readonly kind: 'registered'; readonly at: string | undefined; readonly registration: Registration }
  /** Of a member whose document is here. */
  | { readonly kind: 'merged'; readonly at: string | undefined; readonly member: MemberCard }
  /** E.164: a number that it was registered with and does not hold. */
  | { readonly kind: 'over'; readonly at: string | undefined; readonly phone: string }
  /** Another person was taken out of it. */
  | { readonly kind: 'split'; readonly at: string | undefined; readonly number: number }

/** The oldest first; what tells no time in front. */
export function memberHistory({ world, decisions }: MembersHere, member: MemberCard): HistoryEntry[] {
  const ids = new Set(world.idsOf(member.id))
  const merged = [...ids].flatMap((id) => (id === member.id ? [] : (world.member(id) ?? [])))
  const held = new Set(phonesOfMember(member))
  const over = [member, ...merged].filter(({ phone }) => phone !== undefined && !held.has(phone))
  const entries: HistoryEntry[] = [
    ...member.registrations.map((registration) => ({
      kind: 'registered' as const,
      at: registration.at,
      registration,
    })),
    ...merged.map((other) => ({
      kind: 'merged' as const,
      at: newestAt(decisions, ({ redirects }) => redirects.some(({ id }) => id === other.id)),
      member: other,
    })),
    ...over.map(({ id, phone }) => ({
      kind: 'over' as const,
      at: newestAt(decisions, ({ numbers }) => numbers.some((number) => number.id === id && number.closed)),
      phone: phone!,
    })),
    ...decisions
      .filter(({ what, memberId }) => what === 'split' && memberId !== undefined && ids.has(memberId))
      .map(({ at, number }) => ({ kind: 'split' as const, at, number })),
  ]
  return entries.toSorted((a, b) => compareText(a.at ?? '', b.at ?? ''))
}

/** How headquarters ended a member that is not here any more. */
export function endOfMember(
  { world, decisions }: MembersHere,
  id: string,
): { readonly what: 'delete' | 'erase'; readonly at: string | undefined } | undefined {
  const ids = new Set([id, world.redirectOf(id) ?? id])
  const isAbout = ({ what, memberId }: DecisionHere) =>
    (what === 'delete' || what === 'erase' || what === 'revive') && memberId !== undefined && ids.has(memberId)
  const last = decisions.filter(isAbout).reduce<DecisionHere | undefined>(newer, undefined)
  return last?.what === 'delete' || last?.what === 'erase' ? { what: last.what, at: last.at } : undefined
}

function newestAt(decisions: readonly DecisionHere[], isIt: (decision: DecisionHere) => boolean): string | undefined {
  return decisions.filter(isIt).reduce<DecisionHere | undefined>(newer, undefined)?.at
}

function newer(known: DecisionHere | undefined, decision: DecisionHere): DecisionHere {
  return known && known.number > decision.number ? known : decision
}
