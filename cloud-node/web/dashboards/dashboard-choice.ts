/** What somebody looks at: a range of days and a branch, as they stand in the page's address. Pure. */

/** Days that end today. */
export const PRESETS = [1, 7, 30, 90] as const
export type Preset = (typeof PRESETS)[number]
const USUAL: Preset = 30
const DAY = /^\d{4}-\d\d-\d\d$/
const DAY_MS = 86_400_000

export interface Choice {
  /** Absent where the days were chosen one by one. */
  readonly preset?: Preset
  readonly from: string
  readonly to: string
  /** All without one. */
  readonly branch?: string
}

/** @param today in the chain's time zone */
export function choiceOf(chosen: URLSearchParams, today: string): Choice {
  const branch = chosen.get('branch') ?? ''
  const rest = branch === '' ? {} : { branch }
  const from = chosen.get('from') ?? ''
  const to = chosen.get('to') ?? ''
  if (isDay(from) && isDay(to)) return { from, to, ...rest }
  const preset = PRESETS.find((days) => String(days) === chosen.get('days')) ?? USUAL
  return { preset, from: addDays(today, 1 - preset), to: today, ...rest }
}

export function chosenOf({ preset, from, to, branch }: Choice): URLSearchParams {
  const days: Record<string, string> = preset === undefined ? { from, to } : { days: String(preset) }
  return new URLSearchParams(branch === undefined ? days : { ...days, branch })
}

/** What is asked of the node. */
export function queryOf({ from, to, branch }: Choice): URLSearchParams {
  return new URLSearchParams(branch === undefined ? { from, to } : { from, to, branch })
}

/** Why the node would refuse it. */
export function problemOf({ from, to }: Pick<Choice, 'from' | 'to'>, mostDays: number): 'order' | 'long' | undefined {
  const days = daysOf(from, to).length
  if (days === 0) return 'order'
  return days > mostDays ? 'long' : undefined
}

export function isDay(text: string): boolean {
  if (!DAY.test(text)) return false
  const ms = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}

/** All days of a range, with its ends; none where it ends before it begins. At most a thousand. */
export function daysOf(from: string, to: string): string[] {
  const days: string[] = []
  for (let day = from; day <= to && days.length < 1000; day = addDays(day, 1)) days.push(day)
  return days
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
}
