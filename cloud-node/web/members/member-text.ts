/** Members, requests and what follows from a decision, in words. Pure. */
import type { RequestDocument } from '../../../schemas/collections/requests.ts'
import type { MemberOutcome, ReviewAnswer } from '../../../schemas/protocol/identity.ts'

/** Five digits and nothing that a phone is never written with; a name or an id is anything else. */
export function isPhoneTyped(text: string): boolean {
  // Text that is copied from elsewhere brings signs that nobody sees.
  const plain = text.normalize('NFKC').replaceAll(/\p{Cf}/gu, '')
  return /^[\d\s()+./\p{Pd}\u2212]+$/u.test(plain) && plain.replaceAll(/\D/g, '').length >= 5
}

/** What a request is about: an edit of a deleted member comes as a wish to delete that brings a document. */
export function kindOf({ what, held }: Pick<RequestDocument, 'what' | 'held'>): RequestDocument['what'] | 'edit' {
  return held && what !== 'registration' ? 'edit' : what
}

/** The answers that a request takes. */
export function answersTo(request: Pick<RequestDocument, 'what' | 'held'>): readonly ReviewAnswer['answer'][] {
  const kind = kindOf(request)
  const takesMerge = kind === 'registration' || kind === 'phone' || kind === 'merge'
  return takesMerge ? ['grant', 'merge', 'refuse'] : ['grant', 'refuse']
}

/** Which words say what an answer leads to. */
export function followsFrom(request: Pick<RequestDocument, 'what' | 'held'>, answer: ReviewAnswer['answer']) {
  const kind = kindOf(request)
  if (answer === 'refuse') return kind === 'registration' ? 'refuse.registration' : 'refuse.other'
  const named = kind === 'registration' || kind === 'phone' || kind === 'merge' ? kind : undefined
  if (answer === 'merge') return `merge.${named ?? 'merge'}` as const
  if (kind === 'edit') return 'grant.edit'
  return named ? (`grant.${named}` as const) : 'grant.other'
}

/** Whether the same would follow, however many documents it takes; a new member has another random id each time. */
export function isSameOutcome(one: MemberOutcome, other: MemberOutcome): boolean {
  return meaningOf(one) === meaningOf(other)
}

function meaningOf({ decisions, balances }: MemberOutcome): string {
  const decided = decisions.map(({ what, memberId, into }) => [what, memberId, into])
  return JSON.stringify([decided, balances]).replaceAll(/"r-[^"]*"/g, '"r-"')
}
