/** Members as a node's own store knows them: who holds a phone, whom an id stands for, whose an order is. */
import { compareText } from '../../schemas/compare-text.ts'
import { SHARED_SCOPE, type E164Phone, type Scope } from '../../schemas/brand.ts'
import { phonesOfMember, type MemberDocument } from '../../schemas/collections/members.ts'
import { isLiveMember, numberStanding, type IdentityWorld, type NumberStanding } from '../../schemas/decide-identity.ts'
import { memberOfDocument, resolveMember } from '../../schemas/identity.ts'
import type { Doc } from '../../schemas/json.ts'
import { memberIdOfPhone } from '../../schemas/member-id.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { newMemberDocument, newRegistration } from '../../schemas/register-member.ts'
import { declarationOf, type Replica } from '../exchange/replica.ts'
import { writtenFor } from '../exchange/written-for.ts'
import type { IdentityBook } from './identity-book.ts'

export class MembersHere {
  readonly world: IdentityWorld
  readonly book: IdentityBook
  readonly #replica: Replica

  constructor(replica: Replica, book: IdentityBook) {
    this.#replica = replica
    this.book = book
    this.world = {
      redirectOf: (id) => book.redirectOf(id),
      numberOf: (id) => book.numberOf(id),
      homeOf: (id) => book.homeOf(id),
      idsOf: (id) => book.idsOf(id),
      everLedTo: (id) => book.everLedTo(id),
      member: (id) => replica.store.table('members').get(id) as MemberDocument | undefined,
      numberId: (scope, phone, generation) => memberIdOfPhone(replica.chainKey, scope, phone, generation),
    }
  }

  /** Today's member for any id ever used. @throws OutpostError MEMBER_UNKNOWN */
  live(id: string): MemberDocument {
    const member = this.world.member(resolveMember(this.world, id))
    if (!isLiveMember(member)) throw new OutpostError('MEMBER_UNKNOWN', `there is no member ${id}`)
    return member
  }

  standing(scope: string, phone: string): NumberStanding {
    return numberStanding(this.world, scope as Scope, phone as E164Phone)
  }

  /** The number of the phone that a member shows first; `undefined` where it is not, or no longer, the member's. */
  numberShown(member: MemberDocument): string | undefined {
    const [phone] = phonesOfMember(member)
    if (phone === undefined) return undefined
    const { id, holder } = this.standing(member.scope, phone)
    return holder === member.id ? id : undefined
  }

  /** Who holds a phone, of the scopes in their order: a branch's own private member comes before the shared one. */
  holders(phone: string, scopes: readonly string[]): MemberDocument[] {
    const ids = new Set(scopes.map((scope) => this.standing(scope, phone).holder))
    return [...ids].flatMap((holder) => {
      const member = holder === undefined ? undefined : this.world.member(holder)
      return isLiveMember(member) ? [member] : []
    })
  }

  /** The document of a person who is registered here and now. @throws OutpostError MEMBER_CONFLICT where somebody holds the number */
  newMember(name: string, phone: string, branchId: string, scope: string = SHARED_SCOPE): MemberDocument {
    const number = this.standing(scope, phone)
    if (number.holder !== undefined) {
      throw new OutpostError('MEMBER_CONFLICT', `the number is held by member ${number.holder}`, { field: 'phone' })
    }
    const registration = newRegistration(
      `g-${this.#replica.newId(8)}`,
      branchId,
      this.#replica.clock.now(),
      this.book.newest(),
    )
    return newMemberDocument({ name, phone: phone as E164Phone, scope: scope as Scope }, number, registration)
  }

  /** The documents of a collection that count for a member, whatever id they were written with, oldest first. */
  documentsOf(collection: string, memberId: string): Doc[] {
    const table = this.#replica.store.table(collection)
    if (!table.columns.byField.has('memberId')) return []
    const ids = [memberId, ...this.book.everLedTo(memberId)]
    const registrations = this.book.registrationsGivenTo(memberId)
    return writtenFor(declarationOf(this.#replica, collection), table, ids, registrations)
      .filter((doc) => doc['_deleted'] !== true)
      .filter(
        (doc) => memberOfDocument(this.world, doc['memberId'] as string, textOf(doc, 'registrationId')) === memberId,
      )
      .toSorted((a, b) => compareText(timeOf(a), timeOf(b)))
  }
}

/** When it happened, ISO 8601, as far as the document says so. */
function timeOf(doc: Doc): string {
  return textOf(doc, 'placedAt') ?? textOf(doc, 'at') ?? ''
}

function textOf(doc: Doc, field: string): string | undefined {
  const value = doc[field]
  return typeof value === 'string' ? value : undefined
}
