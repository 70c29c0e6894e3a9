/**
 * What arrives of members at headquarters and could be nobody's, or the wrong person's: it is held. The document goes
 * into the review queue, and off the sender's replica again, so that it changes nobody meanwhile.
 */
import type { CollectionDeclaration, Refusal } from '../../schemas/collection.ts'
import type { MemberDocument, Registration } from '../../schemas/collections/members.ts'
import type { HoldReason, RequestDocument } from '../../schemas/collections/requests.ts'
import { isLiveMember, liveRegistrations, registrationsEver } from '../../schemas/decide-identity.ts'
import type { IdentityView } from '../../schemas/identity.ts'
import { isErased } from '../../schemas/erasure.ts'
import type { Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import { merge } from '../../schemas/merge.ts'
import { declarationOf } from '../exchange/replica.ts'
import type { Gate, Gated } from '../exchange/gate.ts'
import type { DocumentRow } from '../sqlite/document-table.ts'
import { HELD, heldRequestId } from './held-request-id.ts'
import type { IdentityAuthority } from './identity-authority.ts'
import { IdentityWrites } from './identity-writes.ts'
import { saidSince } from './member-fields.ts'

export function createAdmission(authority: IdentityAuthority): Gate {
  return (write, declaration, pushed, row, sender) => {
    if (declaration.name === 'requests' && !row && isHeadquartersOwn(pushed)) return { refusal: FORGED }
    if (declaration.holdsBalance !== true) return undefined
    const held = whyHeld(authority, declaration, pushed, row)
    noteRegistrations(authority, pushed, row, sender.origin, held !== undefined)
    if (!held) return undefined
    return hold(authority, new IdentityWrites(authority.replica, write), declaration, pushed, held, sender.origin)
  }
}

const FORGED: Refusal = { code: 'DIRECTION', field: 'what', reason: 'only headquarters notes what it holds' }

function isHeadquartersOwn({ id, what }: Doc): boolean {
  return what === 'registration' || (typeof id === 'string' && id.startsWith(HELD))
}

interface Held {
  readonly why: HoldReason
  readonly registrations: readonly string[]
}

function whyHeld(
  { book }: IdentityAuthority,
  declaration: CollectionDeclaration,
  pushed: Doc,
  row: DocumentRow | undefined,
): Held | undefined {
  const id = pushed[declaration.merge.key] as string
  const number = book.numberOf(id)
  if (number?.closed === true) {
    const strange = strangeRegistrations(book, pushed)
    // Whoever knew that another member holds the number meant that member.
    const meant = number.holder !== undefined && strange.every(({ seen = 0 }) => seen >= book.numberDecidedBy(id))
    if (strange.length > 0 && !meant) {
      const why = number.holder === undefined ? 'number-over' : 'number-taken'
      return { why, registrations: strange.map((one) => one.id) }
    }
  }
  const revives = row !== undefined && row.doc['_deleted'] === true && number?.closed === true && !isErased(row.doc)
  if (revives && merge(declaration.merge, pushed, row.doc)['_deleted'] !== true) {
    return { why: 'member-gone', registrations: liveRegistrations(pushed) }
  }
  return undefined
}

/** One request for each registration: whoever decides may take one for somebody new and another for somebody known. */
function hold(
  { replica, book }: IdentityAuthority,
  writes: IdentityWrites,
  declaration: CollectionDeclaration,
  pushed: Doc,
  { why, registrations }: Held,
  branchId: string,
): Gated {
  const memberId = pushed[declaration.merge.key] as string
  const asked: Pick<RequestDocument, 'id' | 'what' | 'registrations'>[] =
    why === 'member-gone'
      ? [{ id: heldRequestId(memberId), what: 'delete', registrations: [] }]
      : registrations.map((one) => ({ id: heldRequestId(one), what: 'registration', registrations: [one] }))
  const requests = declarationOf(replica, 'requests')
  const at = replica.clock.now()
  for (const one of asked) {
    const stored = replica.store.table('requests').get(one.id) as unknown as RequestDocument | undefined
    // What was decided before was of an earlier state: this one waits anew, so that nothing is nowhere.
    const earlier = stored?.state === 'held' ? stored.held : undefined
    const whole = replicatedState(earlier ? merge(declaration.merge, pushed, earlier) : pushed)
    // Whoever sent it had not heard that the person before is forgotten.
    const held = book.isErased(memberId) ? saidSince(declaration, whole, one.registrations) : whole
    const facts = { at, branchId, memberId, seen: 0, ...one }
    writes.edit(requests, one.id, (before) => ({ ...facts, ...before }), { state: 'held', why, held, decidedAt: at })
  }
  const { doc, written } = writes.undo(declaration, pushed)
  return { held: { doc, written } }
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
  for (const one of fresh) joining.note(branchId, one, id, outcome, atMs)
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
