import { describe, expect, test } from 'vitest'
import { asMarkdown, asPlainText, composeMessage, cutTo, testMessage } from '../../../adapters/alerts/alert-message.ts'
import type { AlertRecord } from '../../../adapters/alerts/alert-states.ts'
import { alertInWords } from '../../../adapters/alerts/alert-words.ts'
import { RULE_NAMES } from '../../../adapters/alerts/thresholds.ts'

const NAMES: Readonly<Record<string, string>> = { b1: 'East', b2: '[West](https://evil.example) @all' }
const SETTINGS = { language: 'en', nameOf: (about: string) => NAMES[about] } as const

const silent = (about: string, changed: Partial<AlertRecord> = {}): AlertRecord => ({
  key: `silent-branch:${about}`,
  rule: 'silent-branch',
  about,
  level: 'warning',
  value: 900,
  threshold: 600,
  sinceMs: 0,
  told: {},
  untold: {},
  ...changed,
})

describe('a message', () => {
  test('says what is new, what nobody has taken up and what is over, the gravest first', () => {
    const news = {
      begun: [silent('b1'), silent('b3', { rule: 'disk', level: 'critical', value: 150, threshold: 200 })],
      lasting: [silent('b4', { rule: 'storage', level: 'critical' })],
      ended: [silent('b5')],
    }
    const message = composeMessage(news, { ...SETTINGS, link: 'https://hq.example.com' }, 0)
    expect(asPlainText(message).split('\n')).toEqual([
      'Critical · Outpost: 2 new, 1 not taken up, 1 over',
      '',
      'Critical · b3: the disk has 150 MB left, less than 200 MB',
      'Warning · East: not heard for 15 min',
      'still so: Critical · headquarters cannot save anything',
      'over: Warning · b5: not heard for 15 min',
      '',
      'https://hq.example.com',
    ])
  })

  test('is written in Chinese as Chinese is', () => {
    const begun = Array.from({ length: 12 }, (_, n) => silent(`店${n}`))
    const { title, lines } = composeMessage(
      { begun, lasting: [], ended: [silent('东')] },
      { ...SETTINGS, language: 'zh' },
      0,
    )
    expect([title, ...lines.map(({ text }) => text)]).toEqual([
      '警告 · Outpost 门店同步：12 条新告警、1 条已恢复',
      '警告 · 门店失联：12 个（店0、店1、店2、店3、店4、店5、店6、店7、店8、店9，另有 2 个）',
      '已恢复：警告 · 东：已 15 分钟没有心跳',
    ])
    expect(testMessage({ ...SETTINGS, language: 'zh' }, 0).title).toBe(
      'Outpost 门店同步：这是一条测试消息：告警会发送到这里。',
    )
  })

  test('names many of one kind in a line', () => {
    const begun = Array.from({ length: 17 }, (_, n) => silent(`s${n}`))
    const { lines, alerts } = composeMessage({ begun, lasting: [], ended: [] }, SETTINGS, 0)
    expect(lines.map(({ text }) => text)).toEqual([
      'Warning · Silent branch: 17 (s0, s1, s2, s3, s4, s5, s6, s7, s8, s9 and 7 more)',
    ])
    expect(alerts.begun).toHaveLength(17)
  })

  test('has a line for what does not fit', () => {
    const begun = RULE_NAMES.flatMap((rule) =>
      ['x', 'y'].map((about) => silent(about, { rule, key: `${rule}:${about}` })),
    )
    const { lines } = composeMessage({ begun, lasting: [], ended: [] }, SETTINGS, 0)
    expect([lines.length, lines.at(-1)?.text]).toEqual([21, `and ${begun.length - 20} more lines`])
  })

  test('takes no markup from the names of branches', () => {
    const message = composeMessage({ begun: [silent('b2')], lasting: [], ended: [] }, SETTINGS, 0)
    expect(asMarkdown(message)).toBe(
      '### Warning · Outpost: 1 new\n\n> Warning · (West)(https://evil.example)  all: not heard for 15 min',
    )
  })
})

test('a text is cut between characters', () => {
  expect([cutTo('短信', 6), cutTo('短信息', 8), cutTo('a😀bc', 6)]).toEqual(['短信', '短…', 'a…'])
})

test.each(RULE_NAMES)('%s is said in both languages, with nothing left open', (rule) => {
  for (const about of [undefined, 'b1']) {
    const said = (['zh', 'en'] as const).map((language) =>
      alertInWords({ rule, ...(about !== undefined && { about }), value: 7, threshold: 5 }, language),
    )
    expect(said[0]).not.toBe(said[1])
    for (const text of said) expect(text).not.toMatch(/[{}]|undefined/)
  }
})

test.each([
  [90, '90 s', '90 秒'],
  [900, '15 min', '15 分钟'],
  [7200, '2 h', '2 小时'],
  [259_200, '3 days', '3 天'],
])('%i seconds are %s', (value, en, zh) => {
  const alert = { rule: 'silent-branch', about: 'b1', value, threshold: 0 } as const
  expect([alertInWords(alert, 'en', 'East'), alertInWords(alert, 'zh', '东门店')]).toEqual([
    `East: not heard for ${en}`,
    `东门店：已 ${zh}没有心跳`,
  ])
})

test('one document is said as one', () => {
  const said = (value: number) => alertInWords({ rule: 'exceptions', value, threshold: 0 }, 'en')
  expect([said(1), said(2)]).toEqual([
    '1 document at headquarters waits for a person',
    '2 documents at headquarters wait for a person',
  ])
})
