/** Times as files write them: the year first, everything else is ambiguous between countries. */

const FORM =
  /^(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i

/**
 * Reads `1996-07-04`, `1996/7/4 13:05`, `1996-07-04 13:05:00.000`, `1996-07-04T13:05:00+08:00`.
 * @param offsetMinutes east of Greenwich, for texts that name no offset
 * @returns ISO 8601 in UTC with milliseconds, `undefined` for what is no existing moment
 */
export function readInstant(text: string, offsetMinutes: number): string | undefined {
  const match = FORM.exec(text)
  if (!match) return undefined
  const [, year, , month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match
  const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3))
  const parts = [year, month, day, hour, minute, second].map(Number) as [number, number, number, number, number, number]
  const local = new Date(Date.UTC(parts[0], parts[1] - 1, parts[2], parts[3], parts[4], parts[5], milliseconds))
  if (parts[0] < 1000 || !sameMoment(local, parts)) return undefined
  const offset = zone === undefined ? offsetMinutes : readOffset(zone)
  if (offset === undefined) return undefined
  const iso = new Date(local.getTime() - offset * 60_000).toISOString()
  return iso.length === 24 ? iso : undefined
}

/** The day alone, `YYYY-MM-DD`, as written: a birthday has no time zone. */
export function readDay(text: string): string | undefined {
  const match = FORM.exec(text)
  if (!match) return undefined
  return readInstant(`${match[1]}-${match[3]}-${match[4]}`, 0)?.slice(0, 10)
}

/** `UTC`, `Z`, `+08:00` or `+0800` as minutes east of Greenwich. */
export function readOffset(text: string): number | undefined {
  if (/^(utc|z)$/i.test(text)) return 0
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(text)
  if (!match) return undefined
  const [hours, minutes] = [Number(match[2]), Number(match[3])]
  if (hours > 14 || minutes > 59) return undefined
  const size = hours * 60 + minutes
  return match[1] === '-' && size > 0 ? -size : size
}

/** `Date.UTC` turns 30 February into 1 March; such a date is a mistake of the file. */
function sameMoment(date: Date, [year, month, day, hour, minute, second]: readonly number[]): boolean {
  return (
    date.getUTCFullYear() === year &&
    date.getUTCMonth() + 1 === month &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second
  )
}
