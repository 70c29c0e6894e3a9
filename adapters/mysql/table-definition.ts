/** Tables as data, and the SQL that creates them; in the common subset of MySQL 8 and MariaDB 10.11. */
import type { MirrorColumn, MirrorColumnType, MirrorTable } from '../../schemas/mirror-mapping.ts'
import { DECIMALS, decimalsOf, TEXT_LENGTH } from './column-value.ts'

export type ColumnKind = MirrorColumnType | 'version' | 'watermark'

export interface ColumnDefinition {
  readonly name: string
  readonly kind: ColumnKind
  readonly nullable: boolean
  /** Characters of a text that has another length than usual. */
  readonly length?: number
  /** Places behind the point, where it has some. */
  readonly decimals?: number
  /** Every row has a value, so that a table which is there may demand one. */
  readonly filled?: boolean
  /** A row that another program inserts gets the version 0. */
  readonly startsAtZero?: boolean
}

export interface TableDefinition {
  readonly name: string
  readonly columns: readonly ColumnDefinition[]
  readonly key: readonly string[]
  readonly indexes: readonly (readonly string[])[]
}

/** See `row-version.ts`. */
export const VERSION_COLUMN = 'ver'

/** What both servers have; ids compare by code point, as everywhere else in Outpost. */
const KEY_COLLATION = 'utf8mb4_bin'
const TEXT_COLLATION = 'utf8mb4_unicode_520_ci'

const KEY_TEXT = `CHARACTER SET utf8mb4 COLLATE ${KEY_COLLATION}`
const PLAIN_TEXT = `CHARACTER SET utf8mb4 COLLATE ${TEXT_COLLATION}`

const SQL_TYPES: Readonly<Record<ColumnKind, (column: ColumnDefinition) => string>> = {
  key: () => `VARCHAR(128) ${KEY_TEXT}`, // as long as `ID_PROPERTY` allows
  text: (column) => `VARCHAR(${lengthOf(column)}) ${PLAIN_TEXT}`,
  longtext: () => `TEXT ${PLAIN_TEXT}`,
  integer: () => 'BIGINT',
  money: () => 'BIGINT',
  amount: ({ decimals }) => `DECIMAL(18,${decimals})`,
  decimal: ({ decimals }) => `DECIMAL(18,${decimals})`,
  boolean: () => 'TINYINT(1)',
  datetime: ({ decimals = 3 }) => (decimals === 0 ? 'DATETIME' : `DATETIME(${decimals})`),
  date: () => 'DATE',
  json: () => `LONGTEXT ${KEY_TEXT}`,
  version: () => 'BIGINT UNSIGNED',
  // A timestamp, as it is one moment for sessions of every time zone.
  watermark: () => 'TIMESTAMP(3)',
}

/** Bytes that a column takes in an index; texts of unlimited length take a prefix. */
const INDEX_BYTES: Readonly<Record<Exclude<ColumnKind, 'text'>, number>> = {
  key: 512,
  longtext: 1020,
  integer: 8,
  money: 8,
  amount: 9,
  decimal: 9,
  boolean: 1,
  datetime: 7,
  date: 3,
  json: 1020,
  version: 8,
  watermark: 7,
}
export const COLUMN_TYPE_NAMES: readonly string[] = Object.keys(SQL_TYPES).filter(
  (kind) => kind !== 'version' && kind !== 'watermark',
)
/** InnoDB's limit for ROW_FORMAT=DYNAMIC. */
const MAX_INDEX_BYTES = 3072

export function isColumnType(type: string): type is MirrorColumnType {
  return COLUMN_TYPE_NAMES.includes(type)
}

export function tableDefinition(table: MirrorTable): TableDefinition {
  const columns: ColumnDefinition[] = Object.entries(table.columns).map(([name, column]) => {
    const { type, length } = column
    return {
      name,
      kind: type,
      nullable: !table.key.includes(name),
      ...(length !== undefined && { length }),
      ...(DECIMALS[type] && { decimals: decimalsOf(column) }),
      ...(isFilled(column) && { filled: true }),
    }
  })
  columns.push({
    name: VERSION_COLUMN,
    kind: 'version',
    nullable: false,
    ...(table.direction === 'both' && { startsAtZero: true }),
  })
  const { watermark, indexes = [] } = table
  if (watermark !== undefined) columns.push({ name: watermark, kind: 'watermark', nullable: true })
  return {
    name: table.table,
    columns,
    key: table.key,
    indexes: watermark === undefined ? indexes : [...indexes, [watermark]],
  }
}

