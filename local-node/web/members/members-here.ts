/** Members as this device knows them, with or without its node: who holds a phone, whom an id stands for, whose an order is. */
import { SHARED_SCOPE, type E164Phone, type Scope } from '../../../schemas/brand.ts'
import type { DecisionDocument } from '../../../schemas/collections/decisions.ts'
import type { MemberCard } from './member-card.ts'
import { numberStanding, type IdentityWorld, type NumberStanding } from '../../../schemas/decide-identity.ts'
import { memberOfDocument, resolveMember } from '../../../schemas/identity.ts'
import { memberIdOfPhone, type ChainKey } from '../../../schemas/member-id.ts'
import type { BranchSession } from '../../../schemas/protocol/session.ts'
import { foldDecisions, type DecisionFold } from '../store/decision-fold.ts'

/** What of a decision says who is who, and, for who reads the history, when and why. */
export type DecisionHere = Pick<DecisionDocument, 'id' | 'number' | 'redirects' | 'numbers' | 'homes'> &
  Partial<Pick<DecisionDocument, 'at' | 'what' | 'memberId'>>

export interface MembersHere {
  readonly decisions: readonly DecisionHere[]
  readonly world: IdentityWorld<MemberCard> & DecisionFold
  /** Today's member for any id ever used; `undefined` while its document is not here, or is deleted. */
  today(id: string): MemberCard | undefined
  /** Whether a member is nobody else by now. */
  isItself(member: MemberCard): boolean
  standing(scope: string, phone: E164Phone): NumberStanding
  /** The ids of those who hold a phone, the branch's own private member before the shared one. */
  holders(phone: E164Phone): string[]
  /** The member that an order counts for; `undefined` for nobody, and for one that is held. */
  memberOf(document: { readonly memberId?: string; readonly registrationId?: string }): string | undefined
}

/** @param byId live members; what is deleted is not in it */
export function createMembersHere(
  session: Pick<BranchSession, 'branchId' | 'chainKey'>,
  byId: ReadonlyMap<string, MemberCard>,
  decisions: Iterable<DecisionHere>,
): MembersHere {
  const all = [...decisions]
  const world: MembersHere['world'] = {
    ...foldDecisions(all),
    member: (id) => byId.get(id),
    numberId: (scope, phone, generation) => memberIdOfPhone(session.chainKey as ChainKey, scope, phone, generation),
  }
  const standing = (scope: string, phone: E164Phone) => numberStanding(world, scope as Scope, phone)
  return {
    decisions: all,
    world,
    today(id) {
      const resolved = resolveMember(world, id)
      // A member's document may be here before the decision that it tells of.
      const current = world.redirectOf(id) === undefined ? byId.get(resolved)?.currentId : undefined
      return byId.get(current ?? resolved) ?? byId.get(resolved)
    },
    isItself: ({ id, currentId }) => (world.redirectOf(id) ?? currentId ?? id) === id,
    standing,
    holders: (phone) => [
      ...new Set([session.branchId, SHARED_SCOPE].flatMap((scope) => standing(scope, phone).holder ?? [])),
    ],
    memberOf: ({ memberId, registrationId }) =>
      memberId === undefined || memberId === '' ? undefined : memberOfDocument(world, memberId, registrationId),
  }
}
