/**
 * What arrives of members at headquarters and could be nobody's, or the wrong person's: it is held. The document goes
 * into the review queue, and off the sender's replica again, so that it changes nobody meanwhile.
 */
import type { E164Phone, Scope } from '../../schemas/brand.ts'
import type { CollectionDeclaration, Refusal } from '../../schemas/collection.ts'
import type { MemberDocument, Registration } from '../../schemas/collections/members.ts'
import { isHeadquartersOwn, type HoldReason, type RequestDocument } from '../../schemas/collections/requests.ts'
import { isLiveMember, liveRegistrations, registrationsEver } from '../../schemas/decide-identity.ts'
import { holderOf, memberOfDocument, resolveMember, type IdentityView } from '../../schemas/identity.ts'
import { isErased } from '../../schemas/erasure.ts'
import type { Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import { merge } from '../../schemas/merge.ts'
import { declarationOf } from '../exchange/replica.ts'
import type { Acceptance } from '../exchange/accept-document.ts'
import type { Gate, Gated } from '../exchange/gate.ts'
import type { DocumentRow } from '../sqlite/document-row.ts'
import { heldDeletionId, heldRegistrationId } from './held-request-id.ts'
import type { IdentityAuthority } from './identity-authority.ts'
import { IdentityWrites } from './identity-writes.ts'
import { saidWith, whatWins, withRegistrations } from './member-fields.ts'

export function createAdmission(authority: IdentityAuthority): Gate {
  return (write, declaration, came, row, sender) => {
    if (declaration.name === 'requests' && isForged(came, row)) {
      if (sender.takeBack && isErased(came)) {
        // Of one that was forgotten nothing is left for a person to look at, also of what an older store still holds.
        if (!row || isErased(row.doc)) return undefined
        const writes = new IdentityWrites(authority.replica, write)
        return { held: { doc: writes.erase(declaration, row.id, OF_A_PERSON)!, written: true } }
      }
      if (sender.takeBack && isOfErased(authority, came)) {
        const writes = new IdentityWrites(authority.replica, write)
        writes.edit(declaration, came['id'] as string, () => came)
        return { held: { doc: writes.erase(declaration, came['id'] as string, OF_A_PERSON)!, written: true } }
      }
      if (sender.takeBack && came['_deleted'] !== true) {
        return noteAgain(authority, new IdentityWrites(authority.replica, write), declaration, came)
      }
      return sender.takeBack ? asGated(sender.takeBack(write, declaration, came)) : { refusal: FORGED }
    }
    if (declaration.holdsBalance !== true) return undefined
    if (sender.takeBack) noteRecoveredPhones(authority, came)
    // A sidecar can say more than the fields that go with it; what it says counts.
    const pushed = merge(declaration.merge, came, {})
    const begun = generationBegun(authority, pushed, row)
    if (!begun) return { refusal: NOT_BEGUN }
    const held = whyHeld(authority, declaration, pushed, row)
    if (held && held.registrations.length > MOST_HELD) return { refusal: TOO_MANY }
    const note = () => noteRegistrations(authority, pushed, row, sender.origin, held !== undefined)
    if (!held) return { afterwards: note }
    note()
    return hold(authority, new IdentityWrites(authority.replica, write), declaration, came, held, sender.origin)
  }
}

/** What headquarters says of a person in a request. */
const OF_A_PERSON = ['held', 'answer']

/** What headquarters has lost of its own is for a person, like whatever else it holds. */
function asGated(taken: Acceptance): Gated {
  if (taken.outcome === 'rejected') return { refusal: taken.refusal }
  return { held: { doc: taken.doc, written: taken.written } }
}

/** A request of headquarters' own about somebody who is forgotten: its branch must forget it too. */
function isOfErased({ book }: IdentityAuthority, came: Doc): boolean {
  const { what, memberId, registrations, _deleted } = came as unknown as RequestDocument & { _deleted?: boolean }
  if (_deleted === true || typeof memberId !== 'string') return false
  // A stranger who came under the number of somebody who is forgotten is nobody yet.
  const of =
    what === 'registration' ? memberOfDocument(book, memberId, registrations[0]) : resolveMember(book, memberId)
  return of !== undefined && book.isErased(of)
}

/** What was held when headquarters lost its store waits again, and what was answered is: nowhere else does anything say it. */
function noteAgain(
  { book, members }: IdentityAuthority,
  writes: IdentityWrites,
  requests: CollectionDeclaration,
  came: Doc,
): Gated {
  const { id, memberId, registrations, state, why, held, decidedAt, answer } = came as unknown as RequestDocument
  const said = held && book.isErased(memberId) ? saidWith(members, held, (of) => registrations.includes(of)) : held
  const { state: _state, why: _why, held: _held, decidedAt: _at, answer: _answer, ...facts } = came
  return {
    held: { doc: writes.edit(requests, id, () => facts, { state, why, held: said, decidedAt, answer }), written: true },
  }
}

function noteRecoveredPhones({ recoveredPhones }: IdentityAuthority, came: Doc): void {
  const { id, phones } = came as unknown as MemberDocument
  if (phones !== undefined) recoveredPhones.note(id, phones)
}

/** Registrations of one document that are nobody's; people register one at a time. */
const MOST_HELD = 100
const TOO_MANY: Refusal = {
  code: 'DOCUMENT_INVALID',
  field: 'registrations',
  reason: `more than ${MOST_HELD} registrations under a number that is over`,
}
const NOT_BEGUN: Refusal = {
  code: 'MEMBER_ID_MISMATCH',
  field: 'generation',
  reason: 'no decision has begun this generation of the number',
}

/** A number's next generation begins when headquarters has ended the one before. */
function generationBegun({ world }: IdentityAuthority, pushed: Doc, row: DocumentRow | undefined): boolean {
  const { phone, generation, scope } = pushed as unknown as MemberDocument
  if (row || phone === undefined || generation === 0) return true
  return holderOf(world, world.numberId(scope as Scope, phone as E164Phone, generation - 1)) === undefined
}

const FORGED: Refusal = {
  code: 'DIRECTION',
  field: 'what',
  reason: 'only headquarters notes what it holds and what it has answered',
}

/** Nobody but headquarters notes what it holds, and nobody takes back what it has answered. */
function isForged({ id, what, _deleted }: Doc, row: DocumentRow | undefined): boolean {
  const isOwn = what === 'registration' || (typeof id === 'string' && isHeadquartersOwn({ id }))
  const isAnswered = row?.doc['state'] !== undefined
  return (isOwn && !row) || (_deleted === true && (isOwn || isAnswered))
}

interface Held {
  readonly why: HoldReason
  /** The member that it is about: today's, for an id that stands for it. */
  readonly memberId: string
  readonly registrations: readonly string[]
}

function whyHeld(
  authority: IdentityAuthority,
  declaration: CollectionDeclaration,
  pushed: Doc,
  row: DocumentRow | undefined,
): Held | undefined {
  const { book, replica } = authority
  const id = pushed[declaration.merge.key] as string
  const number = book.numberOf(id)
  if (number?.closed === true) {
    const strange = strangeRegistrations(book, pushed)
    // Whoever knew that another member holds the number meant that member.
    const decidedBy = book.numberDecidedBy(id)
    const knew = ({ seen = 0 }: Registration) => seen >= decidedBy && seen <= book.newest()
    const meant = number.holder !== undefined && strange.every(knew)
    if (strange.length > 0 && !meant) {
      const why = number.holder === undefined ? 'number-over' : 'number-taken'
      return { why, memberId: id, registrations: strange.map((one) => one.id) }
    }
  }
  const memberId = resolveMember(book, id)
  const twice = registeredElsewhere(authority, pushed, row, memberId)
  if (twice.length > 0) return { why: 'registered-twice', memberId: id, registrations: twice }
  const target = memberId === id ? row?.doc : replica.store.table('members').get(memberId)
  const isGone = target?.['_deleted'] === true && !isErased(target) && book.numberOf(memberId)?.closed === true
  if (isGone && (memberId !== id || merge(declaration.merge, pushed, target)['_deleted'] !== true)) {
    return { why: 'member-gone', memberId, registrations: [] }
  }
  return undefined
}

/** New registrations that stand with another member: whose orders they bring must not be somebody else's by a copy. */
function registeredElsewhere(
  { book, joining }: IdentityAuthority,
  pushed: Doc,
  row: DocumentRow | undefined,
  memberId: string,
): string[] {
  const here = row ? registrationsEver(row.doc) : new Set<string>()
  return liveRegistrations(pushed).filter((one) => {
    const first = here.has(one) ? undefined : (book.homeOf(one) ?? joining.registeredAt(one))
    return first !== undefined && resolveMember(book, first) !== memberId
  })
}

/** One request for each registration: whoever decides may take one for somebody new and another for somebody known. */
function hold(
  { replica, book }: IdentityAuthority,
  writes: IdentityWrites,
  declaration: CollectionDeclaration,
  pushed: Doc,
  { why, memberId, registrations }: Held,
  branchId: string,
): Gated {
  const asked: Pick<RequestDocument, 'id' | 'what' | 'registrations'>[] =
    why === 'member-gone'
      ? [{ id: heldDeletionId(memberId, branchId), what: 'delete', registrations: [] }]
      : registrations.map((one) => ({ id: heldRegistrationId(one), what: 'registration', registrations: [one] }))
  const requests = declarationOf(replica, 'requests')
  const at = replica.clock.now()
  const id = pushed[declaration.merge.key] as string
  const stands = replica.store.table('members').get(id)
  for (const one of asked) {
    const stored = replica.store.table('requests').get(one.id) as unknown as RequestDocument | undefined
    // What the person before was forgotten with stays forgotten.
    if (stored && isErased(stored as unknown as Doc)) continue
    // What was decided before was of an earlier state: this one waits anew, so that nothing is nowhere.
    const earlier = stored?.state === 'held' ? stored.held : undefined
    const held =
      why === 'member-gone'
        ? // Of an edit only what it changed: the rest may be older than what the member was deleted with.
          { ...earlier, ...whatWins(declaration, pushed, stands) }
        : heldRecord(
            declaration,
            pushed,
            earlier,
            one.registrations,
            (of) => book.isErased(memberId) || registrations.includes(of),
          )
    const facts = { at, branchId, memberId, seen: 0, ...one }
    writes.edit(requests, one.id, (before) => ({ ...facts, ...before, _deleted: false }), {
      state: 'held',
      why,
      held,
      decidedAt: at,
    })
  }
  const undone = writes.undo(declaration, pushed)
  if (!book.isErased(id) || isErased(undone.doc)) return { held: undone }
  // A number of somebody who is forgotten, registered under its own id for the first time: no tombstone names it either.
  return { held: { doc: writes.erase(declaration, id, [])!, written: true } }
}

/** @param isElsewhere registrations with which nothing may be said here: held by themselves, or of a person who is forgotten */
function heldRecord(
  declaration: CollectionDeclaration,
  pushed: Doc,
  earlier: Doc | undefined,
  registrations: readonly string[],
  isElsewhere: (registrationId: string) => boolean,
): Doc {
  const whole = replicatedState(earlier ? merge(declaration.merge, pushed, earlier) : pushed)
  const held = withRegistrations(whole, registrations)
  return saidWith(declaration, held, (of) => registrations.includes(of) || !isElsewhere(of))
}

/** Tells what becomes of new registrations; of two records that knew nothing of each other, what both were is kept. */
function noteRegistrations(
  { audit, joining, replica }: IdentityAuthority,
  pushed: Doc,
  row: DocumentRow | undefined,
  branchId: string,
  held: boolean,
): void {
  const here = row ? registrationsEver(row.doc) : new Set<string>()
  const fresh = liveRegistrations(pushed).filter((one) => !here.has(one))
  if (fresh.length === 0) return
  const id = pushed['id'] as string
  const atMs = replica.clock.wallMs()
  const isNew = !row || !isLiveMember(row.doc as unknown as MemberDocument)
  const outcome = held ? 'ambiguous' : isNew ? 'new' : 'merged'
  for (const one of fresh) {
    joining.note(branchId, one, id, outcome, atMs)
    if (!held) joining.noteRegistered(one, id)
  }
  joining.clear(branchId, id)
  if (held || isNew) return
  const there = registrationsEver(pushed)
  if (!liveRegistrations(row.doc).some((one) => !there.has(one))) return
  audit.note({ atMs, memberId: id, otherId: id, branchId, ours: replicatedState(row.doc), theirs: pushed })
}

/** The registrations of a document under a closed number that nobody has said anything of. */
function strangeRegistrations(view: IdentityView, doc: Doc): Registration[] {
  const number = view.numberOf(doc['id'] as string)
  if (number?.closed !== true) return []
  const known = new Set(number.known)
  return registrationsIn(doc).filter(({ id }) => !known.has(id) && view.homeOf(id) === undefined)
}

function registrationsIn(doc: Doc): Registration[] {
  return Array.isArray(doc['registrations']) ? (doc['registrations'] as Registration[]) : []
}
