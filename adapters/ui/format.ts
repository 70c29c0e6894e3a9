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

/** A duration as one rounded figure: `3 s`, `12 min`, `5 h`, `2 d`. */
export function formatDuration(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000))
  const zh = language.value === 'zh'
  if (s < 60) return zh ? `${s} 秒` : `${s} s`
  if (s < 3600) return zh ? `${Math.floor(s / 60)} 分钟` : `${Math.floor(s / 60)} min`
  if (s < 86_400) return zh ? `${Math.floor(s / 3600)} 小时` : `${Math.floor(s / 3600)} h`
  return zh ? `${Math.floor(s / 86_400)} 天` : `${Math.floor(s / 86_400)} d`
}

/** How long ago: `3 s ago`, `3 秒前`. */
export function formatAge(iso: string, nowMs: number): string {
  const duration = formatDuration(nowMs - Date.parse(iso))
  return language.value === 'zh' ? `${duration}前` : `${duration} ago`
}
