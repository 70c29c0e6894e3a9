/** Finds members by phone or name while somebody types, and knows whether a phone is already somebody's. */
import type { E164Phone } from '../../schemas/brand.ts'
import type { MemberCard } from './member-card.ts'
import { readPhone } from '../../schemas/phone.ts'
import type { MembersHere } from './members-here.ts'

const MOST_MATCHES = 8

export type MemberSearch =
  | { readonly kind: 'empty' }
  /** No complete phone yet: whoever contains what was typed. */
  | { readonly kind: 'partial'; readonly matches: readonly MemberCard[] }
  /**
   * A phone that somebody holds today: the branch's private member first. Without matches its holder's document has not
   * come yet; the number is taken all the same.
   */
  | { readonly kind: 'known'; readonly phone: E164Phone; readonly matches: readonly MemberCard[] }
  | { readonly kind: 'free'; readonly phone: E164Phone }

/** @param country ISO 3166-1 alpha-2: how numbers without a country code are read */
export function searchMembers(
  text: string,
  country: string,
  here: MembersHere,
  byId: ReadonlyMap<string, MemberCard>,
): MemberSearch {
  const typed = text.normalize('NFKC').trim()
  if (typed === '') return { kind: 'empty' }
  const reading = readPhone(typed, country)
  if (!reading.ok) return { kind: 'partial', matches: containing(typed, here, byId) }
  const { phone } = reading
  const holders = here.holders(phone)
  if (holders.length === 0) return { kind: 'free', phone }
  return { kind: 'known', phone, matches: holders.flatMap((id) => byId.get(id) ?? []) }
}

function containing(typed: string, here: MembersHere, byId: ReadonlyMap<string, MemberCard>): MemberCard[] {
  const digits = typed.replace(/\D/g, '')
  const byPhone = digits.length >= 3 && /^[\d\s()+-]+$/.test(typed)
  const text = byPhone ? digits : typed.toLocaleLowerCase()
  const matches: MemberCard[] = []
  for (const member of byId.values()) {
    const { sought } = member
    const nameEnds = sought.indexOf('\n')
    const at = sought.indexOf(text, byPhone ? nameEnds : 0)
    const hit = at >= 0 && (byPhone || at < nameEnds)
    if (hit && here.isItself(member) && matches.push(member) === MOST_MATCHES) break
  }
  return matches
}
