/**
 * What people do with members at headquarters: look at one, at the review queue, at the merges; decide. A dry run does
 * everything and takes it back, so what it shows is what would happen.
 */
import { compareText } from '../../schemas/compare-text.ts'
import type { MemberDocument } from '../../schemas/collections/members.ts'
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import type { DecisionDocument } from '../../schemas/collections/decisions.ts'
import { NO_BALANCE, type Balance } from '../../schemas/contribution.ts'
import { isLiveMember } from '../../schemas/decide-identity.ts'
import { isErased } from '../../schemas/erasure.ts'
import { resolveMember } from '../../schemas/identity.ts'
import type { Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import { migrateDocument } from '../../schemas/migrations.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { readPhone } from '../../schemas/phone.ts'
import type {
  JoiningReport,
  MemberAction,
  MemberOutcome,
  MemberPage,
  MemberSearch,
  MemberView,
  ReviewAnswer,
} from '../../schemas/protocol/identity.ts'
import type { Recovery } from '../exchange/recovery.ts'
import { declarationOf } from '../exchange/replica.ts'
import type { Change } from '../sqlite/document-table.ts'
import { toSortKey } from '../sqlite/sort-key.ts'
import type { IdentityAuthority, Occasion } from './identity-authority.ts'
import { applyEdit, admitAsNew, admitRegistrations, refuseRegistrations } from './admit-registrations.ts'
import { eraseMember } from './erase-member.ts'
import { searchMembers } from './search-members.ts'
import { splitMember } from './split-member.ts'
import { IdentityWrites } from './identity-writes.ts'
import type { MergeAuditEntry } from './merge-audit.ts'
import { maskedMember, memberView, maskedRequest } from './member-view.ts'
import type { HeadquartersIdentity } from './open-identity.ts'
import { mayAskAbout } from './may-ask-about.ts'
import type { RequestClerk } from './request-clerk.ts'

export class MemberDesk {
  readonly #authority: IdentityAuthority
  readonly #clerk: RequestClerk
  readonly #recovery: Recovery
  readonly #balanceOf: (memberId: string) => Balance
  readonly #country: string

  constructor(
    { authority, clerk, recovery }: HeadquartersIdentity,
    balanceOf: (memberId: string) => Balance,
    country: string,
  ) {
    this.#authority = authority
    this.#clerk = clerk
    this.#recovery = recovery
    this.#balanceOf = balanceOf
    this.#country = country
  }

  /** Today's member for any id ever used. @throws OutpostError MEMBER_UNKNOWN */
  show(id: string): MemberView {
    const { world } = this.#authority
    const memberId = resolveMember(world, id)
    const member = world.member(memberId)
    if (!member) throw new OutpostError('MEMBER_UNKNOWN', `there is no member ${id}`)
    return memberView(member, world.idsOf(memberId), this.#balanceOf(memberId))
  }

  /** The members that hold a phone, or would: today's holder in a scope. @throws OutpostError PHONE_INVALID, MEMBER_UNKNOWN */
  find(phone: string, scope = 'shared'): MemberView {
    const { holder } = this.#authority.standing(scope, this.#e164(phone))
    if (holder === undefined) throw new OutpostError('MEMBER_UNKNOWN', 'nobody holds this number')
    return this.show(holder)
  }

  /** Members that are one today, by how the name begins. @throws OutpostError BAD_REQUEST */
  search(query: MemberSearch): MemberPage {
    const { replica } = this.#authority
    const { members, ...next } = searchMembers(replica.store.table('members'), query)
    return { members: members.map(({ id }) => this.show(id)), ...next }
  }

  /** The merges of a member, oldest first. @throws OutpostError MEMBER_UNKNOWN */
  audit(id: string): MergeAuditEntry[] {
    const memberId = resolveMember(this.#authority.world, id)
    if (!this.#authority.world.member(memberId)) throw new OutpostError('MEMBER_UNKNOWN', `there is no member ${id}`)
    return this.#authority.audit
      .ofMember(memberId)
      .map((entry) => ({ ...entry, ours: maskedMember(entry.ours), theirs: maskedMember(entry.theirs) }))
  }

  /**
   * Everything of a collection that counts for a member, whatever id it was written with; a deleted or erased one too.
   *
   * @throws OutpostError MEMBER_UNKNOWN, COLLECTION_UNKNOWN
   */
  documentsOf(collection: string, id: string): Doc[] {
    const { here, replica, world } = this.#authority
    const memberId = resolveMember(world, id)
    if (!world.member(memberId)) throw new OutpostError('MEMBER_UNKNOWN', `there is no member ${id}`)
    return here.documentsOf(declarationOf(replica, collection).name, memberId).map(replicatedState)
  }

  /** How a branch's members came together with headquarters', with a page of the merges. */
  joining(branchId: string, after = 0): JoiningReport {
    const { audit, joining } = this.#authority
    const merges = audit.ofBranch(branchId, after, MERGES_PER_PAGE)
    const next = merges.length === MERGES_PER_PAGE ? merges.at(-1)!.id : undefined
    return {
      branchId,
      counts: joining.counts(branchId),
      merges: merges.map(({ id, atMs, memberId, ours, theirs }) => ({
        id,
        at: new Date(atMs).toISOString(),
        memberId,
        here: maskedMember(ours),
        brought: maskedMember(theirs),
      })),
      ...(next !== undefined && { next }),
      refused: joining.refused(branchId, MERGES_PER_PAGE),
    }
  }

  /** What waits for a person, oldest first; with `all` also what was decided lately. */
  review(all = false): RequestDocument[] {
    const table = this.#authority.replica.store.table('requests')
    const state = table.columns.byField.get('state')!.column
    const found = all
      ? table.select('seq > 0', 'ORDER BY seq DESC LIMIT ?', [MOST_REQUESTS])
      : table.select(`deleted = 0 AND ${state} = ?`, '', [toSortKey('held')])
    return (found as unknown as RequestDocument[])
      .filter((request) => (request as unknown as Doc)['_deleted'] !== true)
      .toSorted((a, b) => compareText(a.at, b.at) || compareText(a.id, b.id))
      .map(maskedRequest)
  }

  /**
   * Does one thing to a member.
   *
   * @throws OutpostError MEMBER_UNKNOWN, MEMBER_CONFLICT, PHONE_INVALID, RECOVERING: nothing was changed
   */
  act(id: string, action: MemberAction, dryRun = false): MemberOutcome {
    return this.#run(dryRun, (writes) => this.#perform(writes, id, action, {}))
  }

  /**
   * Decides a request that is held.
   *
   * @throws OutpostError REQUEST_UNKNOWN, REQUEST_DECIDED, MEMBER_UNKNOWN, MEMBER_CONFLICT: nothing was changed
   */
  decide(requestId: string, answer: ReviewAnswer, dryRun = false): MemberOutcome {
    const request = this.#authority.replica.store.table('requests').get(requestId) as RequestDocument | undefined
    if (!request || isErased(request as unknown as Doc)) {
      throw new OutpostError('REQUEST_UNKNOWN', `there is no request ${requestId}`)
    }
    if (request.state !== 'held') throw new OutpostError('REQUEST_DECIDED', `request ${requestId} is ${request.state}`)
    return this.#run(dryRun, (writes) => {
      if (answer.answer === 'refuse') {
        const said = answer.reason === undefined ? {} : { answer: answer.reason }
        this.#clerk.answer(writes, requestId, { state: 'refused', ...said })
        const { what, branchId, registrations, memberId } = request
        if (what === 'registration') refuseRegistrations(this.#authority, branchId, registrations, memberId)
        return request.memberId
      }
      const memberId = this.#grant(writes, request, answer)
      this.#clerk.grant(writes, requestId)
      return memberId
    })
  }

  #grant(writes: IdentityWrites, request: RequestDocument, answer: ReviewAnswer): string {
    const authority = this.#authority
    const { id: requestId, branchId, what, memberId, registrations } = request
    // It may have waited since a program with an older schema.
    const held = request.held && migrateDocument(authority.members, request.held)
    const occasion = { requestId, branchId }
    const into = answer.answer === 'merge' ? answer.into : undefined
    if (!held) this.#refuseForeign(request)
    if (what === 'registration') {
      if (!held) throw new OutpostError('MEMBER_CONFLICT', 'the held registration is gone')
      if (into === undefined) return admitAsNew(authority, writes, held, registrations, occasion)
      admitRegistrations(authority, writes, held, registrations, into, occasion)
      return into
    }
    if (into !== undefined && what !== 'phone' && what !== 'merge') {
      throw new OutpostError(
        'MEMBER_CONFLICT',
        `a request to ${what} can be granted or refused, not answered by a merge`,
      )
    }
    if (held) {
      // A newer edit of a deleted member: grant brings the member back, unless somebody has, with what was written.
      const stands = authority.world.member(memberId)
      if (!stands || !isLiveMember(stands)) authority.revive(writes, memberId, occasion)
      applyEdit(authority, writes, memberId, held)
      return memberId
    }
    if (what === 'phone') {
      if (into !== undefined) authority.merge(writes, memberId, into, occasion)
      const member = authority.live(memberId)
      if (authority.standing(member.scope, request.to!).holder !== member.id) {
        authority.freeNumber(writes, member.scope, request.to!, occasion)
      }
      authority.giveNumber(writes, authority.live(memberId), request.to!, request.from, occasion)
      return member.id
    }
    if (what === 'merge') authority.merge(writes, memberId, into ?? request.into!, occasion)
    else
      this.#perform(
        writes,
        memberId,
        { do: what, ...(what === 'split' && { registrations }) } as MemberAction,
        occasion,
      )
    return memberId
  }

  /** What the branch may not ask for is as if it were not there, also for whoever grants. */
  #refuseForeign({ branchId, memberId, into }: RequestDocument): void {
    for (const id of [memberId, ...(into === undefined ? [] : [into])]) {
      this.#authority.live(id)
      if (!mayAskAbout(this.#authority, id, branchId))
        throw new OutpostError('MEMBER_UNKNOWN', `there is no member ${id}`)
    }
  }

  #perform(writes: IdentityWrites, id: string, action: MemberAction, occasion: Occasion): string {
    const authority = this.#authority
    if (action.do === 'phone') {
      const member = authority.live(id)
      const to = this.#e164(action.to)
      const { holder } = authority.standing(member.scope, to)
      if (holder !== undefined && holder !== member.id) {
        throw new OutpostError(
          'MEMBER_CONFLICT',
          `the number is held by member ${holder}: merge the two, or release it first`,
        )
      }
      authority.giveNumber(writes, member, to, authority.numberToGiveUp(member), occasion)
    } else if (action.do === 'merge') authority.merge(writes, id, action.into, occasion)
    else if (action.do === 'split') return splitMember(authority, writes, id, action.registrations, occasion)
    else if (action.do === 'release') authority.release(writes, id, occasion)
    else if (action.do === 'delete') authority.remove(writes, id, occasion)
    else if (action.do === 'share') authority.share(writes, id, occasion)
    else if (action.do === 'revive') authority.revive(writes, id, occasion)
    else eraseMember(authority, writes, id, occasion)
    return id
  }

  /** @param work returns the id of the member that is to be shown afterwards */
  #run(dryRun: boolean, work: (writes: IdentityWrites) => string): MemberOutcome {
    const { replica } = this.#authority
    this.#recovery.refuse()
    let outcome: MemberOutcome | undefined
    try {
      replica.store.transaction(
        'decision',
        (write) => work(new IdentityWrites(replica, write)),
        (memberId, changes) => {
          outcome = { dryRun, ...this.#outcome(memberId, changes) }
          if (dryRun) throw new TakenBack()
        },
      )
    } catch (error) {
      if (!(error instanceof TakenBack)) throw error
    }
    return outcome!
  }

  #outcome(memberId: string, changes: readonly Change[]): Omit<MemberOutcome, 'dryRun'> {
    const { world } = this.#authority
    const member = world.member(resolveMember(world, memberId))
    const decisions = changes.filter(({ table }) => table.name === 'decisions').map(({ doc }) => doc)
    return {
      memberId,
      ...(isLiveMember(member) && { member: this.show(member.id) }),
      decisions: (decisions as unknown as DecisionDocument[]).map(({ id, number, what, memberId: of, into }) => ({
        id,
        number,
        what,
        memberId: of,
        ...(into !== undefined && { into }),
      })),
      documents: new Set(changes.map(({ table, doc }) => `${table.name}/${doc[table.columns.primaryPath] as string}`))
        .size,
      balances: changedBalances(changes),
    }
  }

  #e164(phone: string): string {
    const reading = readPhone(phone, this.#country)
    if (!reading.ok) throw new OutpostError('PHONE_INVALID', reading.reason, { field: 'phone' })
    return reading.phone
  }
}

const MERGES_PER_PAGE = 500
const MOST_REQUESTS = 1000

class TakenBack extends Error {}

/** The members whose published balance is another one after the changes. */
function changedBalances(changes: readonly Change[]): MemberOutcome['balances'] {
  const first = new Map<string, Balance>()
  const last = new Map<string, Balance>()
  for (const { table, doc, previous } of changes) {
    if (table.declaration?.holdsBalance !== true) continue
    const { id, balance = NO_BALANCE } = doc as unknown as MemberDocument
    if (!first.has(id)) first.set(id, (previous?.['balance'] as Balance | undefined) ?? NO_BALANCE)
    last.set(id, balance)
  }
  return [...last].flatMap(([memberId, after]) => {
    const before = first.get(memberId)!
    return before.points === after.points && before.value === after.value ? [] : [{ memberId, before, after }]
  })
}
