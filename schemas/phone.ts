/**
 * Phones as people write them, made into E.164 so that one phone has one spelling. The phone proves who a member is, so
 * what could be two people's number, or two numbers of one person, is refused rather than guessed at.
 */
import { isSupportedCountry, parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/min'
import type { E164Phone } from './brand.ts'

export type PhoneReading =
  | { readonly ok: true; readonly phone: E164Phone }
  /** The reason never repeats what was typed: it may stand in logs. */
  | { readonly ok: false; readonly reason: string }

const REASON = {
  empty: 'the phone is empty',
  endless: 'longer than any phone number',
  several: 'several numbers in one field; one of them is the phone, the others are contact phones',
  // The network knows no extensions: without it, everybody behind one switchboard would become one person.
  extension: 'a number with an extension is shared by several people; keep it as contact phone',
  letters: 'letters are no part of a phone number',
  signs: 'signs that no phone number has',
  plus: 'a plus that is not in front',
  country: 'the country that numbers without a country code are read for is unknown; it has two letters such as CN',
  callingCode: 'no country has this country code',
  short: "too short for a phone number; emergency and service numbers are nobody's own",
  long: 'too long for a phone number',
  chinese: 'neither a Chinese mobile number (11 digits) nor a fixed line with its area code',
} as const

/** More than a number in two spellings with an extension; what follows is not looked at. */
const MAX_TYPED = 100
/** E.164 has no more. */
const MAX_DIGITS = 15
/** Fewer digits in front of a slash are an area code. */
const COMPLETE_DIGITS = 7

/**
 * @param text as typed: digits and signs of any width, `+86`, `0086` are all fine
 * @param country ISO 3166-1 alpha-2, used where the number does not say; an unknown one is a reason, not a crash
 */
export function readPhone(text: string, country: string): PhoneReading {
  if (text.length > MAX_TYPED) return refused(REASON.endless)
  const typed = plainText(text)
  if (typed === '') return refused(REASON.empty)
  const region = country.toUpperCase()
  if (hasSeveral(typed, region)) return refused(REASON.several)
  if (hasExtension(typed)) return refused(REASON.extension)
  if (/\p{L}/u.test(typed)) return refused(REASON.letters)
  if (!/^[-\d+()/ .]*$/.test(typed)) return refused(REASON.signs)
  const digits = typed.replace(/\D/g, '')
  if (digits === '') return refused(REASON.signs)
  if (!/^[^\d+]*\+?[^+]*$/.test(typed)) return refused(REASON.plus)
  return readDigits(typed.includes('+'), digits, region)
}

/** Whether phones of a country can be read. @param code ISO 3166-1 alpha-2, capital letters */
export function isCountry(code: string): boolean {
  return /^[A-Z]{2}$/.test(code) && isSupportedCountry(code)
}

/** What screens and logs may show: `138****5678`. */
export function maskPhone(phone: string): string {
  const digits = plainText(phone).replace(/(?!^\+)\D/g, '')
  const national = digits.replace(/^\+86/, '')
  if (national.length >= 11) return `${national.slice(0, 3)}****${national.slice(-4)}`
  // Of a shorter number less is shown, so that six digits stay hidden.
  return `****${national.slice(Math.min(6, national.length))}`
}

/** Digits as ASCII, dashes as `-`, dots as `.`, brackets as `()`, any white space as one blank; nothing invisible. */
function plainText(text: string): string {
  return (
    text
      .normalize('NFKC')
      // Format characters and variation selectors come with text copied from web pages and chats.
      .replace(/\p{Default_Ignorable_Code_Point}|\p{Cf}/gu, '')
      .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 15))
      .replace(/[\p{Pd}\u2212\u30fc\u2500\u2501\u2043\u00ad~\u301c]/gu, '-')
      .replace(/[·•・｡。∙⋅]/g, '.')
      .replace(/[[{【〔〖「『〈《]/g, '(')
      .replace(/[\]}】〕〗」』〉》]/g, ')')
      .replace(/\s+/g, ' ')
      .toLowerCase()
      .trim()
  )
}

/** Several numbers: two complete ones with something between them that separates, or two plus signs. */
function hasSeveral(typed: string, region: string): boolean {
  const parts = typed.split(/[/\\|,;、&:]|\b(?:or|and)\b|[或和及与]/u)
  if (parts.filter((part) => isComplete(part, region)).length > 1) return true
  // `010-65529988/65529989` and `…/89`: what stands in front is a whole number already.
  const rest = parts.slice(1).join('')
  if (isComplete(parts[0]!, region) && /\d/.test(rest) && !EXTENSION.test(typed)) return true
  const words = typed.split(' ')
  return words.filter((word) => word.replace(/\D/g, '').length > 8 && isComplete(word, region)).length > 1
}

