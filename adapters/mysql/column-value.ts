/**
 * A document's value as the value of a column, exactly as MySQL will hold it. What a column would hold only in part is
 * refused here, because MySQL rounds or converts some of it silently even in strict mode.
 */
import type { MirrorColumnType } from '../../schemas/mirror-mapping.ts'
import { canonicalJson } from '../../schemas/json.ts'
import { HALF_A_PAIR, hasLoneSurrogate, withoutLoneSurrogates } from './exact-key.ts'

export type SqlValue = string | number | null

export interface ValueRefusal {
  /** Completes "the value …"; never contains the value. */
  readonly refused: string
}

/** DECIMAL(18,3): what a double times 1000 still holds exactly. */
const MAX_DECIMAL = 9e12
const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/

type Converter = (value: unknown) => SqlValue | ValueRefusal

const CONVERTERS: Readonly<Record<MirrorColumnType, Converter>> = {
  key: exactText,
  text: plainText,
  longtext: plainText,
  integer: wholeNumber,
  money: wholeNumber,
  decimal: (value) => (typeof value === 'number' ? decimalText(value) : { refused: 'is no number' }),
  boolean: (value) => (typeof value === 'boolean' ? Number(value) : { refused: 'is neither true nor false' }),
  datetime: (value) => (typeof value === 'string' ? utcDatetime(value) : { refused: 'is no time' }),
  json: canonicalJson,
}

/** A missing value is NULL in every column. */
export function columnValue(type: MirrorColumnType, value: unknown): SqlValue | ValueRefusal {
  return value === undefined || value === null ? null : CONVERTERS[type](value)
}

export function isRefusal(value: SqlValue | ValueRefusal): value is ValueRefusal {
  return typeof value === 'object' && value !== null
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

/** Three places, rounded half away from zero as MySQL does, from the shortest decimal form of the double. */
function decimalText(value: number): string | ValueRefusal {
  const size = Math.abs(value)
  if (!(size <= MAX_DECIMAL)) return { refused: 'is too large for DECIMAL(18,3)' }
  const thousandths = size < 1e-4 ? 0 : Math.round(Number(`${size}e3`))
  const digits = String(thousandths).padStart(4, '0')
  return `${value < 0 && thousandths > 0 ? '-' : ''}${digits.slice(0, -3)}.${digits.slice(-3)}`
}

/** `YYYY-MM-DD HH:MM:SS.mmm` in UTC. A time without a zone is refused: it would depend on where the node runs. */
function utcDatetime(text: string): string | ValueRefusal {
  const ms = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) return { refused: 'is no ISO 8601 time with a zone' }
  const iso = new Date(ms).toISOString()
  if (iso.length !== 24) return { refused: 'lies outside the years 0 to 9999' }
  // JavaScript reads 30 February as 1 March; with the zone Z the two texts must agree.
  if (text.endsWith('Z') && iso.slice(0, 10) !== text.slice(0, 10)) return { refused: 'is no day of the calendar' }
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}`
}
