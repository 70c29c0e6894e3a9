/** How a member came to be who it is: where it was registered, who became part of it, which number it has no longer. */
import { compareText } from '../../schemas/compare-text.ts'
import { phonesOfMember, type Registration } from '../../schemas/collections/members.ts'
import type { MemberCard } from './member-card.ts'
import type { MembersHere } from './members-here.ts'

export interface MemberHistory {
  /** The oldest first; imported ones, which tell no time, in front. */
  readonly registrations: readonly Registration[]
  /** The members that have become part of it and whose documents are here. */
  readonly merged: readonly MemberCard[]
  /** E.164: numbers that it was registered with and does not hold. */
  readonly over: readonly string[]
}

export function memberHistory({ world }: MembersHere, member: MemberCard): MemberHistory {
  const merged = world.idsOf(member.id).flatMap((id) => (id === member.id ? [] : (world.member(id) ?? [])))
  const held = new Set(phonesOfMember(member))
  const registered = [member, ...merged].flatMap(({ phone }) => phone ?? [])
  return {
    registrations: member.registrations.toSorted((a, b) => compareText(a.at ?? '', b.at ?? '')),
    merged,
    over: [...new Set(registered)].filter((phone) => !held.has(phone)),
  }
}