/** Whether no document leaves it NULL. */
function isFilled({ constant, default: otherwise, from, values = {}, otherwise: others }: MirrorColumn): boolean {
  if (constant !== undefined) return true
  return (otherwise !== undefined || from === '_deleted') && ![others, ...Object.values(values)].includes(null)
}

export function createTableSql(table: TableDefinition): string {
  const lines = [
    ...table.columns.map(columnSql),
    `PRIMARY KEY (${table.key.map(quoteName).join(', ')})`,
    ...table.indexes.map((columns) => indexSql(table, columns)),
  ]
  return (
    `CREATE TABLE IF NOT EXISTS ${quoteName(table.name)} (\n  ${lines.join(',\n  ')}\n)` +
    ` ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE ${TEXT_COLLATION}`
  )
}

export function addColumnSql(table: TableDefinition, column: ColumnDefinition): string {
  return `ALTER TABLE ${quoteName(table.name)} ADD COLUMN ${columnSql(column)}`
}

export function addIndexSql(table: TableDefinition, columns: readonly string[]): string {
  return `ALTER TABLE ${quoteName(table.name)} ADD ${indexSql(table, columns)}`
}

/** For a version column of a table that other programs write too from now on. */
export function startAtZeroSql(table: TableDefinition): string {
  return `ALTER TABLE ${quoteName(table.name)} ALTER COLUMN ${quoteName(VERSION_COLUMN)} SET DEFAULT 0`
}

/** Of the server, without what it takes as well; for those who make the column. */
export function columnTypeSql(column: ColumnDefinition): string {
  return SQL_TYPES[column.kind](column).toLowerCase()
}

export function lengthOf({ length = TEXT_LENGTH }: ColumnDefinition): number {
  return length
}

export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

function columnSql(column: ColumnDefinition): string {
  const { name, kind, nullable, startsAtZero } = column
  const sql = `${quoteName(name)} ${SQL_TYPES[kind](column)} ${nullable ? 'NULL' : 'NOT NULL'}`
  if (kind === 'watermark') return `${sql} DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)`
  return startsAtZero ? `${sql} DEFAULT 0` : sql
}

export function indexName(columns: readonly string[]): string {
  return `ix_${columns.join('_')}`.slice(0, 64)
}

function indexSql(table: TableDefinition, columns: readonly string[]): string {
  const parts = columns.map((name) => table.columns.find((column) => column.name === name)!)
  const total = parts.reduce((sum, column) => sum + indexBytes(column), 0)
  const texts = parts.filter(isLongText)
  let excess = Math.max(0, total - MAX_INDEX_BYTES)
  // Where the whole does not fit, every long text gives up the same share; the short ones, which have less, come first.
  const cut = new Map<ColumnDefinition, number>()
  for (const [i, column] of texts.toSorted((a, b) => indexBytes(a) - indexBytes(b)).entries()) {
    const given = Math.min(indexBytes(column) - 4, Math.ceil(excess / (texts.length - i)))
    excess -= given
    cut.set(column, Math.floor((indexBytes(column) - given) / 4))
  }
  const sql = parts.map((column) => {
    const characters = cut.get(column)
    const isWhole = characters === undefined || (column.kind === 'text' && characters === lengthOf(column))
    return isWhole ? quoteName(column.name) : `${quoteName(column.name)}(${characters})`
  })
  return `KEY ${quoteName(indexName(columns))} (${sql.join(', ')})`
}

function indexBytes(column: ColumnDefinition): number {
  return column.kind === 'text' ? 4 * Math.min(lengthOf(column), TEXT_LENGTH) : INDEX_BYTES[column.kind]
}

function isLongText({ kind }: ColumnDefinition): boolean {
  return kind === 'text' || kind === 'longtext' || kind === 'json'
}
