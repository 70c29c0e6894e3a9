/** Phones as people write them, made into E.164 so that one phone has one spelling. */
import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/min'
import type { E164Phone } from './brand.ts'

export type PhoneReading =
  | { readonly ok: true; readonly phone: E164Phone }
  | { readonly ok: false; readonly reason: string }

/**
 * @param text as typed: full-width digits, spaces, dashes, `+86`, `0086` are all fine
 * @param country ISO 3166-1 alpha-2, used where the number does not say
 */
export function readPhone(text: string, country: string): PhoneReading {
  const typed = text.normalize('NFKC').trim()
  if (typed === '') return { ok: false, reason: 'the phone is empty' }
  if (typed.length > 40) return { ok: false, reason: 'longer than any phone number' }
  const bare = typed.replace(/^\(\s*((?:\+|00)[\d ]+)\)/, '$1 ') // (+86) and (0086)
  const international = bare.startsWith('00') ? `+${bare.slice(2)}` : bare
  const parsed = parsePhoneNumberFromString(international, {
    defaultCountry: country.toUpperCase() as CountryCode,
    extract: false,
  })
  if (!parsed) return { ok: false, reason: 'not a phone number' }
  if (!parsed.isPossible()) return { ok: false, reason: `not a possible number in ${parsed.country ?? country}` }
  return { ok: true, phone: parsed.number as E164Phone }
}

/** What screens and logs may show: `138****5678`. */
export function maskPhone(phone: string): string {
  const national = phone.replace(/^\+86/, '')
  if (national.length >= 11) return `${national.slice(0, 3)}****${national.slice(-4)}`
  // Of a shorter number less is shown, so that six digits stay hidden.
  return `****${national.slice(Math.min(6, national.length))}`
}
