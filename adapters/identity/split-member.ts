/** Taking a wrong merge back: registrations leave a member with what they had brought. */
import { phonesOfMember, type MemberDocument } from '../../schemas/collections/members.ts'
import {
  giveRegistrations,
  isLiveMember,
  join,
  leadBack,
  liveRegistrations,
  type IdentityWorld,
} from '../../schemas/decide-identity.ts'
import { resolveMember } from '../../schemas/identity.ts'
import type { Doc } from '../../schemas/json.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { IdentityAuthority, Occasion } from './identity-authority.ts'
import type { IdentityWrites } from './identity-writes.ts'
import { plainFields, withoutSide } from './member-fields.ts'

/**
 * Takes registrations out of a member again, as the audit of their merge shows them.
 *
 * @throws OutpostError MEMBER_UNKNOWN, MEMBER_CONFLICT without a merge that shows what to take out
 */
export function splitMember(
  authority: IdentityAuthority,
  writes: IdentityWrites,
  id: string,
  registrations: readonly string[],
  occasion: Occasion = {},
): string {
  const member = authority.live(id)
  const wanted = new Set(registrations)
  const own = liveRegistrations(member as unknown as Doc)
  const foreign = registrations.filter((one) => !own.includes(one))
  if (registrations.length === 0 || foreign.length > 0) {
    throw new OutpostError('MEMBER_CONFLICT', `the member has no registration ${foreign[0] ?? '(none was named)'}`)
  }
  const sides = sidesOf(authority, member.id, wanted)
  if (!sides) {
    throw new OutpostError('MEMBER_CONFLICT', 'no merge is known that brought these registrations and no others')
  }
  const { taken, left } = sides
  const takenId = taken['id'] as string
  const whole =
    takenId !== member.id &&
    resolveMember(authority.world, takenId) === member.id &&
    isLiveMember(authority.world.member(takenId))
  const newId = whole ? takenId : authority.newMemberId()
  if (!whole) {
    const { phone, ...fields } = plainFields(authority.members, taken)
    const contact = phone === undefined ? {} : { contactPhone: phone }
    const identity = { id: newId, scope: member.scope, generation: 0 }
    writes.edit(authority.members, newId, () => ({ ...fields, ...contact, ...identity, _deleted: false }))
  }
  const effects = join(
    giveRegistrations(registrations, newId),
    whole ? leadBack(authority.world, newId, wanted) : join(),
  )
  writes.edit(authority.members, member.id, (stored) => withoutSide(authority.members, stored, taken, left))
  // What has become part of the member may have taken the registrations in before.
  for (const part of authority.world.idsOf(member.id)) {
    const doc = authority.world.member(part)
    if (part === newId || !isLiveMember(doc) || !doc.registrations.some((one) => wanted.has(one.id))) continue
    const kept = doc.registrations.filter((one) => !wanted.has(one.id))
    writes.edit(authority.members, part, (stored) => ({ ...stored, registrations: kept }))
  }
  authority.decide(writes, 'split', member.id, effects, { ...occasion, into: newId })
  if (whole) {
    writes.edit(authority.members, newId, (stored) => ({
      ...stored,
      registrations: ownRegistrations(authority.world, stored),
    }))
    const back = authority.world.member(newId)!
    const phones =
      (taken['phones'] as string[] | undefined) ??
      (back.phone === undefined || back.closed === true ? [] : [back.phone])
    authority.publish(writes, newId, { phones })
    authority.publish(writes, member.id, { phones: phonesOfMember(member).filter((one) => !phones.includes(one)) })
  }
  return newId
}

/** The side of a merge whose registrations are all to be taken out, and what stood on the other. */
function sidesOf(
  authority: IdentityAuthority,
  memberId: string,
  wanted: ReadonlySet<string>,
): { taken: Doc; left: Doc } | undefined {
  // All that the side had, and nothing else: what another side brought would stay behind with its fields.
  const isWanted = (side: Doc) => {
    const ids = new Set(liveRegistrations(side))
    return ids.size === wanted.size && [...ids].every((one) => wanted.has(one))
  }
  const entries = authority.world.idsOf(memberId).flatMap((id) => authority.audit.ofMember(id))
  for (const { ours, theirs } of entries.toSorted((a, b) => b.id - a.id)) {
    if (isWanted(theirs) && !isWanted(ours)) return { taken: theirs, left: ours }
    if (isWanted(ours) && !isWanted(theirs)) return { taken: ours, left: theirs }
  }
  return undefined
}

/** The registrations of a document that no decision has made somebody else's. */
function ownRegistrations(world: IdentityWorld, doc: Doc): unknown[] {
  const id = doc['id'] as string
  return (doc as unknown as MemberDocument).registrations.filter((one) => (world.homeOf(one.id) ?? id) === id)
}
