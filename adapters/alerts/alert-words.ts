/** What alerts are called and say, in both languages; also for pages. */
import type { Alert, AlertLevel, AlertRule } from '../../schemas/protocol/alerts.ts'

export type AlertLanguage = 'zh' | 'en'

interface RuleWords {
  readonly title: string
  /** `{about}`, `{value}` and `{threshold}` stand for what is said of them, `{one|more}` for what is said of so many. */
  readonly text: string
  /** Where it is about a branch, a mirror, and means something else then. */
  readonly aboutOne?: string
}

const en: Readonly<Record<AlertRule, RuleWords>> = {
  'success-rate': {
    title: 'Success rate',
    text: '{value} % of exchanges succeeded in 24 hours, less than {threshold} %',
  },
  delay: { title: 'Delay', text: 'documents take {value} to headquarters on average, longer than {threshold}' },
  'consecutive-failures': { title: 'Failures in a row', text: '{about}: {value} {exchange|exchanges} failed in a row' },
  failures: { title: 'Failures', text: '{value} {exchange|exchanges} failed within an hour, more than {threshold}' },
  backlog: {
    title: 'Backlog',
    text: '{about}: {value} {document waits|documents wait} to be sent, more than {threshold}',
  },
  retries: {
    title: 'Retries',
    text: '{value} {document failed and is|documents failed and are} tried again, more than {threshold}',
  },
  differences: {
    title: 'Differences',
    text: '{value} {document differs from its|documents differ from their} rows in MySQL',
    aboutOne: '{about}: branch and headquarters differ although nothing waits',
  },
  'silent-branch': { title: 'Silent branch', text: '{about}: not heard for {value}' },
  'suspected-clone': { title: 'Two PCs', text: '{about}: two PCs say that they are this branch, and none is let in' },
  exceptions: {
    title: 'Exceptions',
    text: '{value} {document at headquarters waits|documents at headquarters wait} for a person',
    aboutOne: '{about}: {value} {document waits|documents wait} for a person',
  },
  'clock-offset': { title: 'Clock', text: '{about}: the clock is {value} off' },
  disk: {
    title: 'Disk',
    text: "headquarters' disk has {value} left, less than {threshold}",
    aboutOne: '{about}: the disk has {value} left, less than {threshold}',
  },
  storage: { title: 'Storage', text: 'headquarters cannot save anything' },
  'mirror-parked': { title: 'Parked documents', text: 'mirror {about}: MySQL refused {value} {document|documents}' },
  'mirror-stopped': { title: 'Mirror', text: 'mirror {about} does not write' },
  'reconciliation-failed': { title: 'Comparison', text: 'the last comparison of rows with documents failed' },
  'backup-failed': { title: 'Backup', text: "headquarters' backup could not be made" },
  'burn-rate': {
    title: 'Error budget',
    text: 'too many failures: they use up the error budget of 99.9 % {value} times too fast',
  },
}

const zh: Readonly<Record<AlertRule, RuleWords>> = {
  'success-rate': { title: '同步成功率', text: '最近 24 小时同步成功率 {value}%，低于 {threshold}%' },
  delay: { title: '同步延迟', text: '文档到达总店平均用时 {value}，超过 {threshold}' },
  'consecutive-failures': { title: '连续失败', text: '{about}：连续 {value} 次同步失败' },
  failures: { title: '失败次数', text: '最近一小时 {value} 次同步失败，超过 {threshold} 次' },
  backlog: { title: '积压', text: '{about}：{value} 条文档待发，超过 {threshold} 条' },
  retries: { title: '重试', text: '{value} 条文档失败后正在重试，超过 {threshold} 条' },
  differences: {
    title: '数据不一致',
    text: '{value} 条文档与 MySQL 中的数据行不一致',
    aboutOne: '{about}：没有待发文档，但与总店不一致',
  },
  'silent-branch': { title: '门店失联', text: '{about}：已 {value}没有心跳' },
  'suspected-clone': { title: '疑似重复的门店电脑', text: '{about}：两台电脑自称是该门店，均不获接入' },
  exceptions: {
    title: '特情',
    text: '总店有 {value} 条文档等待人工处理',
    aboutOne: '{about}：{value} 条文档等待人工处理',
  },
  'clock-offset': { title: '时钟偏差', text: '{about}：时钟偏差 {value}' },
  disk: {
    title: '磁盘空间',
    text: '总店磁盘剩余 {value}，低于 {threshold}',
    aboutOne: '{about}：磁盘剩余 {value}，低于 {threshold}',
  },
  storage: { title: '存储故障', text: '总店无法保存数据' },
  'mirror-parked': { title: '镜像搁置', text: '镜像 {about}：MySQL 拒收 {value} 条文档' },
  'mirror-stopped': { title: '镜像停止', text: '镜像 {about} 已停止写入' },
  'reconciliation-failed': { title: '对账失败', text: '最近一次对账未能完成' },
  'backup-failed': { title: '备份失败', text: '总店备份失败' },
  'burn-rate': { title: '错误预算', text: '失败过多：错误预算的消耗速度为允许值的 {value} 倍（目标 99.9%）' },
}

const WORDS = { en, zh } as const

export const LEVEL_WORDS: Readonly<Record<AlertLanguage, Readonly<Record<AlertLevel, string>>>> = {
  en: { critical: 'Critical', warning: 'Warning', notice: 'Notice' },
  zh: { critical: '严重', warning: '警告', notice: '提示' },
}

/** @param name of what it is about, where it has a better one than its id */
export function alertInWords(
  { rule, about, value, threshold }: Pick<Alert, 'rule' | 'about' | 'value' | 'threshold'>,
  language: AlertLanguage,
  name = about,
): string {
  const { text, aboutOne } = WORDS[language][rule]
  const values: Readonly<Record<string, string>> = {
    about: name ?? '',
    value: figureInWords(rule, value, language),
    threshold: figureInWords(rule, threshold, language),
  }
  const said = about === undefined ? text : (aboutOne ?? text)
  const counted = said.replace(/\{([^{}|]+)\|([^{}|]+)\}/g, (_, one: string, more: string) =>
    value === 1 ? one : more,
  )
  return counted.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole)
}

export function ruleTitle(rule: AlertRule, language: AlertLanguage): string {
  return WORDS[language][rule].title
}

const DURATIONS = { en: [' s', ' min', ' h', ' days'], zh: [' 秒', ' 分钟', ' 小时', ' 天'] } as const
const DURATION_RULES: readonly AlertRule[] = ['delay', 'silent-branch', 'clock-offset']

function figureInWords(rule: AlertRule, value: number, language: AlertLanguage): string {
  if (rule === 'disk') return value >= 10_000 ? `${Math.round(value / 1000)} GB` : `${value} MB`
  if (!DURATION_RULES.includes(rule)) return String(value)
  const [second, minute, hour, day] = DURATIONS[language]
  if (value < 120) return `${value}${second}`
  if (value < 7200) return `${Math.round(value / 60)}${minute}`
  return value < 172_800 ? `${Math.round(value / 3600)}${hour}` : `${Math.round(value / 86_400)}${day}`
}
