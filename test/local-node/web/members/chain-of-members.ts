/** Members and decisions as they lie in a browser, without one. */
import { toMemberCard, type MemberCard } from '../../../../local-node/web/members/member-card.ts'
import {
  createMembersHere,
  type DecisionHere,
  type MembersHere,
} from '../../../../local-node/web/members/members-here.ts'
import { SHARED_SCOPE, type E164Phone, type Scope } from '../../../../schemas/brand.ts'
import type { DecisionKind } from '../../../../schemas/collections/decisions.ts'
import { endNumbers, giveNumber, mergeInto } from '../../../../schemas/decide-identity.ts'
import { NO_EFFECTS, type IdentityEffects } from '../../../../schemas/identity.ts'
import { memberIdOfPhone, type ChainKey } from '../../../../schemas/member-id.ts'

export const OLD = '+8613800138000' as E164Phone
export const NEW = '+8613900139000' as E164Phone

const KEY = 'ab'.repeat(32) as ChainKey
const SESSION = { branchId: 'b1', chainKey: KEY }

export class ChainOfMembers {
  readonly byId = new Map<string, MemberCard>()
  readonly #decisions: DecisionHere[] = []

  get here(): MembersHere {
    return createMembersHere(SESSION, this.byId, this.#decisions)
  }

  add(name: string, phone: E164Phone, scope: string = SHARED_SCOPE, fields: Partial<MemberCard> = {}): MemberCard {
    const id = memberIdOfPhone(KEY, scope as Scope, phone, 0)
    const registrations = [{ id: `g-${name}`, branchId: 'b1', at: '2026-03-01T10:00:00.000Z' }]
    const member = toMemberCard({ id, scope, phone, generation: 0, name, registrations, ...fields })
    this.byId.set(id, member)
    return member
  }

  /** As headquarters does it: the decision, and what it publishes on the member. */
  changePhone(member: MemberCard, to: E164Phone): void {
    const { world, standing } = this.here
    this.#decide(
      giveNumber(world, member.id, standing(member.scope, to).id, standing(member.scope, member.phone as E164Phone).id),
    )
    this.#publish(member, { phones: [to], closed: true })
  }

  merge(from: MemberCard, into: MemberCard, at?: string): void {
    this.#decide(mergeInto(this.here.world, from.id, into.id), { ...(at !== undefined && { at }) })
    this.#publish(from, { currentId: into.id })
    this.#publish(into, { phones: [into.phone!, from.phone!] })
  }

  release(member: MemberCard, at?: string): void {
    const { world } = this.here
    this.#decide(endNumbers(world, member.id, world.idsOf(member.id)), { ...(at !== undefined && { at }) })
    this.#publish(member, { closed: true, phones: [], released: true })
  }

  #publish(member: MemberCard, fields: Partial<MemberCard>): void {
    this.byId.set(member.id, toMemberCard({ ...member, ...fields }))
  }

  decide(what: DecisionKind, memberId: string, at: string): void {
    this.#decide(NO_EFFECTS, { what, memberId, at })
  }

  #decide(effects: IdentityEffects, told: Partial<DecisionHere> = {}): void {
    const number = this.#decisions.length + 1
    this.#decisions.push({ id: `d-${number}`, number, ...effects, ...told })
  }
}
