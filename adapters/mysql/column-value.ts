/**
 * A document's value as the value of a column, exactly as MySQL will hold it. What a column would hold only in part is
 * refused here, because MySQL rounds or converts some of it silently even in strict mode.
 */
import type { MirrorColumn, MirrorColumnType } from '../../schemas/mirror-mapping.ts'
import { canonicalJson } from '../../schemas/json.ts'
import { maskPhone } from '../../schemas/phone.ts'
import { HALF_A_PAIR, hasLoneSurrogate, withoutLoneSurrogates } from './exact-key.ts'
import { zoneClock } from './mapping-time-zone.ts'

export type SqlValue = string | number | null

export interface ValueRefusal {
  /** Completes "the value …"; never contains the value. */
  readonly refused: string
}

export type ValueConverter = (value: unknown) => SqlValue | ValueRefusal

/** What a column does with a value, wherever that comes from. */
export type ColumnFormat = Pick<MirrorColumn, 'type' | 'timeZone' | 'decimals' | 'length'>

/** Characters of a `text` that says nothing else. */
export const TEXT_LENGTH = 255
/** Places behind the point where a column says nothing else, and the most that it may say. */
export const DECIMALS: Readonly<Partial<Record<MirrorColumnType, { readonly usual: number; readonly most: number }>>> =
  { amount: { usual: 2, most: 6 }, decimal: { usual: 3, most: 3 }, datetime: { usual: 3, most: 3 } }

/** What a double times 1000 still holds exactly. */
const MAX_DECIMAL = 9e12
const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/
const DAY_LENGTH = 10
const NO_TIME: ValueRefusal = { refused: 'is no ISO 8601 time with a zone' }

/** What a column makes of what its sources give, its own values and mask first. A missing value is NULL. */
export function columnConverter(column: MirrorColumn): ValueConverter {
  const format = formatConverter(column)
  if (column.mask) {
    return (value) => {
      if (value === undefined || value === null) return null
      return typeof value === 'string' ? format(maskPhone(value)) : { refused: 'is no phone' }
    }
  }
  if (!column.values) return format
  const held = new Map(Object.entries(column.values).map(([from, to]) => [from, format(to)]))
  const otherwise = column.otherwise === undefined ? { refused: 'is none of its values' } : format(column.otherwise)
  return (value) => {
    if (value === undefined || value === null) return null
    if (!isScalar(value)) return { refused: 'is no single one' }
    const key = String(value)
    return held.has(key) ? held.get(key)! : otherwise
  }
}

/** The same without its values and mask: for what stands in the mapping itself. */
export function formatConverter(column: ColumnFormat): ValueConverter {
  const convert = CONVERTERS[column.type](column)
  return (value) => (value === undefined || value === null ? null : convert(value))
}

export function isRefusal(value: SqlValue | ValueRefusal): value is ValueRefusal {
  return typeof value === 'object' && value !== null
}

export function decimalsOf({ type, decimals = DECIMALS[type]?.usual ?? 0 }: ColumnFormat): number {
  return decimals
}

const CONVERTERS: Readonly<Record<MirrorColumnType, (column: ColumnFormat) => ValueConverter>> = {
  key: () => exactText,
  text: ({ length = TEXT_LENGTH }) => {
    // MySQL cuts blanks off that are beyond it, and says nothing.
    const tooLong = { refused: `is longer than ${length} characters` }
    return (value) => {
      const text = plainText(value)
      return typeof text === 'string' && text.length > length && [...text].length > length ? tooLong : text
    }
  },
  longtext: () => plainText,
  integer: () => wholeNumber,
  money: () => wholeNumber,
  amount: (column) => {
    const decimals = decimalsOf(column)
    return (value) => amountText(value, decimals)
  },
  decimal: (column) => {
    const decimals = decimalsOf(column)
    return (value) => (typeof value === 'number' ? decimalText(value, decimals) : { refused: 'is no number' })
  },
  boolean: () => (value) => (typeof value === 'boolean' ? Number(value) : { refused: 'is neither true nor false' }),
  datetime: (column) => {
    const { wallTime } = zoneClock(column.timeZone ?? 'UTC')!
    const decimals = decimalsOf(column)
    const length = decimals === 0 ? 19 : 20 + decimals
    return (value) => {
      const iso = typeof value === 'string' ? wallClock(value, wallTime) : { refused: 'is no time' }
      return typeof iso === 'string' ? `${iso.slice(0, DAY_LENGTH)} ${iso.slice(DAY_LENGTH + 1, length)}` : iso
    }
  },
  date: ({ timeZone }) => {
    const { wallTime } = zoneClock(timeZone ?? 'UTC')!
    return (value) => {
      if (typeof value !== 'string') return { refused: 'is no day' }
      // A day that was written as one, such as a birthday, is the same everywhere.
      const iso = wallClock(value, value.length === DAY_LENGTH ? unmoved : wallTime)
      return typeof iso === 'string' ? iso.slice(0, DAY_LENGTH) : iso
    }
  },
  json: () => canonicalJson,
}

/** An id that is joined by: two that MySQL holds as one would lead to each other's rows. */
function exactText(value: unknown): string | ValueRefusal {
  if (typeof value === 'string' && hasLoneSurrogate(value)) return { refused: HALF_A_PAIR }
  return plainText(value)
}

/** What is said to people is mirrored without the characters that are broken, as the driver would send it. */
function plainText(value: unknown): string | ValueRefusal {
  if (typeof value === 'string') return withoutLoneSurrogates(value)
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : { refused: 'is no text' }
}

function wholeNumber(value: unknown): number | ValueRefusal {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : { refused: 'is no integer' }
}

/** Minor units as major ones, by moving the point: a division would not be exact. */
function amountText(value: unknown, decimals: number): string | ValueRefusal {
  const units = wholeNumber(value)
  return typeof units === 'number' ? withPoint(Math.abs(units), decimals, units < 0) : units
}

/** Rounded half away from zero as MySQL does, from the shortest decimal form of the double. */
function decimalText(value: number, decimals: number): string | ValueRefusal {
  const size = Math.abs(value)
  if (!(size <= MAX_DECIMAL)) return { refused: `is too large for DECIMAL(18,${decimals})` }
  const units = size < 1e-4 ? 0 : Math.round(Number(`${size}e${decimals}`))
  return withPoint(units, decimals, value < 0)
}

function withPoint(units: number, decimals: number, isNegative: boolean): string {
  const digits = String(units).padStart(decimals + 1, '0')
  const sign = isNegative && units > 0 ? '-' : ''
  if (decimals === 0) return sign + digits
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

/** ISO 8601 by the clock of a zone. A time without a zone is refused: it would depend on where the node runs. */
function wallClock(text: string, wallTime: (instant: number) => number): string | ValueRefusal {
  const instant = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(instant)) return NO_TIME
  const utc = new Date(instant).toISOString()
  // JavaScript reads 30 February as 1 March; with the zone Z the two texts must agree.
  const isInUtc = text.endsWith('Z') || text.length === DAY_LENGTH
  if (isInUtc && utc.slice(0, DAY_LENGTH) !== text.slice(0, DAY_LENGTH)) return { refused: 'is no day of the calendar' }
  const wall = wallTime(instant)
  const iso = wall === instant ? utc : new Date(wall).toISOString()
  return iso.length === utc.length && iso.length === 24 ? iso : { refused: 'lies outside the years 0 to 9999' }
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

function unmoved(instant: number): number {
  return instant
}
