/** Finds members by phone or name while somebody types, and knows whether a phone is already somebody's. */
import { SHARED_SCOPE, type E164Phone, type Scope } from '../../schemas/brand.ts'
import type { MemberDocument } from '../../schemas/collections/members.ts'
import { memberIdOfPhone, type ChainKey } from '../../schemas/member-id.ts'
import { readPhone } from '../../schemas/phone.ts'
import type { BranchSession } from '../../schemas/protocol/session.ts'

const MOST_MATCHES = 8

export type MemberSearch =
  | { readonly kind: 'empty' }
  /** No complete phone yet: whoever contains what was typed. */
  | { readonly kind: 'partial'; readonly matches: readonly MemberDocument[] }
  /** A phone that has members: the branch's private one first. */
  | { readonly kind: 'known'; readonly phone: E164Phone; readonly matches: readonly MemberDocument[] }
  | { readonly kind: 'free'; readonly phone: E164Phone }

export function searchMembers(
  text: string,
  session: BranchSession,
  byId: ReadonlyMap<string, MemberDocument>,
): MemberSearch {
  const typed = text.normalize('NFKC').trim()
  if (typed === '') return { kind: 'empty' }
  const reading = readPhone(typed, session.country)
  if (reading.ok) {
    const held = idsOfPhone(session, reading.phone).flatMap((id) => byId.get(id) ?? [])
    if (held.length > 0) return { kind: 'known', phone: reading.phone, matches: held }
    return { kind: 'free', phone: reading.phone }
  }
  return { kind: 'partial', matches: containing(typed, byId) }
}

/** The ids that the phone's members have, the branch's own first. */
export function idsOfPhone(session: BranchSession, phone: E164Phone): string[] {
  return [session.branchId as Scope, SHARED_SCOPE].map((scope) =>
    memberIdOfPhone(session.chainKey as ChainKey, scope, phone, 0),
  )
}

function containing(typed: string, byId: ReadonlyMap<string, MemberDocument>): MemberDocument[] {
  const digits = typed.replace(/\D/g, '')
  const byPhone = digits.length >= 3 && /^[\d\s()+-]+$/.test(typed)
  const name = typed.toLocaleLowerCase()
  const matches: MemberDocument[] = []
  for (const member of byId.values()) {
    const hit = byPhone ? member.phone?.includes(digits) : member.name.toLocaleLowerCase().includes(name)
    if (hit && matches.push(member) === MOST_MATCHES) break
  }
  return matches
}
