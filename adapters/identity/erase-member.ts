/** Erasing a person at headquarters: everywhere that its store speaks of them. */
import type { DecisionDocument } from '../../schemas/collections/decisions.ts'
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import { phonesOfMember, type MemberDocument } from '../../schemas/collections/members.ts'
import { endNumbers, join, numbersHeldBy, registrationsEver, registrationsOf } from '../../schemas/decide-identity.ts'
import { isErased } from '../../schemas/erasure.ts'
import { resolveMember } from '../../schemas/identity.ts'
import type { Doc } from '../../schemas/json.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { declarationOf } from '../exchange/replica.ts'
import { toSortKey } from '../sqlite/sort-key.ts'
import { heldRegistrationId } from './held-request-id.ts'
import { mayAskAbout } from './may-ask-about.ts'
import { saidWith } from './member-fields.ts'
import type { IdentityAuthority, Occasion } from './identity-authority.ts'
import type { IdentityWrites } from './identity-writes.ts'

/** Personal data goes everywhere; contributions stay. */
export function eraseMember(
  authority: IdentityAuthority,
  writes: IdentityWrites,
  id: string,
  occasion: Occasion = {},
): void {
  const memberId = resolveMember(authority.world, id)
  if (!authority.world.member(memberId)) throw new OutpostError('MEMBER_UNKNOWN', `there is no member ${id}`)
  if (authority.book.isErased(memberId)) throw new OutpostError('MEMBER_CONFLICT', 'the member is erased already')
  eraseIds(authority, writes, memberId, authority.book.idsOf(memberId), occasion)
}

/** What became part of a member in one future, and the member erased in another: it is forgotten with it. */
export function eraseParts(
  authority: IdentityAuthority,
  writes: IdentityWrites,
  said: readonly DecisionDocument[],
): void {
  const { book } = authority
  const spokenOf = said.flatMap(({ redirects, erased }) => [...redirects.map(({ to }) => to), ...erased])
  for (const memberId of new Set(spokenOf.map((id) => resolveMember(book, id)))) {
    const parts = book.isErased(memberId) ? book.idsOf(memberId).filter((id) => !book.isErased(id)) : []
    if (parts.length > 0) eraseIds(authority, writes, memberId, parts, {})
  }
}

function eraseIds(
  authority: IdentityAuthority,
  writes: IdentityWrites,
  memberId: string,
  ids: readonly string[],
  occasion: Occasion,
): void {
  const ended = endNumbers(authority.world, memberId, numbersHeldBy(authority.world, memberId))
  forget(authority, writes, memberId, ids, () =>
    authority.decide(writes, 'erase', memberId, join(ended, { ...join(), erased: ids }), occasion),
  )
}

/**
 * What a decision that came back has erased, wherever headquarters' older store still says it; and what a branch brings
 * of it that had not heard of the decision.
 */
export function eraseAgain(authority: IdentityAuthority, writes: IdentityWrites, erased: readonly string[]): void {
  const { book, world } = authority
  for (const id of erased) {
    const doc = world.member(id) as unknown as Doc | undefined
    if (!doc || isErased(doc)) continue
    const memberId = resolveMember(world, id)
    // One that has become part of somebody before anybody knew is forgotten by itself.
    forget(authority, writes, memberId, book.isErased(memberId) ? book.idsOf(memberId) : [id], () => undefined)
  }
}

function forget(
  authority: IdentityAuthority,
  writes: IdentityWrites,
  memberId: string,
  ids: readonly string[],
  decide: () => unknown,
): void {
  const registrations = new Set(registrationsOf(authority.world, memberId))
  const phones = ids.flatMap((one) => [authority.world.member(one)].flatMap((doc) => (doc ? everPhone(doc) : [])))
  authority.audit.erase(ids, everRegisteredAs(authority, ids, memberId))
  decide()
  for (const one of ids) writes.erase(authority.members, one, ['phones'])
  const requests = declarationOf(authority.replica, 'requests')
  const held = [...registrations].map(heldRegistrationId)
  // A branch that names what it cannot know is not told, by what becomes of its request, that there was somebody.
  const mayHear = ({ memberId: named, branchId }: RequestDocument) =>
    (ids.includes(named) ? [named] : ids).some((one) => mayAskAbout(authority, one, branchId))
  for (const one of [...requestsAbout(authority, ids, phones), ...held]) {
    const request = authority.replica.store.table('requests').get(one) as RequestDocument | undefined
    if (request && !mayHear(request)) continue
    if (request && isSomebodyElses(request, registrations)) {
      // A stranger came under the number of the person who is forgotten: what the stranger said stays, and waits.
      const said = saidWith(authority.members, request.held!, (of) => request.registrations.includes(of))
      writes.publish(requests, one, { held: said })
    } else writes.erase(requests, one, ['held', 'answer'])
  }
}

/** Registrations that these documents ever named, also those that were taken off, but for what has become another member's. */
function everRegisteredAs({ world, book }: IdentityAuthority, ids: readonly string[], memberId: string): Set<string> {
  const ever = ids.flatMap((id) => [...registrationsEver((world.member(id) ?? {}) as unknown as Doc)])
  return new Set(ever.filter((one) => resolveMember(world, book.homeOf(one) ?? memberId) === memberId))
}

function isSomebodyElses({ what, state, held, registrations }: RequestDocument, own: ReadonlySet<string>): boolean {
  const waits = what === 'registration' && state === 'held' && held !== undefined
  return waits && !registrations.some((one) => own.has(one))
}

/** Requests that are about these members, and decided ones that name one of their numbers. */
function requestsAbout(
  authority: IdentityAuthority,
  memberIds: readonly string[],
  phones: readonly string[],
): string[] {
  const table = authority.replica.store.table('requests')
  const find = (field: string, values: readonly string[]): Doc[] => {
    const { column } = table.columns.byField.get(field)!
    const marks = values.map(() => '?').join(', ')
    return table.select(`deleted IN (0, 1) AND ${column} IN (${marks})`, '', values.map(toSortKey))
  }
  const named = find('to', phones).filter((doc) => doc['state'] === 'granted' || doc['state'] === 'refused')
  return [...new Set([...find('memberId', memberIds), ...named].map((doc) => doc['id'] as string))]
}

/** The numbers that a member's document names. */
function everPhone(member: MemberDocument): string[] {
  return [...new Set([...phonesOfMember(member), ...(member.phone === undefined ? [] : [member.phone])])]
}
