/** Hours in which only what is critical is told, by the clock of a time zone. Pure. */

export interface QuietHours {
  /** Minutes of the day. */
  readonly from: number
  readonly to: number
}

/** As `22:00-07:00`; `undefined` for anything else. */
export function parseQuietHours(text: string): QuietHours | undefined {
  const found = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(text)
  if (!found) return undefined
  const [fromHour, fromMinute, toHour, toMinute] = found.slice(1).map(Number) as [number, number, number, number]
  const [from, to] = [fromHour * 60 + fromMinute, toHour * 60 + toMinute]
  return from === to ? undefined : { from, to }
}

/** @param timeZone IANA */
export function isQuietAt({ from, to }: QuietHours, atMs: number, timeZone: string): boolean {
  const shown = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const [hour, minute] = shown.format(atMs).split(':').map(Number) as [number, number]
  const now = hour * 60 + minute
  return from < to ? from <= now && now < to : now >= from || now < to
}
