/** A column's value as the value of the document's field that it was rendered from, where that is possible at all. */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { MirrorColumn, MirrorTable } from '../../schemas/mirror-mapping.ts'
import { decimalsOf, formatConverter, isRefusal, type SqlValue, type ValueRefusal } from './column-value.ts'
import { fieldsOf, typesOf } from './mapping-fields.ts'
import { zoneClock } from './mapping-time-zone.ts'

export type Reversed = { readonly value: unknown } | ValueRefusal

/** NULL is a field that is not there. */
export type Reverser = (value: SqlValue) => Reversed

type Convert = (text: string) => unknown

const PLAIN_PATH = /^[^.^#\d][^.^#]*(?:\.[^.^#\d][^.^#]*)*$/
const NUMBERS = ['integer', 'number']
const NOTHING: Reversed = { value: undefined }
const WALL_TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,6})?$/

/** Why not, where a column cannot be taken back, to follow "as". */
export function reverserOf(
  table: MirrorTable,
  column: MirrorColumn,
  schema: CollectionDeclaration['schema'],
): Reverser | string {
  const { from, type } = column
  if (from === undefined) return 'it is from no field'
  if (column.unless || column.or) return 'it comes from several places'
  if (column.mask) return 'it shows only a part'
  if (!PLAIN_PATH.test(from)) return `${from} is no field of its own`
  const property = fieldsOf(table.each, schema)(from)
  if (typeof property === 'string') return property
  const types = typesOf(property)
  if (column.values) return valuesReverser(column, types)
  const isWhat = WANTED[type]
  if (isWhat && types.length > 0 && !types.some((one) => isWhat.includes(one))) {
    return `the field is of type ${types.join(' or ')}`
  }
  if (type === 'date' && column.timeZone !== undefined) return 'it keeps of a moment only the day'
  if (type === 'date' && property.pattern !== undefined && !new RegExp(property.pattern).test('2024-05-01')) {
    return 'it keeps of a moment only the day'
  }
  return plainReverser(CONVERTERS[type](column))
}

/** What the schema must say of the field; of JSON it may say anything. */
const WANTED: Readonly<Record<MirrorColumn['type'], readonly string[] | undefined>> = {
  key: ['string'],
  text: ['string'],
  longtext: ['string'],
  integer: NUMBERS,
  money: NUMBERS,
  amount: NUMBERS,
  decimal: NUMBERS,
  boolean: ['boolean'],
  datetime: ['string'],
  date: ['string'],
  json: undefined,
}

const asText: (column: MirrorColumn) => Convert = () => (text) => text
const asInteger: (column: MirrorColumn) => Convert = () => (text) => exactInteger(text)

/** `undefined` for what is none. */
const CONVERTERS: Readonly<Record<MirrorColumn['type'], (column: MirrorColumn) => Convert>> = {
  key: asText,
  text: asText,
  longtext: asText,
  integer: asInteger,
  money: asInteger,
  amount: (column) => {
    const decimals = decimalsOf(column)
    return (text) => minorUnits(text, decimals)
  },
  decimal: () => (text) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined),
  boolean: () => (text) => (text === '0' ? false : text === '1' ? true : undefined),
  datetime: ({ timeZone = 'UTC' }) => {
    const { instantOf } = zoneClock(timeZone)!
    return (text) => {
      const [, day, time, fraction = '.'] = WALL_TIME.exec(text) ?? []
      // Of "undefinedT…" JavaScript makes a time.
      if (day === undefined) return undefined
      const wall = Date.parse(`${day}T${time}${fraction.padEnd(4, '0').slice(0, 4)}Z`)
      const instant = Number.isNaN(wall) ? undefined : instantOf(wall)
      return instant === undefined ? undefined : new Date(instant).toISOString()
    }
  },
  date: () => (text) => (/^\d{4}-\d\d-\d\d$/.test(text) ? text : undefined),
  json: () => (text) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      return undefined
    }
  },
}

function plainReverser(convert: Convert): Reverser {
  return (held) => {
    if (held === null) return NOTHING
    const value = convert(String(held))
    return value === undefined ? { refused: 'cannot be one of the document' } : { value }
  }
}

function valuesReverser(column: MirrorColumn, types: readonly string[]): Reverser | string {
  if (column.otherwise !== undefined) return 'several values of the document become one'
  const format = formatConverter(column)
  const entries = Object.entries(column.values ?? {}).map(([key, held]) => [shown(format(held)), key] as const)
  const keys = new Map(entries)
  if (keys.size < entries.length) return 'several values of the document become one'
  if (Object.values(column.values ?? {}).includes(null)) return 'a value of the document becomes nothing'
  const [type = 'string'] = types
  return (held) => {
    if (held === null) return NOTHING
    const key = keys.get(String(held))
    if (key === undefined) return { refused: 'is none of its values' }
    if (NUMBERS.includes(type)) return { value: Number(key) }
    return { value: type === 'boolean' ? key === 'true' : key }
  }
}

/** As two values of a column are compared; a mapping has no other ones. */
function shown(held: SqlValue | ValueRefusal): string {
  return isRefusal(held) ? held.refused : String(held)
}

/** Moves the point; `undefined` where that leaves a part of the smallest unit. */
function minorUnits(text: string, decimals: number): number | undefined {
  const [, sign, whole, places = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  if (whole === undefined || /[^0]/.test(places.slice(decimals))) return undefined
  return exactInteger(`${sign}${whole}${places.slice(0, decimals).padEnd(decimals, '0')}`)
}

function exactInteger(text: string): number | undefined {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(value) ? value + 0 : undefined
}
