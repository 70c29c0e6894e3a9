/** What a cashier asks headquarters for about a member: a document like any other, so it is asked offline too. */
import { SHARED_SCOPE, type E164Phone } from '../../../schemas/brand.ts'
import { phonesOfMember } from '../../../schemas/collections/members.ts'
import type { MemberCard } from './member-card.ts'
import type { RequestDocument } from '../../../schemas/collections/requests.ts'
import type { MembersHere } from './members-here.ts'

export type Wish =
  | { readonly what: 'phone'; readonly to: E164Phone }
  | { readonly what: 'share' }
  | { readonly what: 'delete' }

export interface Asking {
  /** Random. */
  readonly id: string
  readonly branchId: string
  /** ISO 8601 */
  readonly at: string
}

/** @param member as it is today */
export function newRequest(here: MembersHere, member: MemberCard, wish: Wish, asking: Asking): RequestDocument {
  return {
    ...asking,
    what: wish.what,
    memberId: member.id,
    // With these headquarters sees whether the member was joined by somebody whom this device did not know.
    registrations: member.registrations.map(({ id }) => id),
    seen: here.world.newest,
    ...(wish.what === 'phone' && { to: wish.to, ...givenUp(here, member) }),
  }
}

/** This branch's requests, the newest first. */
export function newestFirst(requests: Iterable<RequestDocument>): RequestDocument[] {
  return [...requests].toSorted((a, b) => (a.at === b.at ? 0 : a.at < b.at ? 1 : -1))
}

export function requestsAbout(
  here: MembersHere,
  memberId: string,
  requests: Iterable<RequestDocument>,
): RequestDocument[] {
  return newestFirst(requests).filter((request) => (here.today(request.memberId)?.id ?? request.memberId) === memberId)
}

/** What is asked already and not decided needs no second asking. */
export function isOpen({ state }: Pick<RequestDocument, 'state'>): boolean {
  return state === undefined || state === 'held'
}

/** Why a member cannot get a phone, or whom headquarters will find holding it. */
export function phoneWish(
  here: MembersHere,
  member: MemberCard,
  to: E164Phone,
): { readonly kind: 'own' } | { readonly kind: 'taken'; readonly holder: string } | { readonly kind: 'free' } {
  const { holder } = here.standing(member.scope, to)
  if (holder === undefined) return { kind: 'free' }
  return holder === member.id ? { kind: 'own' } : { kind: 'taken', holder }
}

/** The members for whom a phone is asked that nobody holds yet: whoever types it at the till most likely means them. */
export function wantedBy(here: MembersHere, phone: E164Phone, requests: Iterable<RequestDocument>): MemberCard[] {
  const wanting = new Map<string, MemberCard>()
  for (const request of requests) {
    const member = request.what === 'phone' && request.to === phone && isOpen(request) && here.today(request.memberId)
    if (member) wanting.set(member.id, member)
  }
  return [...wanting.values()]
}

export function mayShare({ scope }: MemberCard): boolean {
  return scope !== SHARED_SCOPE
}

function givenUp(here: MembersHere, member: MemberCard): { from?: string } {
  const [phone] = phonesOfMember(member)
  if (phone === undefined) return {}
  const { id, holder } = here.standing(member.scope, phone as E164Phone)
  return holder === member.id ? { from: id } : {}
}
