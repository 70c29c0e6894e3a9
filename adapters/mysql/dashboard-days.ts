/**
 * Days of a time zone as instants. MySQL servers often lack the tables of time zones, so that the zone's rules are
 * applied here: a query gets two instants and, for each stretch of the range, what its clocks are ahead of UTC.
 */
import { zoneClock } from './mapping-time-zone.ts'

export interface DayRange {
  /** The first instant of the first day, ms since 1970. */
  readonly startMs: number
  /** The first instant after the last day. */
  readonly endMs: number
  /** In the order of time; the last one goes on to the end. */
  readonly stretches: readonly { readonly untilMs: number; readonly aheadS: number }[]
}

export const DEFAULT_TIME_ZONE = 'Asia/Shanghai'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Clocks are at most 14 hours ahead and 12 behind. */
const REACH_MS = 16 * HOUR_MS

/** @param from the first day, as `2026-03-01` @param to the last day */
export function dayRange(from: string, to: string, timeZone: string): DayRange {
  const clock = offsetOf(timeZone)
  const startMs = startOfDay(from, clock)
  const endMs = startOfDay(nextDay(to), clock)
  const stretches: { untilMs: number; aheadS: number }[] = []
  let aheadS = clock(startMs)
  // No zone changes its clocks twice within a day.
  for (let atMs = startMs; atMs < endMs; atMs += DAY_MS) {
    const thenMs = Math.min(atMs + DAY_MS, endMs)
    const then = clock(thenMs)
    if (then === aheadS) continue
    stretches.push({ untilMs: firstInstant(atMs, thenMs, (ms) => clock(ms) === then), aheadS })
    aheadS = then
  }
  stretches.push({ untilMs: endMs, aheadS })
  return { startMs, endMs, stretches }
}

/** Whether there are days of it. */
export function isTimeZone(name: string): boolean {
  return zoneClock(name) !== undefined
}

/** The day of an instant, as `2026-03-01`. */
export function dayIn(timeZone: string, ms: number): string {
  return new Date(ms + offsetOf(timeZone)(ms) * 1000).toISOString().slice(0, 10)
}

/** @param days may be negative */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS)
}

/** SQL: the day of a column that holds UTC; its names are those of `rangeValues`. */
export function dayOfSql(column: string, { stretches }: DayRange): string {
  const cases = stretches.slice(0, -1).map(({ aheadS }, at) => `WHEN ${column} < :change${at} THEN ${aheadS}`)
  const last = stretches.at(-1)!.aheadS
  const ahead = cases.length === 0 ? String(last) : `CASE ${cases.join(' ')} ELSE ${last} END`
  return `DATE(${column} + INTERVAL (${ahead}) SECOND)`
}

/** SQL: whether a column that holds UTC lies in the range. */
export function withinSql(column: string): string {
  return `${column} >= :start AND ${column} < :end`
}

export function rangeValues({ startMs, endMs, stretches }: DayRange): Readonly<Record<string, string>> {
  const changes = stretches.slice(0, -1).map(({ untilMs }, at) => [`change${at}`, sqlInstant(untilMs)])
  return { start: sqlInstant(startMs), end: sqlInstant(endMs), ...Object.fromEntries(changes) }
}

function sqlInstant(ms: number): string {
  return new Date(ms).toISOString().slice(0, 23).replace('T', ' ')
}

function nextDay(day: string): string {
  return addDays(day, 1)
}

type ZoneOffset = (ms: number) => number

/** Seconds that a zone's clocks are ahead of UTC. */
function offsetOf(timeZone: string): ZoneOffset {
  const { wallTime } = zoneClock(timeZone)!
  return (ms) => (wallTime(ms) - ms) / 1000
}

/** Not always midnight: where clocks are put forward at midnight the day begins at one. */
function startOfDay(day: string, clock: ZoneOffset): number {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  return firstInstant(midnight - REACH_MS, midnight + REACH_MS, (ms) => ms + clock(ms) * 1000 >= midnight)
}

/** The first whole second after `low`, up to `high`, of which `is` holds; it holds of all that come after. */
function firstInstant(low: number, high: number, is: (ms: number) => boolean): number {
  let [no, yes] = [low / 1000, high / 1000]
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2)
    if (is(middle * 1000)) yes = middle
    else no = middle
  }
  return yes * 1000
}
