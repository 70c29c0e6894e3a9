/** Day and time with the year, for what may be years old. */
import { language } from '../../../adapters/ui/language.ts'

export function formatMoment(iso: string): string {
  const locale = language.value === 'zh' ? 'zh-CN' : 'en'
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', hour12: false }).format(
    new Date(iso),
  )
}
