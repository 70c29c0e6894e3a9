import { language } from '../../../adapters/ui/language.ts'

/** A day with its year, for what may be years old. */
export function formatDay(iso: string): string {
  const locale = language.value === 'zh' ? 'zh-CN' : 'en'
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(new Date(iso))
}
