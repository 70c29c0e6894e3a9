/** Tables as data, and the SQL that creates them; in the common subset of MySQL 8 and MariaDB 10.11. */
import type { MirrorColumnType, MirrorTable } from '../../schemas/mirror-mapping.ts'

export type ColumnKind = MirrorColumnType | 'version'

export interface ColumnDefinition {
  readonly name: string
  readonly kind: ColumnKind
  readonly nullable: boolean
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

const SQL_TYPES: Readonly<Record<ColumnKind, string>> = {
  key: `VARCHAR(128) ${KEY_TEXT}`, // as long as `ID_PROPERTY` allows
  text: `VARCHAR(255) ${PLAIN_TEXT}`,
  longtext: `TEXT ${PLAIN_TEXT}`,
  integer: 'BIGINT',
  money: 'BIGINT',
  decimal: 'DECIMAL(18,3)',
  boolean: 'TINYINT(1)',
  datetime: 'DATETIME(3)',
  json: `LONGTEXT ${KEY_TEXT}`,
  version: 'BIGINT UNSIGNED',
}

/** Bytes that a column takes in an index; texts of unlimited length take a prefix. */
const INDEX_BYTES: Readonly<Record<ColumnKind, number>> = {
  key: 512,
  text: 1020,
  longtext: 1020,
  integer: 8,
  money: 8,
  decimal: 9,
  boolean: 1,
  datetime: 7,
  json: 1020,
  version: 8,
}
/** InnoDB's limit for ROW_FORMAT=DYNAMIC. */
const MAX_INDEX_BYTES = 3072

export function isColumnType(type: string): type is MirrorColumnType {
  return Object.hasOwn(SQL_TYPES, type) && type !== 'version'
}

export function tableDefinition(table: MirrorTable): TableDefinition {
  const columns = Object.entries(table.columns).map(([name, { type }]) => ({
    name,
    kind: type,
    nullable: !table.key.includes(name),
  }))
  return {
    name: table.table,
    columns: [...columns, { name: VERSION_COLUMN, kind: 'version', nullable: false }],
    key: table.key,
    indexes: table.indexes ?? [],
  }
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

export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

function columnSql({ name, kind, nullable }: ColumnDefinition): string {
  return `${quoteName(name)} ${SQL_TYPES[kind]} ${nullable ? 'NULL' : 'NOT NULL'}`
}

function indexSql(table: TableDefinition, columns: readonly string[]): string {
  const kinds = columns.map((name) => table.columns.find((column) => column.name === name)!.kind)
  const total = kinds.reduce((sum, kind) => sum + INDEX_BYTES[kind], 0)
  // Where the whole does not fit, every long text gives up the same share.
  const texts = kinds.filter(isLongText).length
  const share = texts > 0 && total > MAX_INDEX_BYTES ? Math.ceil((total - MAX_INDEX_BYTES) / texts) : 0
  const parts = columns.map((name, i) => {
    const kind = kinds[i]!
    if (!isLongText(kind)) return quoteName(name)
    const characters = Math.max(1, Math.floor((INDEX_BYTES[kind] - share) / 4))
    return kind === 'text' && characters === 255 ? quoteName(name) : `${quoteName(name)}(${characters})`
  })
  return `KEY ${quoteName(`ix_${columns.join('_')}`.slice(0, 64))} (${parts.join(', ')})`
}

function isLongText(kind: ColumnKind): boolean {
  return kind === 'text' || kind === 'longtext' || kind === 'json'
}
