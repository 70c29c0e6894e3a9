/** Figures and days as they stand at an axis. */
import { language } from '../../../adapters/ui/language.ts'
import { currencyDigits } from '../../../adapters/ui/read-money.ts'

const LOCALES = { zh: 'zh-CN', en: 'en' } as const

export function shortNumber(value: number): string {
  return new Intl.NumberFormat(LOCALES[language.value], { notation: 'compact', maximumFractionDigits: 1 }).format(value)
}

/** @param minor in minor units of the currency */
export function shortMoney(minor: number, currency: string): string {
  return new Intl.NumberFormat(LOCALES[language.value], {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    notation: 'compact',
    maximumFractionDigits: 1,
    minimumFractionDigits: 0,
  }).format(minor / 10 ** currencyDigits(currency))
}

/** `3月1日`, `1 Mar`: a day of the calendar, wherever the page is. */
export function shortDay(day: string): string {
  return dayIn(day, { month: 'short', day: 'numeric' })
}

export function longDay(day: string): string {
  return dayIn(day, { year: 'numeric', month: 'short', day: 'numeric', weekday: 'short' })
}

function dayIn(day: string, options: Intl.DateTimeFormatOptions): string {
  const locale = language.value === 'zh' ? 'zh-CN' : 'en-GB'
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`))
}

/** A name beside a lying bar. */
export function shortName(name: string): string {
  return name.length > 18 ? `${name.slice(0, 17)}…` : name
}
