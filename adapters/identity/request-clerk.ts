/**
 * Follows what arrives at headquarters: answers requests that are clear, holds those that need a person, and draws the
 * conclusions of a member's document that was deleted or that belongs to another member by now.
 */
import type { DecisionDocument } from '../../schemas/collections/decisions.ts'
import type { MemberDocument } from '../../schemas/collections/members.ts'
import type { HoldReason, RequestDocument } from '../../schemas/collections/requests.ts'
import { decidePhone, hasUnseen, isLiveMember, numbersHeldBy } from '../../schemas/decide-identity.ts'
import { resolveMember } from '../../schemas/identity.ts'
import { isErased } from '../../schemas/erasure.ts'
import type { Doc } from '../../schemas/json.ts'
import type { Recovery } from '../exchange/recovery.ts'
import { declarationOf } from '../exchange/replica.ts'
import type { Change, WriteContext } from '../sqlite/document-table.ts'
import { eraseAgain, eraseParts } from './erase-member.ts'
import type { IdentityAuthority } from './identity-authority.ts'
import { followInto } from './admit-registrations.ts'
import type { IdentityBook } from './identity-book.ts'
import { IdentityWrites } from './identity-writes.ts'
import { mayAskAbout } from './may-ask-about.ts'
import { publishRecovered } from './recovered-members.ts'
import { settleHomes } from './settle-homes.ts'

/** Documents that are read at once. */
const PAGE = 500

export class RequestClerk {
  readonly #authority: IdentityAuthority

  readonly #recovery: Recovery

