/**
 * Decides about the identity of members: what may be granted without a person, and what each decision changes. Pure;
 * headquarters asks one question after the other, so that no two answers contradict each other.
 */
import type { E164Phone, Scope } from './brand.ts'
import type { MemberDocument } from './collections/members.ts'
import type { HoldReason, RequestDocument } from './collections/requests.ts'
import { holderOf, NO_EFFECTS, resolveMember, type IdentityEffects, type IdentityView } from './identity.ts'
import { sidecarOf } from './merge-spec.ts'
import type { Doc } from './json.ts'
import { isRecord } from './json.ts'

/** What of a member decides who is who. */
export type KnownMember = Pick<MemberDocument, 'id' | 'scope' | 'registrations'>

/** What a decision is made from; a device keeps less of each member in memory than its whole document. */
export interface IdentityWorld<Member extends KnownMember = MemberDocument> extends IdentityView {
  /** The document under an id, tombstones too. */
  member(id: string): Member | undefined
  /** Every id that stands for a member today, itself first. */
  idsOf(memberId: string): readonly string[]
  /** Every id that a decision has ever made stand for a member. */
  everLedTo(memberId: string): readonly string[]
  /** The member id that a number registers. */
  numberId(scope: Scope, phone: E164Phone, generation: number): string
}

/** Where a phone stands in a scope today. */
export interface NumberStanding {
  readonly id: string
  readonly generation: number
  /** The member that holds it; absent while nobody has registered it. */
  readonly holder?: string
}

export type Verdict =
  | { readonly verdict: 'grant'; readonly memberId: string; readonly effects: IdentityEffects }
  | { readonly verdict: 'hold'; readonly why: HoldReason }

/** The present generation of a phone: the first that is not over. */
export function numberStanding(world: IdentityWorld<KnownMember>, scope: Scope, phone: E164Phone): NumberStanding {
  for (let generation = 0; ; generation++) {
    const id = world.numberId(scope, phone, generation)
    const holder = holderOf(world, id)
    if (holder === undefined) continue
    // By itself an id holds nothing: somebody must have registered it, or been given it.
    const taken = holder !== id || isLiveMember(world.member(id))
    return { id, generation, ...(taken && { holder }) }
  }
}

/** Decides a request for a phone (changed, corrected or given later) as far as no person is needed. */
export function decidePhone(world: IdentityWorld<KnownMember>, request: RequestDocument): Verdict {
  const memberId = resolveMember(world, request.memberId)
  const member = world.member(memberId)
  if (!isLiveMember(member)) return { verdict: 'hold', why: member ? 'member-gone' : 'member-unknown' }
  if (hasUnseen(member, request)) return { verdict: 'hold', why: 'joined' }
  const { from } = request
  if (from !== undefined && holderOf(world, from) !== memberId) return { verdict: 'hold', why: 'number-changed' }
  const number = numberStanding(world, member.scope as Scope, request.to as E164Phone)
  if (number.holder === memberId) return { verdict: 'grant', memberId, effects: NO_EFFECTS }
  if (number.holder !== undefined) return { verdict: 'hold', why: 'number-taken' }
  return { verdict: 'grant', memberId, effects: giveNumber(world, memberId, number.id, from) }
}

/** Whether registrations have joined a member that whoever asked had not seen. */
export function hasUnseen(member: KnownMember, request: RequestDocument): boolean {
  const seen = new Set(request.registrations)
  return member.registrations.some(({ id }) => !seen.has(id))
}

/** A member holds a number from now on, instead of another one if that is named. */
export function giveNumber(
  world: IdentityWorld<KnownMember>,
  memberId: string,
  number: string,
  from?: string,
): IdentityEffects {
  const ended = from !== undefined && from !== number ? endNumbers(world, memberId, [from]) : NO_EFFECTS
  // The number that its own id stands for takes registrations again.
  if (number === memberId) return join(ended, { ...NO_EFFECTS, numbers: [{ id: number, closed: false, known: [] }] })
  return join(ended, {
    ...NO_EFFECTS,
    // Whoever is written for the number without a registration is written for its holder.
    redirects: [{ id: number, to: memberId }],
    numbers: [{ id: number, closed: true, holder: memberId, known: [] }],
  })
}

