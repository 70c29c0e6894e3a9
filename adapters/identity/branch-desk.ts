/**
 * What people do with members at a branch: find and register them, and ask headquarters for what it decides. A request is
 * a document like any other, so it can be made offline and shows how it stands.
 */
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import type { Balance } from '../../schemas/contribution.ts'
import { liveRegistrations } from '../../schemas/decide-identity.ts'
import { resolveMember } from '../../schemas/identity.ts'
import type { Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { readPhone } from '../../schemas/phone.ts'
import type { MemberAction, MemberView } from '../../schemas/protocol/identity.ts'
import { declarationOf, type Replica } from '../exchange/replica.ts'
import { writeDocument } from '../exchange/write-documents.ts'
import { memberView, maskedRequest } from './member-view.ts'
import type { MembersHere } from './members-here.ts'

export interface BranchDeskOptions {
  readonly replica: Replica
  readonly here: MembersHere
  readonly branchId: string
  readonly country: string
  readonly balanceOf: (memberId: string) => Balance
}

export class BranchDesk {
  readonly #options: BranchDeskOptions

  constructor(options: BranchDeskOptions) {
    this.#options = options
  }

  /** Today's member for any id ever used. @throws OutpostError MEMBER_UNKNOWN */
  show(id: string): MemberView {
    const { here, balanceOf } = this.#options
    const member = here.live(id)
    return memberView(member, here.world.idsOf(member.id), balanceOf(member.id))
  }

  /** The members that hold a phone, the branch's private one first. @throws OutpostError PHONE_INVALID */
  find(phone: string): MemberView[] {
    const { here, branchId } = this.#options
    return here.holders(this.#e164(phone), [branchId, SHARED_SCOPE]).map(({ id }) => this.show(id))
  }

  /**
   * Registers a person.
   *
   * @throws OutpostError PHONE_INVALID; MEMBER_CONFLICT where somebody holds the number: look that member up instead
   */
  register(name: string, phone: string, isPrivate: boolean): MemberView {
    const { here, branchId } = this.#options
    const scope = isPrivate ? branchId : SHARED_SCOPE
    const member = here.newMember(name, this.#e164(phone), branchId, scope)
    // Whoever comes back under a number is another person than the tombstone that is there.
    this.#write('members', member.id, { ...member, _deleted: false })
    return this.show(member.id)
  }

  /**
   * Asks headquarters for what only it decides.
   *
   * @throws OutpostError MEMBER_UNKNOWN, PHONE_INVALID, MEMBER_CONFLICT for what cannot be asked from a branch
   */
  request(id: string, action: MemberAction, reason?: string): RequestDocument {
    const { here, replica, branchId } = this.#options
    const member = here.live(id)
    if (action.do === 'revive')
      throw new OutpostError('MEMBER_CONFLICT', 'only headquarters brings deleted members back')
    if (action.do === 'share' && member.scope === SHARED_SCOPE) {
      throw new OutpostError('MEMBER_CONFLICT', 'the member is shared already')
    }
    if (action.do === 'merge' && here.live(action.into).id === member.id) {
      throw new OutpostError('MEMBER_CONFLICT', 'both ids stand for one member already')
    }
    const own = liveRegistrations(member as unknown as Doc)
    const foreign = action.do === 'split' ? action.registrations.find((one) => !own.includes(one)) : undefined
    if (foreign !== undefined) throw new OutpostError('MEMBER_CONFLICT', `the member has no registration ${foreign}`)
    const given = action.do === 'phone' ? here.numberShown(member) : undefined
    const request: RequestDocument = {
      id: `q-${replica.newId(12)}`,
      branchId,
      what: action.do,
      memberId: member.id,
      registrations: action.do === 'split' ? action.registrations : own,
      seen: here.book.newest(),
      at: replica.clock.now(),
      ...(action.do === 'phone' && { to: this.#e164(action.to) }),
      ...(given !== undefined && { from: given }),
      ...(action.do === 'merge' && { into: here.live(action.into).id }),
      ...(reason !== undefined && { reason }),
    }
    return maskedRequest(this.#write('requests', request.id, request as unknown as Doc) as unknown as RequestDocument)
  }

  /** This branch's requests, the newest first; one that says no `state` is pending. */
  requests(limit = 200): RequestDocument[] {
    const found = this.#options.replica.store.table('requests').select('seq > 0', 'ORDER BY seq DESC LIMIT ?', [limit])
    return (found as unknown as RequestDocument[])
      .filter((request) => (request as unknown as Doc)['_deleted'] !== true)
      .map(maskedRequest)
  }

  /** Everything of a collection that counts for a member, whatever id it was written with. @throws OutpostError MEMBER_UNKNOWN */
  documentsOf(collection: string, id: string): Doc[] {
    const { here } = this.#options
    return here.documentsOf(collection, resolveMember(here.world, id)).map(replicatedState)
  }

  #write(collection: string, id: string, doc: Doc): Doc {
    const { replica } = this.#options
    const declaration = declarationOf(replica, collection)
    const written = replica.store.transaction('api', (write) =>
      writeDocument(replica, write, declaration, id, (stored) => ({ ...stored, ...doc })),
    )
    if (written.outcome !== 'refused') return replicatedState(written.doc)
    const { code, field, reason } = written.refusal
    throw new OutpostError(code, reason, field === undefined ? {} : { field })
  }

  #e164(phone: string): string {
    const reading = readPhone(phone, this.#options.country)
    if (!reading.ok) throw new OutpostError('PHONE_INVALID', reading.reason, { field: 'phone' })
    return reading.phone
  }
}
