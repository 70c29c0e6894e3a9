/** What is known of a table of a legacy database that a mapping reads, and the SQL that follows from it. */
import { quoteName } from '../mysql/table-definition.ts'
import type { PreparedImport } from '../import/prepared-import.ts'

export interface LegacyColumn {
  readonly name: string
  /** As `information_schema` calls it. */
  readonly dataType: string
  /** The same with its width, as `int(6) unsigned zerofill`. */
  readonly type: string
}

export interface LegacyPlace {
  /** The table as the server writes it. */
  readonly table: string
  /** The columns that are read, by name. */
  readonly header: readonly string[]
  /** Those of `header`, as a SELECT names them. */
  readonly select: string
  /** A unique key without NULL, by which pages are read; none for lines, which are read with their orders. */
  readonly key: readonly LegacyColumn[]
  /** The column of the row's legacy id; of a line that of its order. */
  readonly id: LegacyColumn
  readonly watermark: LegacyColumn | undefined
  /** Of an order the column of its member, where only those are wanted that orders name. */
  readonly memberId: LegacyColumn | undefined
}

export interface PreparedLegacy extends PreparedImport<LegacyPlace> {
  /** Names the mapping as it was written and filled: an import goes on only with the same. */
  readonly fingerprint: string
}

const INTEGERS: ReadonlySet<string> = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint'])
const TIMES: ReadonlySet<string> = new Set(['datetime', 'timestamp'])
const TEXTS: ReadonlySet<string> = new Set(['char', 'varchar', 'date', 'tinytext', 'text'])
const BYTES: ReadonlySet<string> = new Set(['binary', 'varbinary'])
const ZEROFILL = /\bzerofill\b/

/** Whether rows can be sought by it, and go on behind a value of it. */
export function isSeekable({ dataType }: LegacyColumn): boolean {
  return isNumber(dataType) || [TIMES, TEXTS, BYTES].some((types) => types.has(dataType))
}

/** Whether its values name a row: `nameOf` must make of them the same texts as the answer to a query has. */
export function isName(column: LegacyColumn): boolean {
  const { dataType, type } = column
  const isPadded = dataType === 'decimal' && ZEROFILL.test(type)
  return isSeekable(column) && !TIMES.has(dataType) && dataType !== 'date' && !isPadded
}

/**
 * A value of the binary log as the answer to a query has it. The log has numbers without the zeros that `ZEROFILL` puts
 * in front of them, and that of MySQL has `BINARY` without those at its end.
 */
export function nameOf({ dataType, type }: LegacyColumn, value: unknown): string | undefined {
  const width = Number(/\((\d+)\)/.exec(type)?.[1] ?? 0)
  if (Buffer.isBuffer(value)) return value.toString('hex').padEnd(dataType === 'binary' ? 2 * width : 0, '0')
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return undefined
  return String(value)
    .trim()
    .padStart(ZEROFILL.test(type) ? width : 0, '0')
}

export function isWatermark({ dataType }: LegacyColumn): boolean {
  return INTEGERS.has(dataType) || TIMES.has(dataType)
}

export function isTime({ dataType }: LegacyColumn): boolean {
  return TIMES.has(dataType)
}

function isNumber(dataType: string): boolean {
  return INTEGERS.has(dataType) || dataType === 'decimal'
}

export function selected(column: LegacyColumn): string {
  return BYTES.has(column.dataType) ? `LOWER(HEX(${quoteName(column.name)}))` : quoteName(column.name)
}

/** A piece of SQL with the values of its `?`. */
export interface Sql {
  readonly sql: string
  readonly values: readonly string[]
}

/** A value of a column as it was read; `undefined` for a text that can be no value of it. */
export function literal({ dataType }: LegacyColumn, text: string): Sql | undefined {
  // A quoted number would be compared as a binary fraction in columns of decimals.
  if (isNumber(dataType)) return /^-?\d{1,65}(\.\d{1,38})?$/.test(text) ? { sql: text, values: [] } : undefined
  if (BYTES.has(dataType)) return /^([\da-f]{2})+$/.test(text) ? { sql: `X'${text}'`, values: [] } : undefined
  // The session's time zone is UTC.
  return { sql: '?', values: [dataType === 'timestamp' ? text.replace(/Z$/, '') : text] }
}

/** `(a, b) > (1, 2)`, written so that both servers use the index. */
export function after(key: readonly LegacyColumn[], texts: readonly string[]): Sql {
  const values: string[] = []
  const compare = (at: number, operator: string): string => {
    const value = literal(key[at]!, texts[at]!)
    if (!value) throw new TypeError(`${key[at]!.name} cannot be ${texts[at]}`)
    values.push(...value.values)
    return `${quoteName(key[at]!.name)} ${operator} ${value.sql}`
  }
  const first = key.length > 1 ? `${compare(0, '>=')} AND ` : ''
  const steps = key.map((_, at) => {
    const equal = key.slice(0, at).map((_column, before) => compare(before, '='))
    return `(${[...equal, compare(at, '>')].join(' AND ')})`
  })
  return { sql: `${first}(${steps.join(' OR ')})`, values }
}

/** `undefined` where none of the texts can be a value. */
export function isOneOf(column: LegacyColumn, texts: readonly string[]): Sql | undefined {
  const literals = texts.map((text) => literal(column, text)).filter((one) => one !== undefined)
  if (literals.length === 0) return undefined
  const list = literals.map(({ sql }) => sql).join(', ')
  return { sql: `${quoteName(column.name)} IN (${list})`, values: literals.flatMap(({ values }) => values) }
}

export function orderBy(columns: readonly LegacyColumn[]): string {
  return `ORDER BY ${columns.map(({ name }) => quoteName(name)).join(', ')}`
}
