/**
 * Headquarters' say over who is who: carries out what was decided, by a person or because a request was clear, one
 * decision at a time, each in one transaction with everything that follows from it.
 */
import type { E164Phone, Scope } from '../../schemas/brand.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { DecisionKind } from '../../schemas/collections/decisions.ts'
import { phonesOfMember, type MemberDocument } from '../../schemas/collections/members.ts'
import {
  endNumbers,
  giveNumber,
  giveRegistrations,
  isLiveMember,
  join,
  leadBack,
  liveRegistrations,
  mergeInto,
  numbersHeldBy,
  registrationsOf,
  type IdentityWorld,
  type NumberStanding,
} from '../../schemas/decide-identity.ts'
import { resolveMember, type IdentityEffects } from '../../schemas/identity.ts'
import type { Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { declarationOf, type Replica } from '../exchange/replica.ts'
import type { SigningKey } from '../exchange/signature.ts'
import { toSortKey } from '../sqlite/sort-key.ts'
import { DecisionLog } from './decision-log.ts'
import { heldRequestId } from './held-request-id.ts'
import type { IdentityBook } from './identity-book.ts'
import { JoiningLog, type JoiningOutcome } from './joining-log.ts'
import type { MembersHere } from './members-here.ts'
import type { IdentityWrites } from './identity-writes.ts'
import { plainFields, withMissing, withoutSide, withRegistrations } from './member-fields.ts'
import { MergeAudit } from './merge-audit.ts'

/** Who decided, and on which request. */
export interface Occasion {
  readonly requestId?: string
  /** The branch whose record joins; `headquarters` for a person's own decision. */
  readonly branchId?: string
}

/** What headquarters says of a member beside what everybody may write. */
type Published = Partial<Pick<MemberDocument, 'phones' | 'released'>>

export class IdentityAuthority {
  readonly replica: Replica
  readonly here: MembersHere
  readonly book: IdentityBook
  readonly audit: MergeAudit
  readonly joining: JoiningLog
  readonly world: IdentityWorld
  readonly members: CollectionDeclaration
  readonly #log: DecisionLog

  constructor(replica: Replica, here: MembersHere, key: SigningKey) {
    this.replica = replica
    this.here = here
    this.book = here.book
    this.world = here.world
    this.audit = new MergeAudit(replica.store)
    this.joining = new JoiningLog(replica.store)
    this.members = declarationOf(replica, 'members')
    this.#log = new DecisionLog(replica, here.book, key)
  }

  /** The member that an id stands for. @throws OutpostError MEMBER_UNKNOWN */
  live(id: string): MemberDocument {
    return this.here.live(id)
  }

  standing(scope: string, phone: string): NumberStanding {
    return this.here.standing(scope, phone)
  }

  /** One member becomes part of another. @throws OutpostError MEMBER_UNKNOWN, MEMBER_CONFLICT */
  merge(
    writes: IdentityWrites,
    from: string,
    into: string,
    occasion: Occasion = {},
    what: DecisionKind = 'merge',
  ): void {
    const one = this.live(from)
    const other = this.live(into)
    if (one.id === other.id) throw new OutpostError('MEMBER_CONFLICT', 'both ids stand for one member already')
    if (one.scope !== other.scope && other.scope !== 'shared') {
      throw new OutpostError('MEMBER_CONFLICT', 'a private member takes in members of its own branch only')
    }
    // A private number is none of the shared ones: somebody else may hold that.
    const phones = [...phonesOfMember(other), ...(one.scope === other.scope ? phonesOfMember(one) : [])]
    const effects = mergeInto(this.world, one.id, other.id)
    const decision = this.#decide(writes, what, one.id, effects, { ...occasion, into: other.id }, () =>
      writes.joinInto(this.members, one as unknown as Doc, other.id),
    )
    this.#publish(writes, other.id, { phones: [...new Set(phones)] })
    const { branchId = 'headquarters' } = occasion
    this.audit.note({
      atMs: this.replica.clock.wallMs(),
      memberId: other.id,
      otherId: one.id,
      branchId,
      decision,
      ours: replicatedState(other as unknown as Doc),
      theirs: replicatedState(one as unknown as Doc),
    })
  }

  /** A member holds a number from now on, instead of the one that `from` names. The number must be nobody's. */
  giveNumber(
    writes: IdentityWrites,
    member: MemberDocument,
    to: string,
    from: string | undefined,
    occasion: Occasion,
  ): void {
    const number = this.standing(member.scope, to)
    const ended = from === undefined || from === number.id ? join() : endNumbers(this.world, member.id, [from])
    const effects = number.holder === member.id ? ended : giveNumber(this.world, member.id, number.id, from)
    const given = from === undefined ? undefined : this.#phoneOfNumber(member, from)
    const kept = phonesOfMember(member).filter((phone) => phone !== given && phone !== to)
    this.#decide(writes, 'phone', member.id, effects, occasion)
    this.#publish(writes, member.id, { phones: [to, ...kept], released: false })
  }

  /** Takes a number from whoever holds it: its next generation begins. */
  freeNumber(writes: IdentityWrites, scope: string, phone: string, occasion: Occasion): void {
    const { id, holder } = this.standing(scope, phone)
    if (holder === undefined) return
    this.#decide(writes, 'release', holder, endNumbers(this.world, holder, [id]), occasion)
    const member = this.world.member(holder)
    if (member) this.#publish(writes, holder, { phones: phonesOfMember(member).filter((one) => one !== phone) })
  }

  /** The person who had the member's numbers is gone: they may be registered anew, the record stays as history. */
  release(writes: IdentityWrites, id: string, occasion: Occasion = {}): void {
    const member = this.live(id)
    if (member.released === true) throw new OutpostError('MEMBER_CONFLICT', 'the member is released already')
    this.#endAll(writes, 'release', member, occasion)
    this.#publish(writes, member.id, { phones: [], released: true })
  }

  /** Deletes a member; its numbers may be registered anew. */
  remove(writes: IdentityWrites, id: string, occasion: Occasion = {}): void {
    const member = this.live(id)
    this.#endAll(writes, 'delete', member, occasion)
    writes.edit(this.members, member.id, (stored) => ({ ...stored, _deleted: true }))
    this.#publish(writes, member.id, { phones: [] })
  }

  /** A tombstone has arrived: what follows from it is decided. */
  noteRemoved(writes: IdentityWrites, member: MemberDocument): void {
    this.#endAll(writes, 'delete', member, {})
    this.#publish(writes, member.id, { phones: [] })
  }

  /** A deleted member is back, with its number if nobody has registered that since. */
  revive(writes: IdentityWrites, id: string, occasion: Occasion = {}): void {
    const member = this.world.member(id)
    if (!member || isLiveMember(member) || this.book.isErased(id)) {
      throw new OutpostError('MEMBER_CONFLICT', 'only a deleted member can be revived')
    }
    const { phone, scope } = member
    const number = phone === undefined ? undefined : this.standing(scope, phone)
    const free = number !== undefined && number.holder === undefined
    this.#decide(writes, 'revive', id, free ? giveNumber(this.world, id, number.id) : join(), occasion)
    writes.edit(this.members, id, (stored) => ({ ...stored, _deleted: false }))
    this.#publish(writes, id, { phones: free ? [phone!] : [], released: false })
  }

  /** Personal data goes everywhere; contributions stay. */
  erase(writes: IdentityWrites, id: string, occasion: Occasion = {}): void {
    const memberId = resolveMember(this.world, id)
    if (!this.world.member(memberId)) throw new OutpostError('MEMBER_UNKNOWN', `there is no member ${id}`)
    if (this.book.isErased(memberId)) throw new OutpostError('MEMBER_CONFLICT', 'the member is erased already')
    const ids = this.book.writtenIdsOf(memberId).filter((one) => resolveMember(this.world, one) === memberId)
    const ended = endNumbers(this.world, memberId, numbersHeldBy(this.world, memberId))
    const registrations = new Set(registrationsOf(this.world, memberId))
    const phones = ids.flatMap((one) => [this.world.member(one)].flatMap((doc) => (doc ? everPhone(doc) : [])))
    this.audit.erase(this.book.writtenIdsOf(memberId), registrations)
    this.#decide(writes, 'erase', memberId, join(ended, { ...join(), erased: ids }), occasion)
    for (const one of ids) writes.erase(this.members, one, ['phones'])
    const requests = declarationOf(this.replica, 'requests')
    const held = [...registrations, ...ids].map(heldRequestId)
    for (const one of [...this.#requestsAbout(ids, phones), ...held]) writes.erase(requests, one, ['held', 'answer'])
  }

  /** Requests that are about these members, and decided ones that name one of their numbers. */
  #requestsAbout(memberIds: readonly string[], phones: readonly string[]): string[] {
    const table = this.replica.store.table('requests')
    const find = (field: string, values: readonly string[]): Doc[] => {
      const { column } = table.columns.byField.get(field)!
      const marks = values.map(() => '?').join(', ')
      return table.select(`deleted IN (0, 1) AND ${column} IN (${marks})`, '', values.map(toSortKey))
    }
    const named = find('to', phones).filter((doc) => doc['state'] === 'granted' || doc['state'] === 'refused')
    return [...new Set([...find('memberId', memberIds), ...named].map((doc) => doc['id'] as string))]
  }

  /** A private member is shared from now on: the shared document of its number takes over, or begins. */
  share(writes: IdentityWrites, id: string, occasion: Occasion = {}): void {
    const member = this.live(id)
    if (member.scope === 'shared') throw new OutpostError('MEMBER_CONFLICT', 'the member is shared already')
    const [phone] = phonesOfMember(member)
    const number = phone === undefined ? undefined : this.standing('shared', phone)
    let into = number?.holder
    if (into === undefined) {
      const { registrations: _own, ...rest } = plainFields(this.members, member as unknown as Doc)
      const identity = number
        ? { id: number.id, phone, generation: number.generation }
        : { id: this.#newMemberId(), generation: 0 }
      writes.edit(this.members, identity.id, () => ({
        ...rest,
        ...identity,
        scope: 'shared',
        registrations: [],
        _deleted: false,
      }))
      into = identity.id
    }
    this.merge(writes, member.id, into, occasion, 'share')
  }

  /**
   * Registrations that are nobody's become a member's, with what their document said.
   *
   * @throws OutpostError MEMBER_UNKNOWN, MEMBER_CONFLICT
   */
  admit(writes: IdentityWrites, came: Doc, registrations: readonly string[], into: string, occasion: Occasion): void {
    const member = this.live(into)
    if (member.scope !== 'shared' && member.scope !== came['scope']) {
      throw new OutpostError('MEMBER_CONFLICT', 'a private member takes in registrations of its own branch only')
    }
    // What else the document names stands with whoever had the number before.
    const held = withRegistrations(came, registrations)
    const effects = giveRegistrations(this.world, registrations, held['id'] as string, member.id)
    const { branchId = 'headquarters' } = occasion
    const decision = this.#decide(
      writes,
      'admit',
      held['id'] as string,
      effects,
      { ...occasion, into: member.id },
      () => writes.edit(this.members, member.id, (stored) => withMissing(this.members, stored, held)),
    )
    this.audit.note({
      atMs: this.replica.clock.wallMs(),
      memberId: member.id,
      otherId: held['id'] as string,
      branchId,
      decision,
      ours: replicatedState(member as unknown as Doc),
      theirs: held,
    })
    this.#noteJoined(branchId, registrations, member.id, 'merged')
  }

  /** A document under an id that stands for another member: what it says is that member's, and so are its registrations. */
  follow(writes: IdentityWrites, doc: Doc, into: string): void {
    const before = replicatedState(this.world.member(into) as unknown as Doc)
    writes.joinInto(this.members, doc, into)
    const homeless = liveRegistrations(doc).filter((one) => this.world.homeOf(one) === undefined)
    if (homeless.length === 0) return
    const id = doc['id'] as string
    const decision = this.#decide(writes, 'admit', id, giveRegistrations(this.world, homeless, id, into), { into })
    const atMs = this.replica.clock.wallMs()
    const branchId = (doc as unknown as MemberDocument).registrations.find((one) => one.id === homeless[0])!.branchId
    this.audit.note({
      atMs,
      memberId: into,
      otherId: id,
      branchId,
      decision,
      ours: before,
      theirs: replicatedState(doc),
    })
  }

  /** Adds to a member what a held document says and it lacks. */
  addMissing(writes: IdentityWrites, memberId: string, held: Doc): void {
    writes.edit(this.members, memberId, (stored) => withMissing(this.members, stored, held))
  }

  /** The number that a new one replaces: the one that the member shows. */
  numberToGiveUp(member: MemberDocument): string | undefined {
    const [phone] = phonesOfMember(member)
    return phone === undefined ? undefined : this.standing(member.scope, phone).id
  }

  /**
   * Registrations that are nobody's become a person of their own, who holds the phone that they were made with.
   *
   * @returns the id of the new member
   */
  admitAsNew(writes: IdentityWrites, came: Doc, registrations: readonly string[], occasion: Occasion): string {
    const held = withRegistrations(came, registrations)
    const { phone, scope } = held as unknown as MemberDocument
    if (phone !== undefined) this.freeNumber(writes, scope, phone, occasion)
    const number = phone === undefined ? undefined : this.standing(scope, phone)
    const identity = number
      ? { id: number.id, phone, generation: number.generation }
      : { id: this.#newMemberId(), generation: 0 }
    const fields = plainFields(this.members, held)
    writes.edit(this.members, identity.id, () => ({ ...fields, scope, ...identity, _deleted: false }))
    const effects = giveRegistrations(this.world, registrations, held['id'] as string, identity.id)
    this.#decide(writes, 'admit', held['id'] as string, effects, { ...occasion, into: identity.id })
    this.#noteJoined(occasion.branchId, registrations, identity.id, 'new')
    return identity.id
  }

  /** What a person has decided of registrations that were ambiguous. */
  refuseRegistrations(branchId: string, registrations: readonly string[], memberId: string): void {
    this.#noteJoined(branchId, registrations, memberId, 'refused')
  }

  /**
   * Takes registrations out of a member again, as the audit of their merge shows them.
   *
   * @throws OutpostError MEMBER_UNKNOWN, MEMBER_CONFLICT without a merge that shows what to take out
   */
  split(writes: IdentityWrites, id: string, registrations: readonly string[], occasion: Occasion = {}): string {
    const member = this.live(id)
    const wanted = new Set(registrations)
    const own = liveRegistrations(member as unknown as Doc)
    const foreign = registrations.filter((one) => !own.includes(one))
    if (registrations.length === 0 || foreign.length > 0) {
      throw new OutpostError('MEMBER_CONFLICT', `the member has no registration ${foreign[0] ?? '(none was named)'}`)
    }
    const sides = this.#sidesOf(member.id, wanted)
    if (!sides) {
      throw new OutpostError('MEMBER_CONFLICT', 'no merge is known that brought these registrations and no others')
    }
    const { taken, left } = sides
    const takenId = taken['id'] as string
    const whole =
      takenId !== member.id &&
      resolveMember(this.world, takenId) === member.id &&
      isLiveMember(this.world.member(takenId))
    const newId = whole ? takenId : this.#newMemberId()
    if (!whole) {
      const { phone, ...fields } = plainFields(this.members, taken)
      const contact = phone === undefined ? {} : { contactPhone: phone }
      const identity = { id: newId, scope: member.scope, generation: 0 }
      writes.edit(this.members, newId, () => ({ ...fields, ...contact, ...identity, _deleted: false }))
    }
    const effects = join(
      giveRegistrations(this.world, registrations, member.id, newId),
      whole ? leadBack(this.world, newId, wanted) : join(),
    )
    writes.edit(this.members, member.id, (stored) => withoutSide(this.members, stored, taken, left))
    // What has become part of the member may have taken the registrations in before.
    for (const part of this.world.idsOf(member.id)) {
      const doc = this.world.member(part)
      if (part === newId || !isLiveMember(doc) || !doc.registrations.some((one) => wanted.has(one.id))) continue
      const kept = doc.registrations.filter((one) => !wanted.has(one.id))
      writes.edit(this.members, part, (stored) => ({ ...stored, registrations: kept }))
    }
    this.#decide(writes, 'split', member.id, effects, { ...occasion, into: newId })
    if (whole) {
      writes.edit(this.members, newId, (stored) => ({ ...stored, registrations: ownRegistrations(this.world, stored) }))
      const back = this.world.member(newId)!
      const phones =
        (taken['phones'] as string[] | undefined) ??
        (back.phone === undefined || back.closed === true ? [] : [back.phone])
      this.#publish(writes, newId, { phones })
      this.#publish(writes, member.id, { phones: phonesOfMember(member).filter((one) => !phones.includes(one)) })
    }
    return newId
  }

  /** The side of a merge whose registrations are all to be taken out, and what stood on the other. */
  #sidesOf(memberId: string, wanted: ReadonlySet<string>): { taken: Doc; left: Doc } | undefined {
    // All that the side had, and nothing else: what another side brought would stay behind with its fields.
    const isWanted = (side: Doc) => {
      const ids = new Set(liveRegistrations(side))
      return ids.size === wanted.size && [...ids].every((one) => wanted.has(one))
    }
    const entries = this.world.idsOf(memberId).flatMap((id) => this.audit.ofMember(id))
    for (const { ours, theirs } of entries.toSorted((a, b) => b.id - a.id)) {
      if (isWanted(theirs) && !isWanted(ours)) return { taken: theirs, left: ours }
      if (isWanted(ours) && !isWanted(theirs)) return { taken: ours, left: theirs }
    }
    return undefined
  }

  #noteJoined(
    branchId: string | undefined,
    registrations: readonly string[],
    memberId: string,
    as: JoiningOutcome,
  ): void {
    if (branchId === undefined) return
    const code = as === 'refused' ? 'REFUSED' : undefined
    for (const one of registrations) {
      this.joining.note(branchId, one, memberId, as, this.replica.clock.wallMs(), code)
    }
  }

  #endAll(writes: IdentityWrites, what: DecisionKind, member: MemberDocument, occasion: Occasion): void {
    // Its own id too, number or not: nothing that arrives there for the first time is this member's.
    const numbers = [...new Set([member.id, ...numbersHeldBy(this.world, member.id)])]
    this.#decide(writes, what, member.id, endNumbers(this.world, member.id, numbers), occasion)
  }

  #decide(
    writes: IdentityWrites,
    what: DecisionKind,
    memberId: string,
    effects: IdentityEffects,
    { requestId, into }: Occasion & { into?: string },
    first?: () => void,
  ): number {
    const scope = this.world.member(into ?? memberId)?.scope ?? 'shared'
    const decision = {
      what,
      memberId,
      effects,
      ...(into !== undefined && { into }),
      ...(requestId !== undefined && { requestId }),
    }
    first?.()
    const number = this.#log.write(writes, decision, scope)
    const touched = new Set([
      ...effects.redirects.flatMap(({ id, to }) => [id, to]),
      ...effects.numbers.map(({ id }) => id),
      ...effects.homes.flatMap(({ to, from }) => [to, ...from]),
    ])
    for (const id of touched) this.#publish(writes, id, {})
    return number
  }

  #publish(writes: IdentityWrites, id: string, fields: Published): void {
    if (this.book.isErased(id)) return
    const current = this.world.redirectOf(id)
    const closed = this.world.numberOf(id)?.closed
    writes.publish(this.members, id, {
      decided: this.book.newest(),
      currentId: current === undefined || current === id ? undefined : current,
      closed: closed === true ? true : undefined,
      ...fields,
      ...('released' in fields && { released: fields.released === true ? true : undefined }),
    })
  }

  #newMemberId(): string {
    return `r-${this.replica.newId(12)}`
  }

  #phoneOfNumber(member: MemberDocument, number: string): string | undefined {
    const registered = this.world.member(number)?.phone
    if (registered !== undefined) return registered
    const isOf = (phone: string) =>
      [...Array(MOST_GENERATIONS).keys()].some(
        (generation) => this.world.numberId(member.scope as Scope, phone as E164Phone, generation) === number,
      )
    return phonesOfMember(member).find(isOf)
  }
}

/** The numbers that a member's document names. */
function everPhone(member: MemberDocument): string[] {
  return [...new Set([...phonesOfMember(member), ...(member.phone === undefined ? [] : [member.phone])])]
}

/** The registrations of a document that no decision has made somebody else's. */
function ownRegistrations(world: IdentityWorld, doc: Doc): unknown[] {
  const id = doc['id'] as string
  return (doc as unknown as MemberDocument).registrations.filter((one) => (world.homeOf(one.id) ?? id) === id)
}

/** Persons who have held one number one after the other; looked through only for numbers that nobody registered. */
const MOST_GENERATIONS = 64
