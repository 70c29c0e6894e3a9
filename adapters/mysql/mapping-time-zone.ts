/** The wall clock of a time zone, quickly: asking `Intl` takes microseconds, and a mirror asks for every row. */
import { readOffset } from '../import/read-time.ts'

/** Wall times are milliseconds since 1970 as that clock shows it, as if it stood in UTC. */
export interface ZoneClock {
  readonly wallTime: (instant: number) => number
  /** The earlier one where a clock was put back and shows a time twice; `undefined` for a time that it leaps over. */
  readonly instantOf: (wallTime: number) => number | undefined
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Hours of a zone whose offset is kept: two years of them. */
const MOST_HOURS = 20_000
/** Before it every zone has its first offset, and years could be before Christ. */
const FIRST = Date.UTC(1700, 0, 1)

const clocks = new Map<string, ZoneClock | undefined>()

/** @param zone a name of the time zone database, `UTC`, or an offset such as `+08:00`; `undefined` where it is none of them */
export function zoneClock(zone: string): ZoneClock | undefined {
  if (!clocks.has(zone)) clocks.set(zone, createClock(zone))
  return clocks.get(zone)
}

function createClock(zone: string): ZoneClock | undefined {
  const minutes = readOffset(zone)
  if (minutes !== undefined) return fixedClock(minutes * 60_000)
  const formatter = /^[A-Za-z]/.test(zone) ? formatterOf(zone) : undefined
  return formatter && namedClock(offsetReader(formatter))
}

function fixedClock(offset: number): ZoneClock {
  return { wallTime: (instant) => instant + offset, instantOf: (wallTime) => wallTime - offset }
}

function namedClock(offsetAt: (instant: number) => number): ZoneClock {
  return {
    wallTime: (instant) => instant + offsetAt(instant),
    instantOf: (wallTime) => {
      // Whatever a clock was put forward or back, the offset is that of the day before or of the day after.
      const instants = [wallTime - offsetAt(wallTime - DAY), wallTime - offsetAt(wallTime + DAY)]
      const right = instants.filter((instant) => instant + offsetAt(instant) === wallTime)
      return right.length === 0 ? undefined : Math.min(...right)
    },
  }
}

/** Keeps the offsets of whole hours; an hour in which a clock was changed is asked anew each time. */
function offsetReader(formatter: Intl.DateTimeFormat): (instant: number) => number {
  const byHour = new Map<number, number | undefined>()
  return (instant) => {
    const hour = Math.floor(instant / HOUR)
    const known = byHour.get(hour)
    if (known !== undefined) return known
    if (byHour.has(hour)) return readOffsetAt(formatter, instant)
    const offset = readOffsetAt(formatter, hour * HOUR)
    const isWhole = readOffsetAt(formatter, hour * HOUR + HOUR - 1) === offset
    if (byHour.size >= MOST_HOURS) byHour.clear()
    byHour.set(hour, isWhole ? offset : undefined)
    return isWhole ? offset : readOffsetAt(formatter, instant)
  }
}

function readOffsetAt(formatter: Intl.DateTimeFormat, instant: number): number {
  const whole = Math.floor(Math.max(instant, FIRST) / 1000) * 1000
  const parts = new Map(formatter.formatToParts(whole).map(({ type, value }) => [type, Number(value)]))
  const [year, month, day, hour, minute, second] = (['year', 'month', 'day', 'hour', 'minute', 'second'] as const).map(
    (type) => parts.get(type)!,
  )
  return Date.UTC(year!, month! - 1, day, hour, minute, second) - whole
}

function formatterOf(timeZone: string): Intl.DateTimeFormat | undefined {
  const numeric = 'numeric'
  try {
    return new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    })
  } catch {
    return undefined
  }
}