function isComplete(part: string, region: string): boolean {
  const digits = part.replace(/\D/g, '')
  if (digits.length < COMPLETE_DIGITS || /\p{L}/u.test(part)) return false
  return readDigits(part.trim().startsWith('+'), digits, region).ok
}

/** `转123`, `ext. 12`, `x12`, `分机8`, `#12`, `,12`, `доб. 5`, with the number in front of it. */
const EXTENSION = /\d[^\p{L}\d]*(?:转|轉|分机|分機|内线|內線|内線|ext|extn|extension|x|#|,|;ext=|доб)\W*(?:\d|$)/u
/** `0451-1234567-8`, as Chinese switchboards write it; without the zero in front, it might be grouped digits. */
const CHINESE_EXTENSION = /^(?:\(?(?:\+|00)86\)?[- ]?)?\(?0(?:10|2\d|[3-9]\d\d)\)?[- ]?\d{7,8}-\d{1,6}$/

function hasExtension(typed: string): boolean {
  return EXTENSION.test(typed) || CHINESE_EXTENSION.test(typed)
}

/** @param international whether a plus stands in front */
function readDigits(international: boolean, typed: string, region: string): PhoneReading {
  // `+0086…` is written too.
  const digits = typed.replace(/^00+(?=[1-9])/, '')
  const isInternational = international || digits !== typed
  if (!isInternational && !isSupportedCountry(region)) return refused(REASON.country)
  const chinese = digits.replace(isInternational ? /^860?/ : /^(?:86)?0?/, '')
  // Before the library looks, which takes 179… for a carrier's prefix. No area code begins with 86.
  const isChinese = isInternational ? digits.startsWith('86') : region === 'CN'
  if (isChinese && CHINESE.test(chinese)) return read(`+86${chinese}`)
  if (isInternational && digits.length > MAX_DIGITS + 1) return refused(REASON.long)
  const parsed = parsePhoneNumberFromString(isInternational ? `+${digits}` : digits, {
    ...(isSupportedCountry(region) && { defaultCountry: region }),
    extract: false,
  })
  if (!parsed) {
    if (digits.length < COMPLETE_DIGITS) return refused(REASON.short)
    return refused(digits.length > MAX_DIGITS ? REASON.long : REASON.callingCode)
  }
  const { number, nationalNumber, countryCallingCode } = parsed
  if (countryCallingCode === '86') return readChinese(nationalNumber)
  if (!parsed.isPossible()) return refused(impossible(number.length - 1, nationalNumber, parsed.country))
  // Zeros too many make a number that reads as another one when it is read again.
  const again = parsePhoneNumberFromString(number, { extract: false })
  if (again?.number !== number || !E164.test(number)) return refused(impossible(8, nationalNumber, parsed.country))
  return read(number)
}

const E164 = /^\+[1-9]\d{4,14}$/

/**
 * The metadata that a browser can afford (`min`) knows lengths by country, not by kind: ten digits of a mobile number
 * and a fixed line without its area code would be possible, the latter somebody else's in the next city.
 */
function readChinese(national: string): PhoneReading {
  if (CHINESE.test(national)) return read(`+86${national}`)
  if (national.length < COMPLETE_DIGITS) return refused(REASON.short)
  return refused(national.length > 11 ? REASON.long : REASON.chinese)
}

/** Mobile; Beijing; 2x with eight digits; other area codes with seven or eight; 400 and 800 with seven. */
const CHINESE = /^(?:1[3-9]\d{9}|10[1-9]\d{7}|2\d[1-9]\d{7}|(?!400|800|86)[3-9]\d\d[1-9]\d{6,7}|[48]00\d{7})$/

function impossible(digits: number, national: string, country: CountryCode | undefined): string {
  if (digits > MAX_DIGITS) return REASON.long
  if (national.length < 4) return REASON.short
  return country ? `not a possible number in ${country}` : 'not a possible number in any country of this country code'
}

function read(phone: string): PhoneReading {
  return { ok: true, phone: phone as E164Phone }
}

function refused(reason: string): PhoneReading {
  return { ok: false, reason }
}
