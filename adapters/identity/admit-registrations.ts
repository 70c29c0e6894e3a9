/** What becomes of registrations that were nobody's, or that came under an id which stands for another member by now. */
import type { MemberDocument } from '../../schemas/collections/members.ts'
import { giveRegistrations, isLiveMember, liveRegistrations } from '../../schemas/decide-identity.ts'
import type { Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { IdentityAuthority, Occasion } from './identity-authority.ts'
import type { JoiningOutcome } from './joining-log.ts'
import type { IdentityWrites } from './identity-writes.ts'
import { plainFields, saidWith, withChanges, withMissing, withRegistrations } from './member-fields.ts'

/**
 * Registrations that are nobody's become a member's, with what their document said.
 *
 * @throws OutpostError MEMBER_UNKNOWN, MEMBER_CONFLICT
 */
export function admitRegistrations(
  authority: IdentityAuthority,
  writes: IdentityWrites,
  came: Doc,
  registrations: readonly string[],
  into: string,
  occasion: Occasion,
): void {
  const member = authority.live(into)
  if (member.scope !== 'shared' && member.scope !== came['scope']) {
    throw new OutpostError('MEMBER_CONFLICT', 'a private member takes in registrations of its own branch only')
  }
  const held = ofRegistrations(authority, came, registrations)
  const effects = giveRegistrations(registrations, member.id)
  const { branchId = 'headquarters' } = occasion
  const decision = authority.decide(
    writes,
    'admit',
    held['id'] as string,
    effects,
    { ...occasion, into: member.id },
    () => writes.edit(authority.members, member.id, (stored) => withMissing(authority.members, stored, held)),
  )
  authority.audit.note({
    atMs: authority.replica.clock.wallMs(),
    memberId: member.id,
    otherId: held['id'] as string,
    branchId,
    decision,
    ours: replicatedState(member as unknown as Doc),
    theirs: held,
  })
  noteJoined(authority, branchId, registrations, member.id, 'merged')
}

/** What else a held document names and says stands with whoever had the number before. */
function ofRegistrations({ members }: IdentityAuthority, came: Doc, registrations: readonly string[]): Doc {
  return saidWith(members, withRegistrations(came, registrations), (one) => registrations.includes(one))
}

/** A document under an id that stands for another member: what it says is that member's, and so are its registrations. */
export function followInto(authority: IdentityAuthority, writes: IdentityWrites, doc: Doc, into: string): void {
  const member = authority.world.member(into)
  // An edit of what has become part of a deleted member brings nobody back.
  if (!isLiveMember(member)) return
  const before = replicatedState(member as unknown as Doc)
  writes.joinInto(authority.members, doc, into)
  const homeless = liveRegistrations(doc).filter((one) => authority.world.homeOf(one) === undefined)
  if (homeless.length === 0) return
  const id = doc['id'] as string
  const decision = authority.decide(writes, 'admit', id, giveRegistrations(homeless, into), {})
  const atMs = authority.replica.clock.wallMs()
  const branchId = (doc as unknown as MemberDocument).registrations.find((one) => one.id === homeless[0])!.branchId
  const [ours, theirs] = [before, replicatedState(doc)]
  authority.audit.note({ atMs, memberId: into, otherId: id, branchId, decision, ours, theirs })
}

/** Writes the edit that a deleted member was held for. */
export function applyEdit(authority: IdentityAuthority, writes: IdentityWrites, memberId: string, held: Doc): void {
  writes.edit(authority.members, memberId, (stored) => withChanges(authority.members, stored, held))
}

/**
 * Registrations that are nobody's become a person of their own, who holds the phone that they were made with.
 *
 * @returns the id of the new member
 */
export function admitAsNew(
  authority: IdentityAuthority,
  writes: IdentityWrites,
  came: Doc,
  registrations: readonly string[],
  occasion: Occasion,
): string {
  const held = ofRegistrations(authority, came, registrations)
  const { phone, scope } = held as unknown as MemberDocument
  if (phone !== undefined) authority.freeNumber(writes, scope, phone, occasion)
  const number = phone === undefined ? undefined : authority.standing(scope, phone)
  const identity = number
    ? { id: number.id, phone, generation: number.generation }
    : { id: authority.newMemberId(), generation: 0 }
  const fields = plainFields(authority.members, held)
  writes.edit(authority.members, identity.id, () => ({ ...fields, scope, ...identity, _deleted: false }))
  const effects = giveRegistrations(registrations, identity.id)
  authority.decide(writes, 'admit', held['id'] as string, effects, { ...occasion, into: identity.id })
  noteJoined(authority, occasion.branchId, registrations, identity.id, 'new')
  return identity.id
}

/** What a person has decided of registrations that were ambiguous. */
export function refuseRegistrations(
  authority: IdentityAuthority,
  branchId: string,
  registrations: readonly string[],
  memberId: string,
): void {
  noteJoined(authority, branchId, registrations, memberId, 'refused')
}

function noteJoined(
  authority: IdentityAuthority,
  branchId: string | undefined,
  registrations: readonly string[],
  memberId: string,
  as: JoiningOutcome,
): void {
  if (branchId === undefined) return
  const code = as === 'refused' ? 'REFUSED' : undefined
  for (const one of registrations) {
    authority.joining.note(branchId, one, memberId, as, authority.replica.clock.wallMs(), code)
  }
}
