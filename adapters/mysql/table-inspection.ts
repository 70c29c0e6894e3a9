/** What `information_schema` says of tables, in one shape for MySQL and MariaDB. */
import type { MysqlSession } from './mysql-session.ts'
import { placeholders } from './row-statements.ts'

export interface InspectedColumn {
  readonly name: string
  /** As `varchar(40)`, `bigint(20) unsigned`. */
  readonly type: string
  readonly dataType: string
  readonly length: number | undefined
  readonly precision: number | undefined
  readonly scale: number | undefined
  readonly charset: string | undefined
  readonly collation: string | undefined
  readonly unsigned: boolean
  readonly nullable: boolean
  /** The server computes it from others. */
  readonly generated: boolean
  /** The server sets it to the time of each change. */
  readonly followsUpdates: boolean
  readonly startsAtZero: boolean
  /** The server fills it when an insert leaves it out. */
  readonly filled: boolean
}

interface InspectedIndex {
  readonly name: string
  readonly unique: boolean
  readonly columns: readonly string[]
}

export interface InspectedTable {
  readonly name: string
  readonly kind: string
  readonly engine: string | undefined
  readonly columns: readonly InspectedColumn[]
  readonly indexes: readonly InspectedIndex[]
  /** Of this table, and of others to it. */
  readonly foreignKeys: readonly InspectedForeignKey[]
  readonly triggers: readonly string[]
}

interface InspectedForeignKey {
  readonly name: string
  /** The table that has it. */
  readonly from: string
  readonly to: string
}

type Cell = string | number | null
type Cells<Name extends string> = Readonly<Record<Name, Cell>>

/** Which of these names the session's database has, and as what. */
export async function inspectKinds(
  session: MysqlSession,
  names: readonly string[],
): Promise<ReadonlyMap<string, 'table' | 'view'>> {
  if (names.length === 0) return new Map()
  const found = await session.rows<Cells<'name' | 'kind'>>(
    'SELECT TABLE_NAME AS name, TABLE_TYPE AS kind FROM information_schema.TABLES' +
      ` WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (${placeholders(names.length)})`,
    [...names],
  )
  return new Map(found.map(({ name, kind }) => [String(name), String(kind).endsWith('VIEW') ? 'view' : 'table']))
}

/**
 * Tables by the names that a mapping has for them; missing ones are not in the map. A server that takes `Orders` and `orders`
 * for one (`lower_case_table_names`, usual on Windows and macOS) may have them in another spelling.
 */
export async function inspectMapped(
  session: MysqlSession,
  names: readonly string[],
): Promise<ReadonlyMap<string, InspectedTable>> {
  const found = await inspectTables(session, names)
  const folds = await foldsCase(session)
  return new Map(
    names.flatMap((name) => {
      const folded = name.toLowerCase()
      const same = folds ? [...found.values()].filter((table) => table.name.toLowerCase() === folded) : []
      const table = found.get(name) ?? (same.length === 1 ? same[0] : undefined)
      return table ? [[name, table]] : []
    }),
  )
}

/** Whether the server takes `Orders` and `orders` for one table. */
export async function foldsCase(session: MysqlSession): Promise<boolean> {
  const [row] = await session.rows<Cells<'caseMode'>>('SELECT @@lower_case_table_names AS caseMode')
  return Number(row?.caseMode) !== 0
}

