/**
 * Whose registrations are, once a restored headquarters has its decisions back. What gives a shared member's registration
 * to a private one is told in two parts, to all and to the branch that may know more; one of them may be lost for good, or
 * be of another future than the other.
 */
import type { DecisionDocument } from '../../schemas/collections/decisions.ts'
import { giveRegistrations, isLiveMember, liveRegistrations } from '../../schemas/decide-identity.ts'
import { resolveMember, SOMEBODY_ELSE } from '../../schemas/identity.ts'
import type { Doc } from '../../schemas/json.ts'
import { sidecarOf } from '../../schemas/merge-spec.ts'
import type { IdentityAuthority } from './identity-authority.ts'
import type { IdentityWrites } from './identity-writes.ts'
import { withMissing, withRegistrations } from './member-fields.ts'

/** Decides again whose the registrations are of which decisions that came back leave two answers, or none. */
export function settleHomes(
  authority: IdentityAuthority,
  writes: IdentityWrites,
  said: readonly DecisionDocument[],
): void {
  for (const one of new Set(said.flatMap(({ homes }) => homes.map(({ registrationId }) => registrationId)))) {
    const told = authority.book.homeToldToAll(one)
    const home = authority.book.homeOf(one)
    if (home === SOMEBODY_ELSE) giveBack(authority, writes, one)
    else if (home !== undefined && told !== undefined && told !== SOMEBODY_ELSE && told !== home) {
      // Its branch knows better than the others: they hear that it is somebody else's.
      authority.decide(writes, 'admit', told, giveRegistrations([one], home), { into: home })
    }
  }
}

/** Nobody knows any more whose it became: it is whose it was before, and a person may split it off again. */
function giveBack(authority: IdentityAuthority, writes: IdentityWrites, registrationId: string): void {
  const before = authority.book.lastNamedHome(registrationId)
  // With whoever brings that it is asked again.
  if (before === undefined) return
  const to = resolveMember(authority.world, before)
  const isHere = isLiveMember(authority.world.member(to)) && !authority.book.isErased(to)
  if (isHere) writes.edit(authority.members, to, (stored) => withSide(authority, stored, registrationId))
  authority.decide(writes, 'admit', to, giveRegistrations([registrationId], to), { into: to })
}

/** A member with a registration that was taken off it, and with what the documents say that stand for it and still name it. */
function withSide({ members, world }: IdentityAuthority, stored: Doc, registrationId: string): Doc {
  const parts = world.idsOf(stored['id'] as string).map((id) => (world.member(id) ?? {}) as Doc)
  const named = parts.flatMap((part) => registrationsNamed(part, registrationId))
  const whole = withMissing(members, stored, { registrations: named.slice(0, 1) })
  return parts
    .filter((part) => part['_deleted'] !== true && liveRegistrations(part).includes(registrationId))
    .reduce((sum, part) => withMissing(members, sum, withRegistrations(part, [registrationId])), whole)
}

/** A registration as a sidecar remembers it, also after it was taken off. */
function registrationsNamed(doc: Doc, registrationId: string): unknown[] {
  return Object.keys(sidecarOf(doc).s?.['registrations'] ?? {})
    .map((key) => JSON.parse(key) as { id?: unknown })
    .filter(({ id }) => id === registrationId)
}