/** These numbers of a member are over: their next generations begin. */
export function endNumbers(
  world: IdentityWorld<KnownMember>,
  memberId: string,
  numbers: readonly string[],
): IdentityEffects {
  const known = registrationsOf(world, memberId)
  return { ...NO_EFFECTS, numbers: numbers.map((id) => ({ id, closed: true, known })) }
}

/** All numbers that a member holds. */
export function numbersHeldBy(world: IdentityWorld<KnownMember>, memberId: string): string[] {
  return world.idsOf(memberId).filter((id) => holderOf(world, id) === memberId)
}

/** One member becomes part of another; whatever stood for it stands for that one. */
export function mergeInto(world: IdentityWorld<KnownMember>, memberId: string, into: string): IdentityEffects {
  const redirects = world.idsOf(memberId).map((id) => ({ id, to: into }))
  // Also where the number of the member that takes them in is closed: its registrations are known by their homes.
  return { ...giveRegistrations(registrationsOf(world, memberId), into), redirects }
}

/** Registrations that were nobody's, or somebody else's, are a member's. */
export function giveRegistrations(registrations: readonly string[], to: string): IdentityEffects {
  return { ...NO_EFFECTS, homes: registrations.map((registrationId) => ({ registrationId, to })) }
}

/**
 * A member that had become part of another is itself again, with what stood for it before.
 *
 * @param registrations those that are its own; what has others stays where it is
 */
export function leadBack(
  world: IdentityWorld<KnownMember>,
  memberId: string,
  registrations: ReadonlySet<string>,
): IdentityEffects {
  const whole = resolveMember(world, memberId)
  const isOwn = (id: string) =>
    id !== memberId &&
    id !== whole &&
    resolveMember(world, id) === whole &&
    liveRegistrations((world.member(id) ?? {}) as Doc).every((one) => registrations.has(one))
  const own = world.everLedTo(memberId).filter(isOwn)
  return { ...NO_EFFECTS, redirects: [memberId, ...own].map((id) => ({ id, to: memberId })) }
}

export function join(...all: readonly IdentityEffects[]): IdentityEffects {
  return {
    redirects: all.flatMap(({ redirects }) => redirects),
    numbers: all.flatMap(({ numbers }) => numbers),
    homes: all.flatMap(({ homes }) => homes),
    erased: all.flatMap(({ erased }) => erased),
  }
}

/** The registrations that a document or its sidecar names, taken off ones too. */
export function registrationsEver(doc: Doc): Set<string> {
  const dots: unknown = sidecarOf(doc).s?.['registrations']
  const ids = new Set(liveRegistrations(doc))
  for (const key of isRecord(dots) ? Object.keys(dots) : []) {
    const id = registrationIdOf(key)
    if (id !== undefined) ids.add(id)
  }
  return ids
}

export function liveRegistrations(doc: Doc): string[] {
  const list: unknown = doc['registrations']
  return Array.isArray(list)
    ? list.flatMap((one: unknown) => (isRecord(one) && typeof one['id'] === 'string' ? one['id'] : []))
    : []
}

export function isLiveMember<Member extends KnownMember>(member: Member | undefined): member is Member {
  return member !== undefined && (member as unknown as Doc)['_deleted'] !== true
}

/** The registrations of everything that stands for a member. */
export function registrationsOf(world: IdentityWorld<KnownMember>, memberId: string): string[] {
  const ids = new Set<string>()
  for (const id of world.idsOf(memberId)) {
    const doc = world.member(id)
    if (doc) for (const registration of liveRegistrations(doc)) ids.add(registration)
  }
  return [...ids].toSorted()
}

function registrationIdOf(key: string): string | undefined {
  try {
    const value: unknown = JSON.parse(key)
    return isRecord(value) && typeof value['id'] === 'string' ? value['id'] : undefined
  } catch {
    return undefined
  }
}
