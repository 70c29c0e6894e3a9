/**
 * The rules with what each of them counts, from where on that is too much, and how long it has to last: requirement 003
 * §5.1 and §5.3, and what else makes a chain lose its replication.
 */
import type { AlertLevel, AlertRule } from '../../schemas/protocol/alerts.ts'

/** The gravest first. */
export const ALERT_LEVELS = ['critical', 'warning', 'notice'] as const satisfies readonly AlertLevel[]

/** From where on it is too much, by level; a level that is left out is never reached. */
export type LevelThresholds = Readonly<Partial<Record<AlertLevel, number>>>
export type Thresholds = Readonly<Record<AlertRule, LevelThresholds>>

interface RuleFacts {
  /** Of the figure. `state`: 1 where it is so. */
  readonly unit: '%' | 's' | 'count' | 'MB' | 'times' | 'state'
  /** Too little of it is the trouble. */
  readonly isBelow?: true
  /**
   * How long it has to be so, at any level, before anybody is told, ms. It keeps quiet what passes; of what has lasted
   * nobody asks again whether it does, so that what becomes graver is told at once.
   */
  readonly holdMs: number
  readonly usual: LevelThresholds
}

const MINUTE_MS = 60_000

/** Exchanges that a rate needs to say anything. */
export const FEWEST_REQUESTS = 20

export const ALERT_RULES: Readonly<Record<AlertRule, RuleFacts>> = {
  'success-rate': {
    unit: '%',
    isBelow: true,
    holdMs: MINUTE_MS,
    usual: { critical: 95, warning: 99, notice: 99.9 },
  },
  delay: { unit: 's', holdMs: MINUTE_MS, usual: { warning: 180 } },
  'consecutive-failures': { unit: 'count', holdMs: 0, usual: { critical: 20 } },
  failures: { unit: 'count', holdMs: MINUTE_MS, usual: { warning: 10 } },
  backlog: { unit: 'count', holdMs: 2 * MINUTE_MS, usual: { warning: 50 } },
  retries: { unit: 'count', holdMs: 2 * MINUTE_MS, usual: { warning: 50, notice: 10 } },
  differences: { unit: 'count', holdMs: 10 * MINUTE_MS, usual: { critical: 100, warning: 0 } },
  'silent-branch': { unit: 's', holdMs: 0, usual: { warning: 600 } },
  'suspected-clone': { unit: 'state', holdMs: 0, usual: { warning: 0 } },
  exceptions: { unit: 'count', holdMs: 0, usual: { warning: 0 } },
  'clock-offset': { unit: 's', holdMs: MINUTE_MS, usual: { warning: 300, notice: 60 } },
  disk: { unit: 'MB', isBelow: true, holdMs: 0, usual: { critical: 200, warning: 1000 } },
  storage: { unit: 'state', holdMs: 0, usual: { critical: 0 } },
  'mirror-parked': { unit: 'count', holdMs: 0, usual: { warning: 0 } },
  'mirror-stopped': { unit: 'state', holdMs: 2 * MINUTE_MS, usual: { warning: 0 } },
  'reconciliation-failed': { unit: 'state', holdMs: 0, usual: { warning: 0 } },
  'backup-failed': { unit: 'state', holdMs: 0, usual: { warning: 0 } },
  // The levels stand for their windows: see burn-rate.ts.
  'burn-rate': { unit: 'times', holdMs: 0, usual: { critical: 14.4, warning: 6, notice: 1 } },
}

export const RULE_NAMES = Object.keys(ALERT_RULES) as AlertRule[]

export const USUAL_THRESHOLDS = Object.fromEntries(
  Object.entries(ALERT_RULES).map(([rule, { usual }]) => [rule, usual]),
) as Thresholds

/** As a person writes them: `critical 95, warning 99`, or `off`; `undefined` for anything else. */
export function parseThresholds(text: string): LevelThresholds | undefined {
  if (text === 'off') return {}
  const found: Partial<Record<AlertLevel, number>> = {}
  for (const part of text.split(',')) {
    const [, name, figure] = /^\s*([a-z]+)\s+(\d{1,9}(?:\.\d{1,3})?)\s*$/.exec(part) ?? []
    const level = ALERT_LEVELS.find((one) => one === name)
    if (level === undefined || found[level] !== undefined) return undefined
    found[level] = Number(figure)
  }
  return found
}

export function thresholdsInWords(thresholds: LevelThresholds): string {
  const said = ALERT_LEVELS.flatMap((level) => (thresholds[level] === undefined ? [] : `${level} ${thresholds[level]}`))
  return said.length === 0 ? 'off' : said.join(', ')
}

/** Whether each level begins where it says, before a graver one does; a share of more than all is always too little. */
export function areInOrder(rule: AlertRule, thresholds: LevelThresholds): boolean {
  const { unit, isBelow = false } = ALERT_RULES[rule]
  const figures = ALERT_LEVELS.flatMap((level) => thresholds[level] ?? [])
  if (unit === '%' && figures.some((figure) => figure > 100)) return false
  // The levels of a burn rate look at windows of their own.
  if (rule === 'burn-rate') return true
  return figures.every((figure, at) => at === 0 || (isBelow ? figure >= figures[at - 1]! : figure <= figures[at - 1]!))
}

/** The gravest level that a figure has reached, and where that begins. */
export function reached(
  value: number,
  thresholds: LevelThresholds,
  isBelow: boolean,
): { readonly level: AlertLevel; readonly threshold: number } | undefined {
  for (const level of ALERT_LEVELS) {
    const threshold = thresholds[level]
    if (threshold !== undefined && (isBelow ? value < threshold : value > threshold)) return { level, threshold }
  }
  return undefined
}