  constructor(authority: IdentityAuthority, recovery: Recovery) {
    this.#authority = authority
    this.#recovery = recovery
    authority.replica.store.derive(this.#derive)
    recovery.onEnd((write, fromSeq) => this.#catchUp(write, fromSeq))
  }

  /** Says something to a request. */
  answer(writes: IdentityWrites, requestId: string, answer: Partial<RequestDocument>): void {
    this.#publish(writes, requestId, answer)
  }

  /** What was held is a member's from now on, and is forgotten with that member. */
  grant(writes: IdentityWrites, requestId: string): void {
    this.#publish(writes, requestId, { state: 'granted', held: undefined })
  }

  #publish(writes: IdentityWrites, requestId: string, said: Doc): void {
    const decidedAt = this.#authority.replica.clock.now()
    writes.publish(declarationOf(this.#authority.replica, 'requests'), requestId, { ...said, decidedAt })
  }

  readonly #derive = (write: WriteContext, changes: readonly Change[]): void => {
    const writes = new IdentityWrites(this.#authority.replica, write)
    eraseAgain(this.#authority, writes, erasedBy(changes, this.#authority.book))
    // What was decided in the future that was lost is still coming back: nothing new is decided meanwhile.
    if (this.#recovery.isRunning) return
    for (const { table, doc } of changes) {
      // What a document's own transaction has decided of it meanwhile counts, not what it was when it came.
      if (table.name === 'requests') this.#request(writes, table.get(doc['id'] as string) as unknown as RequestDocument)
      else if (table.declaration?.holdsBalance === true) {
        this.#member(writes, table.get(doc['id'] as string) as unknown as MemberDocument)
      }
    }
  }

  /** What has come since headquarters noticed that it was restored is decided now. */
  #catchUp(write: WriteContext, fromSeq: number): void {
    const writes = new IdentityWrites(this.#authority.replica, write)
    const { store } = this.#authority.replica
    const said = store.table('decisions').select('seq > ?', 'ORDER BY seq', [fromSeq]) as unknown as DecisionDocument[]
    settleHomes(this.#authority, writes, said)
    eraseParts(this.#authority, writes, said)
    publishRecovered(this.#authority, writes, said)
    for (const name of ['members', 'requests']) {
      const table = store.table(name)
      const last = store.head().seq
      for (let after = fromSeq; after < last;) {
        const rows = table.rowsAfter(after, PAGE)
        for (const { id, seq } of rows.filter((row) => row.seq <= last)) {
          const doc: unknown = table.get(id)
          if (name === 'requests') this.#request(writes, doc as RequestDocument)
          else this.#member(writes, doc as MemberDocument)
          after = seq
        }
        if (rows.length < PAGE) break
      }
    }
  }

  #request(writes: IdentityWrites, request: RequestDocument): void {
    const doc = request as unknown as Doc
    // One that was withdrawn before it came is nobody's wish any more.
    if (request.state !== undefined || doc['_deleted'] === true || isErased(doc)) return
    const { book } = this.#authority
    const { memberId, branchId } = request
    if (book.isErased(resolveMember(book, memberId)) && mayAskAbout(this.#authority, memberId, branchId)) {
      // It was asked before its branch could know: nothing that it says of the person may stay.
      this.answer(writes, request.id, { state: 'refused' })
      writes.erase(declarationOf(this.#authority.replica, 'requests'), request.id, [])
      return
    }
    const why = this.#tryToGrant(writes, request)
    if (why === undefined) this.grant(writes, request.id)
    else this.answer(writes, request.id, { state: 'held', why })
  }

  /** @returns why a person has to decide; nothing once it is granted */
  #tryToGrant(writes: IdentityWrites, request: RequestDocument): HoldReason | undefined {
    const { world } = this.#authority
    const { what, memberId, branchId, id: requestId } = request
    const member = mayAskAbout(this.#authority, memberId, branchId)
      ? world.member(resolveMember(world, memberId))
      : undefined
    if (!member) return 'member-unknown'
    const { into } = request
    const other =
      into !== undefined && mayAskAbout(this.#authority, into, branchId)
        ? world.member(resolveMember(world, into))
        : undefined
    if (into !== undefined && !isLiveMember(other)) return 'member-unknown'
    if (!isLiveMember(member)) return 'member-gone'
    if (what === 'phone') {
      const verdict = decidePhone(world, request)
      if (verdict.verdict === 'hold') return verdict.why
      this.#authority.giveNumber(writes, member, request.to!, request.from, { requestId, branchId })
      return undefined
    }
    if (what === 'merge' && resolveMember(world, request.into!) === member.id) return undefined
    if (what !== 'share' && what !== 'delete') return 'needs-person'
    if (hasUnseen(member, request)) return 'joined'
    if (what === 'share') {
      if (member.scope !== 'shared') this.#authority.share(writes, member.id, { requestId, branchId })
    } else this.#authority.remove(writes, member.id, { requestId, branchId })
    return undefined
  }

  #member(writes: IdentityWrites, member: MemberDocument): void {
    const { world } = this.#authority
    const doc = member as unknown as Doc
    const { id } = member
    if (isErased(doc)) return
    const current = resolveMember(world, id)
    this.#sayDecided(writes, member, current)
    if (doc['_deleted'] === true) {
      // A tombstone that headquarters did not decide on; one of a member that is part of another deletes nobody.
      if (current === id && numbersHeldBy(world, id).length > 0) this.#authority.noteRemoved(writes, member)
      return
    }
    if (current === id) return
    followInto(this.#authority, writes, doc, current)
  }

  /** What was decided about an id before its document arrived stands in the document too. */
  #sayDecided(writes: IdentityWrites, { id, currentId, closed }: MemberDocument, current: string): void {
    const { book, members } = this.#authority
    const isClosed = book.numberOf(id)?.closed === true
    if ((currentId ?? id) === current && (closed === true) === isClosed) return
    writes.publish(members, id, {
      decided: book.newest(),
      currentId: current === id ? undefined : current,
      closed: isClosed ? true : undefined,
    })
  }
}

/** The members that decisions among the changes have erased, and those among the changes that were erased before. */
function erasedBy(changes: readonly Change[], book: IdentityBook): string[] {
  return changes.flatMap(({ table, doc }) => {
    if (table.declaration?.signed === true) return (doc as unknown as DecisionDocument).erased
    const isMember = table.declaration?.holdsBalance === true
    return isMember && !isErased(doc) && book.isErased(doc['id'] as string) ? [doc['id'] as string] : []
  })
}
