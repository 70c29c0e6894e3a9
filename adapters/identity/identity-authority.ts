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
  isLiveMember,
  join,
  mergeInto,
  numbersHeldBy,
  type IdentityWorld,
  type NumberStanding,
} from '../../schemas/decide-identity.ts'
import { holderOf, type IdentityEffects } from '../../schemas/identity.ts'
import type { Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { declarationOf, type Replica } from '../exchange/replica.ts'
import type { SigningKey } from '../exchange/signature.ts'
import { DecisionLog } from './decision-log.ts'
import type { IdentityBook } from './identity-book.ts'
import { JoiningLog } from './joining-log.ts'
import type { MembersHere } from './members-here.ts'
import type { IdentityWrites } from './identity-writes.ts'
import { plainFields, withElements } from './member-fields.ts'
import { MergeAudit } from './merge-audit.ts'
import { RecoveredPhones } from './recovered-members.ts'

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
  readonly recoveredPhones: RecoveredPhones
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
    this.recoveredPhones = new RecoveredPhones(replica.store)
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
    const decision = this.decide(writes, what, one.id, effects, { ...occasion, into: other.id }, () => {
      writes.joinInto(this.members, one as unknown as Doc, other.id)
      // Where the two were one before and were split, what was taken off then is there again.
      writes.edit(this.members, other.id, (stored) => withElements(this.members, stored, one as unknown as Doc))
    })
    this.publish(writes, other.id, { phones: [...new Set(phones)] })
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

  /** A member holds a number from now on, instead of the one that is named. The number must be nobody's. */
  giveNumber(
    writes: IdentityWrites,
    member: MemberDocument,
    to: string,
    instead: string | undefined,
    occasion: Occasion,
  ): void {
    const number = this.standing(member.scope, to)
    // What was the member's where it was asked may be somebody else's by now.
    const from = instead !== undefined && holderOf(this.world, instead) === member.id ? instead : undefined
    const ended = from === undefined || from === number.id ? join() : endNumbers(this.world, member.id, [from])
    const effects = number.holder === member.id ? ended : giveNumber(this.world, member.id, number.id, from)
    const given = from === undefined ? undefined : this.#phoneOfNumber(member, from)
    const kept = phonesOfMember(member).filter((phone) => phone !== given && phone !== to)
    this.decide(writes, 'phone', member.id, effects, occasion)
    this.publish(writes, member.id, { phones: [to, ...kept], released: false })
  }

  /** Takes a number from whoever holds it: its next generation begins. */
  freeNumber(writes: IdentityWrites, scope: string, phone: string, occasion: Occasion): void {
    const { id, holder } = this.standing(scope, phone)
    if (holder === undefined) return
    this.decide(writes, 'release', holder, endNumbers(this.world, holder, [id]), occasion)
    const member = this.world.member(holder)
    if (member) this.publish(writes, holder, { phones: phonesOfMember(member).filter((one) => one !== phone) })
  }

  /** The person who had the member's numbers is gone: they may be registered anew, the record stays as history. */
  release(writes: IdentityWrites, id: string, occasion: Occasion = {}): void {
    const member = this.live(id)
    if (member.released === true) throw new OutpostError('MEMBER_CONFLICT', 'the member is released already')
    this.#endAll(writes, 'release', member, occasion)
    this.publish(writes, member.id, { phones: [], released: true })
  }

  /** Deletes a member; its numbers may be registered anew. */
  remove(writes: IdentityWrites, id: string, occasion: Occasion = {}): void {
    const member = this.live(id)
    this.#endAll(writes, 'delete', member, occasion)
    writes.edit(this.members, member.id, (stored) => ({ ...stored, _deleted: true }))
    this.publish(writes, member.id, { phones: [] })
  }

  /** A tombstone has arrived: what follows from it is decided. */
  noteRemoved(writes: IdentityWrites, member: MemberDocument): void {
    this.#endAll(writes, 'delete', member, {})
    this.publish(writes, member.id, { phones: [] })
  }

  /** A deleted member is back, with its number if nobody has registered that since. */
  revive(writes: IdentityWrites, id: string, occasion: Occasion = {}): void {
    const member = this.world.member(id)
    if (!member || isLiveMember(member) || this.book.isErased(id)) {
      throw new OutpostError('MEMBER_CONFLICT', 'only a deleted member can be revived')
    }
    const { phone, scope } = member
    const number = phone === undefined ? undefined : this.standing(scope, phone)
    const free = number?.holder === undefined ? number : undefined
    this.decide(writes, 'revive', id, free ? giveNumber(this.world, id, free.id) : join(), occasion)
    writes.edit(this.members, id, (stored) => ({ ...stored, _deleted: false }))
    this.publish(writes, id, { phones: phone !== undefined && free ? [phone] : [], released: false })
  }

  /** A private member is shared from now on: the shared document of its number takes over, or begins. */
  share(writes: IdentityWrites, id: string, occasion: Occasion = {}): void {
    const member = this.live(id)
    if (member.scope === 'shared') throw new OutpostError('MEMBER_CONFLICT', 'the member is shared already')
    const [phone] = phonesOfMember(member)
    const number = phone === undefined ? undefined : this.standing('shared', phone)
    let into = number?.holder
    if (into === undefined) {
      const { registrations: _own, phone: registered, ...rest } = plainFields(this.members, member as unknown as Doc)
      const identity = number
        ? { id: number.id, phone, generation: number.generation }
        : { id: this.newMemberId(), generation: 0 }
      writes.edit(this.members, identity.id, () => ({
        // A number that it no longer holds proves nothing.
        ...(number === undefined && registered !== undefined && { contactPhone: registered }),
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

  /** The number that a new one replaces: the one that the member shows. */
  numberToGiveUp(member: MemberDocument): string | undefined {
    return this.here.numberShown(member)
  }

  #endAll(writes: IdentityWrites, what: DecisionKind, member: MemberDocument, occasion: Occasion): void {
    // Its own id too, number or not: nothing that arrives there for the first time is this member's.
    const numbers = [...new Set([member.id, ...numbersHeldBy(this.world, member.id)])]
    this.decide(writes, what, member.id, endNumbers(this.world, member.id, numbers), occasion)
  }

  /** Decides, and publishes on the documents that it speaks of what has become of them. */
  decide(
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
      ...effects.homes.map(({ to }) => to),
    ])
    for (const id of touched) this.publish(writes, id, {})
    return number
  }

  /** Replaces what headquarters says of a member. */
  publish(writes: IdentityWrites, id: string, fields: Published): void {
    if (this.book.isErased(id)) return
    const current = this.world.redirectOf(id)
    const closed = this.world.numberOf(id)?.closed
    writes.publish(this.members, id, {
      decided: this.book.newest(),
      currentId: current === undefined || current === id ? undefined : current,
      closed: closed === true ? true : undefined,
      ...fields,
      ...('released' in fields && { released: fields.released ? true : undefined }),
    })
  }

  newMemberId(): string {
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

/** Persons who have held one number one after the other; looked through only for numbers that nobody registered. */
const MOST_GENERATIONS = 64
