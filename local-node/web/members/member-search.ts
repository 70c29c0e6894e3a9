/** Finds members by phone or name while somebody types, and knows whether a phone is already somebody's. */
import type { E164Phone } from '../../../schemas/brand.ts'
import type { MemberCard } from './member-card.ts'
import { readPhone } from '../../../schemas/phone.ts'
import type { MembersHere } from './members-here.ts'

const MOST_MATCHES = 8
/** Fewer digits stand in half of all phones. */
const FEWEST_DIGITS = 3

export type MemberSearch =
  | { readonly kind: 'empty' }
  /** No complete phone: whoever has all the words that were typed, those first whose name or phone begins or ends with one. */
  | { readonly kind: 'partial'; readonly matches: readonly MemberCard[]; readonly hasMore: boolean }
  /**
   * A phone that somebody holds today: the branch's private member first. Without matches its holder's document has not
   * come yet; the number is taken all the same.
   */
  | { readonly kind: 'known'; readonly phone: E164Phone; readonly matches: readonly MemberCard[] }
  /** `name`: what was typed beside the phone. */
  | { readonly kind: 'free'; readonly phone: E164Phone; readonly name: string }

/** @param country ISO 3166-1 alpha-2: how numbers without a country code are read */
export function searchMembers(
  text: string,
  country: string,
  here: MembersHere,
  byId: ReadonlyMap<string, MemberCard>,
): MemberSearch {
  const typed = text.normalize('NFKC').trim()
  if (typed === '') return { kind: 'empty' }
  const { number, name } = parts(typed)
  const reading = readPhone(number, country)
  if (!reading.ok) return containing(queryOf(typed), here, byId)
  const { phone } = reading
  const holders = here.holders(phone)
  if (holders.length === 0) return { kind: 'free', phone, name }
  return { kind: 'known', phone, matches: holders.flatMap((id) => byId.get(id) ?? []) }
}

/** `Li Na 138 0013 8000`: the number, and what stands before or after it; no number where it is not in one piece. */
function parts(typed: string): { number: string; name: string } {
  const words = typed.split(/\s+/)
  const isNumber = words.map((word) => /^[+(]?\d[-\d()./]*$/.test(word))
  const [first, last] = [isNumber.indexOf(true), isNumber.lastIndexOf(true)]
  if (first < 0 || isNumber.slice(first, last).includes(false) || (first > 0 && last < words.length - 1)) {
    return { number: typed, name: '' }
  }
  const number = words.slice(first, last + 1).join(' ')
  return { number, name: [...words.slice(0, first), ...words.slice(last + 1)].join(' ') }
}

interface Query {
  /** Each stands in the name, lower case. */
  readonly inName: readonly string[]
  /** Each stands in a phone, or in the name. */
  readonly inPhone: readonly string[]
  /** `138 0013` is one piece of a phone, or two. */
  readonly joined: string | undefined
}

function queryOf(typed: string): Query {
  // A masked phone may be copied from the screen.
  const words = typed
    .toLocaleLowerCase()
    .split(/[\s*]+/)
    .filter(Boolean)
  const digits = words.map((word) => (/^[-+\d()]+$/.test(word) ? word.replace(/\D/g, '') : ''))
  const joined = digits.join('')
  if (digits.every((some) => some !== '') && joined.length >= FEWEST_DIGITS) {
    return { inName: [], inPhone: digits, joined }
  }
  return {
    inName: words.filter((_, at) => digits[at]!.length < FEWEST_DIGITS),
    inPhone: digits.filter((some) => some.length >= FEWEST_DIGITS),
    joined: undefined,
  }
}

function containing(query: Query, here: MembersHere, byId: ReadonlyMap<string, MemberCard>): MemberSearch {
  const [near, far]: [MemberCard[], MemberCard[]] = [[], []]
  const words = [...query.inName, ...query.inPhone]
  for (const member of byId.values()) {
    // Most are none: looked at for each keystroke, a hundred thousand of them.
    if (!hasAll(member.sought, words)) continue
    const fit = fitOf(member.sought, query)
    const found = fit === 'near' ? near : far
    if (fit === undefined || found.length > MOST_MATCHES || !here.isItself(member)) continue
    found.push(member)
    if (near.length > MOST_MATCHES) break
  }
  const all = [...near, ...far]
  return { kind: 'partial', matches: all.slice(0, MOST_MATCHES), hasMore: all.length > MOST_MATCHES }
}

function hasAll(sought: string, words: readonly string[]): boolean {
  for (const word of words) if (!sought.includes(word)) return false
  return true
}

type Fit = 'near' | 'far' | undefined

function fitOf(sought: string, { inName, inPhone, joined }: Query): Fit {
  const nameEnds = sought.indexOf('\n')
  let fit: Fit = 'far'
  for (const word of inName) {
    const one = fitInName(sought, word, nameEnds)
    if (!one) return undefined
    if (one === 'near') fit = 'near'
  }
  if (joined !== undefined) {
    const whole = fitOfDigits(sought, joined, nameEnds)
    if (whole) return whole
  }
  for (const digits of inPhone) {
    const one = fitOfDigits(sought, digits, nameEnds) ?? fitInName(sought, digits, nameEnds)
    if (!one) return undefined
    if (one === 'near') fit = 'near'
  }
  return fit
}

function fitInName(sought: string, word: string, nameEnds: number): Fit {
  const at = sought.indexOf(word)
  if (at < 0 || at + word.length > nameEnds) return undefined
  return at === 0 || sought[at - 1] === ' ' ? 'near' : 'far'
}

/** People say the beginning of a number or its last digits. */
function fitOfDigits(sought: string, digits: string, nameEnds: number): Fit {
  const at = sought.indexOf(digits, nameEnds)
  if (at < 0) return undefined
  const end = at + digits.length
  const begins = sought[at - 1] === '+' || (sought.startsWith('+86', at - 3) && sought[at - 4] === '\n')
  return begins || end === sought.length || sought[end] === '\n' || sought.endsWith(digits) ? 'near' : 'far'
}
