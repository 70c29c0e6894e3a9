/** One message to people about everything that is new: short, whatever has happened. Pure. */
import type { Alert, AlertLevel } from '../../schemas/protocol/alerts.ts'
import { toAlert, type AlertRecord } from './alert-states.ts'
import { alertInWords, LEVEL_WORDS, ruleTitle, type AlertLanguage } from './alert-words.ts'
import { ALERT_LEVELS } from './thresholds.ts'
import type { News } from './what-to-tell.ts'

export interface AlertMessage {
  readonly language: AlertLanguage
  /** ISO 8601. */
  readonly at: string
  readonly isTest: boolean
  /** The gravest of what has begun or lasts; absent where something has only ended. */
  readonly level?: AlertLevel
  /** One line. */
  readonly title: string
  /** One sentence each, the gravest first. */
  readonly lines: readonly { readonly kind: keyof News | 'test' | 'more'; readonly text: string }[]
  /** For programs: all that is new. */
  readonly alerts: Readonly<Record<keyof News, readonly Alert[]>>
  /** Of the page that shows more. */
  readonly link?: string
}

export interface MessageSettings {
  readonly language: AlertLanguage
  readonly link?: string | undefined
  /** The name of a branch. */
  readonly nameOf: (about: string) => string | undefined
}

/** More of the same rule are said in one line. */
const MOST_ALONE = 3
const MOST_NAMED = 10
const MOST_LINES = 20

const WORDS = {
  en: {
    chain: 'Outpost',
    begun: '{count} new',
    lasting: '{count} not taken up',
    ended: '{count} over',
    many: '{title}: {count} ({names})',
    andMore: '{names} and {count} more',
    over: 'over: {text}',
    lasts: 'still so: {text}',
    more: 'and {count} more lines',
    separator: ', ',
    stop: '; ',
    headed: '{chain}: {text}',
    test: 'This is a test: alerts arrive here.',
  },
  zh: {
    chain: 'Outpost 门店同步',
    begun: '{count} 条新告警',
    lasting: '{count} 条未处理',
    ended: '{count} 条已恢复',
    many: '{title}：{count} 个（{names}）',
    andMore: '{names}，另有 {count} 个',
    over: '已恢复：{text}',
    lasts: '仍未恢复：{text}',
    more: '另有 {count} 条',
    separator: '、',
    stop: '；',
    headed: '{chain}：{text}',
    test: '这是一条测试消息：告警会发送到这里。',
  },
} as const

export function composeMessage(news: News, settings: MessageSettings, nowMs: number): AlertMessage {
  const words = WORDS[settings.language]
  const { begun, lasting, ended } = news
  const level = ALERT_LEVELS.find((one) => [...begun, ...lasting].some((record) => record.level === one))
  const counts = (['begun', 'lasting', 'ended'] as const).flatMap((kind) =>
    news[kind].length > 0 ? [fill(words[kind], { count: news[kind].length })] : [],
  )
  const head = level ? `${LEVEL_WORDS[settings.language][level]} · ` : ''
  const all = [
    ...linesOf(begun, settings).map((text) => ({ kind: 'begun' as const, text })),
    ...linesOf(lasting, settings).map((text) => ({ kind: 'lasting' as const, text: fill(words.lasts, { text }) })),
    ...linesOf(ended, settings).map((text) => ({ kind: 'ended' as const, text: fill(words.over, { text }) })),
  ]
  const rest = all.length - MOST_LINES
  const more = rest > 0 ? [{ kind: 'more' as const, text: fill(words.more, { count: rest }) }] : []
  return {
    language: settings.language,
    at: new Date(nowMs).toISOString(),
    isTest: false,
    ...(level && { level }),
    title: head + fill(words.headed, { chain: words.chain, text: counts.join(words.separator) }),
    lines: [...all.slice(0, MOST_LINES), ...more],
    alerts: { begun: begun.map(toAlert), lasting: lasting.map(toAlert), ended: ended.map(toAlert) },
    ...(settings.link !== undefined && { link: settings.link }),
  }
}

export function testMessage({ language, link }: MessageSettings, nowMs: number): AlertMessage {
  const { chain, headed, test } = WORDS[language]
  return {
    language,
    at: new Date(nowMs).toISOString(),
    isTest: true,
    title: fill(headed, { chain, text: test }),
    lines: [{ kind: 'test', text: test }],
    alerts: { begun: [], lasting: [], ended: [] },
    ...(link !== undefined && { link }),
  }
}

/** For short messages: one line. */
export function asOneLine({ title, lines, language }: AlertMessage): string {
  return [title, ...lines.map(({ text }) => text)].join(WORDS[language].stop)
}

/** For mail. */
export function asPlainText({ title, lines, link }: AlertMessage): string {
  return [title, '', ...lines.map(({ text }) => text), ...(link === undefined ? [] : ['', link])].join('\n')
}

/** What robots take: headings, quotes, links. */
export function asMarkdown({ title, lines, link }: AlertMessage): string {
  const said = lines.map(({ text }) => `> ${withoutMarkup(text)}`)
  return [`### ${withoutMarkup(title)}`, ...said, ...(link === undefined ? [] : [`[${link}](${link})`])].join('\n\n')
}

/** @param bytes of UTF-8; what is too long ends with `…` */
export function cutTo(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  let room = bytes - 3
  let end = 0
  for (const character of text) {
    room -= Buffer.byteLength(character)
    if (room < 0) break
    end += character.length
  }
  return `${text.slice(0, end)}…`
}

function linesOf(records: readonly AlertRecord[], { language, nameOf }: MessageSettings): string[] {
  const words = WORDS[language]
  const groups = new Map<string, AlertRecord[]>()
  for (const level of ALERT_LEVELS) {
    for (const record of records.filter((one) => one.level === level)) {
      const key = `${level} ${record.rule}`
      groups.set(key, [...(groups.get(key) ?? []), record])
    }
  }
  const nameOfRecord = ({ about }: AlertRecord) => (about === undefined ? '' : (nameOf(about) ?? about))
  return [...groups.values()].flatMap((group) => {
    const [{ level, rule }] = group as [AlertRecord]
    const begins = `${LEVEL_WORDS[language][level]} · `
    if (group.length <= MOST_ALONE) {
      return group.map((record) => begins + alertInWords(record, language, nameOfRecord(record)))
    }
    return begins + fill(words.many, { title: ruleTitle(rule, language), count: group.length, names: namesOf(group) })
  })

  function namesOf(group: readonly AlertRecord[]): string {
    const names = group.slice(0, MOST_NAMED).map(nameOfRecord).join(words.separator)
    const count = group.length - MOST_NAMED
    return count > 0 ? fill(words.andMore, { names, count }) : names
  }
}

function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** Names are people's own words: none of them is a link, a mention or a heading. */
function withoutMarkup(text: string): string {
  return text
    .replaceAll('[', '(')
    .replaceAll(']', ')')
    .replace(/[<>*_`#@\\\n\r]/g, ' ')
}
