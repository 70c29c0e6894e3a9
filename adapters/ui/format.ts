/** Money, numbers and times as people read them, in the page's language. */
import { language } from './language.ts'
import { currencyDigits } from './read-money.ts'

const LOCALES = { zh: 'zh-CN', en: 'en' } as const

/** @param minor in minor units of the currency */
export function formatMoney(minor: number, currency: string): string {
  return new Intl.NumberFormat(LOCALES[language.value], {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  }).format(minor / 10 ** currencyDigits(currency))
}

export function formatNumber(value: number): string {
  return new Intl.NumberFormat(LOCALES[language.value]).format(value)
}

export function formatTime(iso: string): string {
  return new Intl.DateTimeFormat(LOCALES[language.value], {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  }).format(new Date(iso))
}

/** The time of a day, with seconds where they matter: `14:05`, `14:05:09`. */
export function formatClock(ms: number, seconds = false): string {
  return new Intl.DateTimeFormat(LOCALES[language.value], {
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds && { second: '2-digit' }),
    hour12: false,
  }).format(ms)
}

/** A day of this year or the last: `Mar 1`, `3月1日`. */
export function formatDate(ms: number): string {
  return new Intl.DateTimeFormat(LOCALES[language.value], { month: 'short', day: 'numeric' }).format(ms)
}

/** A duration as one rounded figure that no line breaks: `3 s`, `12 min`, `5 h`, `2 d`. */
export function formatDuration(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000))
  const zh = language.value === 'zh'
  if (s < 60) return zh ? `${s}\u00a0秒` : `${s}\u00a0s`
  if (s < 3600) return zh ? `${Math.floor(s / 60)}\u00a0分钟` : `${Math.floor(s / 60)}\u00a0min`
  if (s < 86_400) return zh ? `${Math.floor(s / 3600)}\u00a0小时` : `${Math.floor(s / 3600)}\u00a0h`
  return zh ? `${Math.floor(s / 86_400)}\u00a0天` : `${Math.floor(s / 86_400)}\u00a0d`
}

/** How long ago: `3 s ago`, `3 秒前`. */
export function formatAge(iso: string, nowMs: number): string {
  const duration = formatDuration(nowMs - Date.parse(iso))
  return language.value === 'zh' ? `${duration}前` : `${duration} ago`
}

/** Bytes in the largest unit of which there is one: `850 kB`, `1.2 GB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3))
  const figure = new Intl.NumberFormat(LOCALES[language.value], { maximumFractionDigits: power > 1 ? 1 : 0 })
  return `${figure.format(bytes / 1000 ** power)}\u00a0${['B', 'kB', 'MB', 'GB'][power]}`
}

/** Names, phones, tags: `north, south`, in Chinese `north、south`. */
export function formatList(items: readonly string[]): string {
  return items.join(language.value === 'zh' ? '、' : ', ')
}