/** Tables of the session's database by name; missing ones are not in the map. */
export async function inspectTables(
  session: MysqlSession,
  names: readonly string[],
): Promise<ReadonlyMap<string, InspectedTable>> {
  if (names.length === 0) return new Map()
  const where = `WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (${placeholders(names.length)})`
  const parameters = [...names]
  const tables = await session.rows<Cells<'name' | 'kind' | 'engine'>>(
    `SELECT TABLE_NAME AS name, TABLE_TYPE AS kind, ENGINE AS engine FROM information_schema.TABLES ${where}`,
    parameters,
  )
  const columns = await session.rows<ColumnCells>(
    'SELECT TABLE_NAME AS tableName, COLUMN_NAME AS name, COLUMN_TYPE AS type, DATA_TYPE AS dataType,' +
      ' CHARACTER_MAXIMUM_LENGTH AS length, COALESCE(NUMERIC_PRECISION, DATETIME_PRECISION) AS `precision`,' +
      ' NUMERIC_SCALE AS scale, CHARACTER_SET_NAME AS charset, COLLATION_NAME AS `collation`,' +
      ' IS_NULLABLE AS nullable, COLUMN_DEFAULT AS defaultValue, EXTRA AS extra' +
      ` FROM information_schema.COLUMNS ${where} ORDER BY TABLE_NAME, ORDINAL_POSITION`,
    parameters,
  )
  const indexParts = await session.rows<Cells<'tableName' | 'name' | 'nonUnique' | 'columnName'>>(
    'SELECT TABLE_NAME AS tableName, INDEX_NAME AS name, NON_UNIQUE AS nonUnique, COLUMN_NAME AS columnName' +
      ` FROM information_schema.STATISTICS ${where} ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`,
    parameters,
  )
  const foreignKeys = await session.rows<Cells<'name' | 'fromTable' | 'toTable'>>(
    'SELECT DISTINCT CONSTRAINT_NAME AS name, TABLE_NAME AS fromTable, REFERENCED_TABLE_NAME AS toTable' +
      ' FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL' +
      ` AND (TABLE_NAME IN (${placeholders(names.length)}) OR REFERENCED_TABLE_NAME IN (${placeholders(names.length)}))`,
    [...names, ...names],
  )
  const triggers = await session.rows<Cells<'name' | 'tableName'>>(
    'SELECT TRIGGER_NAME AS name, EVENT_OBJECT_TABLE AS tableName FROM information_schema.TRIGGERS' +
      ` WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE IN (${placeholders(names.length)}) ORDER BY 1`,
    parameters,
  )
  return new Map(
    tables.map(({ name, kind, engine }) => [
      String(name),
      {
        name: String(name),
        kind: String(kind),
        engine: textOf(engine),
        columns: columns.filter(({ tableName }) => tableName === name).map(toColumn),
        indexes: toIndexes(indexParts.filter(({ tableName }) => tableName === name)),
        foreignKeys: foreignKeys
          .filter(({ fromTable, toTable }) => fromTable === name || toTable === name)
          .map((key) => ({ name: String(key.name), from: String(key.fromTable), to: String(key.toTable) })),
        triggers: triggers.flatMap((trigger) => (trigger.tableName === name ? [String(trigger.name)] : [])),
      },
    ]),
  )
}

type ColumnCells = Cells<
  | 'tableName'
  | 'name'
  | 'type'
  | 'dataType'
  | 'length'
  | 'precision'
  | 'scale'
  | 'charset'
  | 'collation'
  | 'nullable'
  | 'defaultValue'
  | 'extra'
>

function toColumn(cells: ColumnCells): InspectedColumn {
  const nullable = cells.nullable === 'YES'
  const extra = String(cells.extra)
  // MySQL 8 says DEFAULT_GENERATED of a default that is computed.
  const generated = /\b(?:virtual|stored|persistent)\b/i.test(extra)
  return {
    name: String(cells.name),
    type: String(cells.type).toLowerCase(),
    dataType: String(cells.dataType).toLowerCase(),
    length: numberOf(cells.length),
    precision: numberOf(cells.precision),
    scale: numberOf(cells.scale),
    charset: textOf(cells.charset),
    collation: textOf(cells.collation),
    unsigned: /\bunsigned\b/i.test(String(cells.type)),
    nullable,
    generated,
    followsUpdates: /on update current_timestamp/i.test(extra),
    startsAtZero: String(cells.defaultValue).replaceAll("'", '') === '0',
    filled: nullable || generated || cells.defaultValue !== null || /auto_increment|default_generated/i.test(extra),
  }
}

function toIndexes(parts: readonly Cells<'name' | 'nonUnique' | 'columnName'>[]): InspectedIndex[] {
  const indexes = new Map<string, { name: string; unique: boolean; columns: string[] }>()
  for (const { name, nonUnique, columnName } of parts) {
    const key = String(name)
    const index = indexes.get(key) ?? { name: key, unique: Number(nonUnique) === 0, columns: [] }
    index.columns.push(String(columnName))
    indexes.set(key, index)
  }
  return [...indexes.values()]
}

function textOf(cell: Cell): string | undefined {
  return cell === null ? undefined : String(cell)
}

function numberOf(cell: Cell): number | undefined {
  return cell === null ? undefined : Number(cell)
}
