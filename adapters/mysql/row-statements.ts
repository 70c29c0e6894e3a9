/** The SQL that changes mirrored rows. All of it is guarded by `ver`, so an older state never overwrites a newer one. */
import type { MirroredTable } from './mirrored-collection.ts'
import { quoteName, VERSION_COLUMN } from './table-definition.ts'

const VER = quoteName(VERSION_COLUMN)

/**
 * Parameters: per row the columns' values, then the version. `ver` comes last in the update: MySQL assigns from left to
 * right, and an advanced version would make the columns after it keep their old values.
 *
 * First stands what makes MySQL refuse the row where a unique key that somebody has added leads to another document's: the
 * key would become NULL. Without it that row would be overwritten, and this one would be nowhere.
 */
export function upsertSql(table: MirroredTable, rows: number): string {
  let sizes = upserts.get(table)
  if (!sizes) upserts.set(table, (sizes = new Map()))
  let sql = sizes.get(rows)
  if (sql === undefined) sizes.set(rows, (sql = buildUpsert(table, rows)))
  return sql
}

/** Long texts of few sizes, needed for every chunk. */
const upserts = new WeakMap<MirroredTable, Map<number, string>>()

function buildUpsert(table: MirroredTable, rows: number): string {
  const columns = table.columns.map(quoteName)
  const id = quoteName(table.idColumn)
  const isOwn = table.keyPlaces.map((place) => `${columns[place]}=VALUES(${columns[place]})`).join(' AND ')
  const assignments = columns
    .filter((_column, place) => !table.keyPlaces.includes(place))
    .map((column) => `${column}=IF(VALUES(${VER})>${VER},VALUES(${column}),${column})`)
  return (
    `${insertSql(table, rows)} ON DUPLICATE KEY UPDATE ` +
    [`${id}=IF(${isOwn},${id},NULL)`, ...assignments, `${VER}=GREATEST(${VER},VALUES(${VER}))`].join(',')
  )
}

/** Where nothing may be there yet. Parameters as of `upsertSql`. */
export function insertSql(table: MirroredTable, rows: number): string {
  const columns = [...table.columns.map(quoteName), VER]
  const row = `(${columns.map(() => '?').join(',')})`
  const values = Array.from({ length: rows }, () => row).join(',')
  return `INSERT INTO ${quoteName(table.definition.name)} (${columns.join(',')}) VALUES ${values}`
}

/** Removes what documents left behind in a child table. Parameters: the documents' ids. */
export function deleteStaleSql(child: MirroredTable, own: MirroredTable, ids: number): string {
  const childId = `c.${quoteName(child.idColumn)}`
  return (
    `DELETE c FROM ${quoteName(child.definition.name)} AS c JOIN ${quoteName(own.definition.name)} AS p` +
    ` ON p.${quoteName(own.idColumn)}=${childId} WHERE ${childId} IN (${placeholders(ids)}) AND c.${VER}<p.${VER}`
  )
}

/** Removes the rows of deleted documents. Parameters: the documents' ids, then the newest version that goes. */
export function deleteRowsSql(table: MirroredTable, ids: number): string {
  return (
    `DELETE FROM ${quoteName(table.definition.name)} WHERE ${quoteName(table.idColumn)} IN (${placeholders(ids)})` +
    ` AND ${VER}<=CAST(? AS UNSIGNED)`
  )
}

/**
 * Removes whatever is there under exactly these ids, in whichever version: `a` and `a `, which are one key to MySQL, are
 * two here. Parameters: the ids, twice.
 */
export function clearRowsSql(table: MirroredTable, ids: number): string {
  const id = quoteName(table.idColumn)
  const marks = placeholders(ids)
  return `DELETE FROM ${quoteName(table.definition.name)} WHERE ${id} IN (${marks}) AND CAST(${id} AS BINARY) IN (${marks})`
}

/**
 * Removes whatever is there between two ids. Parameters: the first id and, where there is one, the last.
 *
 * @param hasFirst the first one goes too
 * @param kept the collection's own table and the column that says of its rows that they stay, with what belongs to them
 */
export function clearRangeSql(
  table: MirroredTable,
  hasFirst: boolean,
  hasEnd: boolean,
  kept?: { readonly own: MirroredTable; readonly flag: string },
): string {
  const id = `t.${quoteName(table.idColumn)}`
  const range = `${id}${hasFirst ? '>=' : '>'}?${hasEnd ? ` AND ${id}<=?` : ''}`
  const from = `DELETE t FROM ${quoteName(table.definition.name)} AS t`
  if (!kept) return `${from} WHERE ${range}`
  const flag = quoteName(kept.flag)
  if (table === kept.own) return `${from} WHERE ${range} AND NOT t.${flag}<=>1`
  const own = `${quoteName(kept.own.definition.name)} AS p ON p.${quoteName(kept.own.idColumn)}=${id} AND p.${flag}=1`
  return `${from} LEFT JOIN ${own} WHERE ${range} AND p.${flag} IS NULL`
}

/** All that is there of documents, and what MySQL takes for theirs; versions as text. Parameters: their ids. */
export function selectRowsSql(table: MirroredTable, ids: number): string {
  const kinds = new Map(table.definition.columns.map(({ name, kind }) => [name, kind]))
  const columns = table.columns.map((column) => {
    const name = quoteName(column)
    return kinds.get(column) === 'datetime' ? `CAST(${name} AS CHAR) AS ${name}` : name
  })
  const where = `${quoteName(table.idColumn)} IN (${placeholders(ids)})`
  return `SELECT ${columns.join(', ')}, CAST(${VER} AS CHAR) AS ${VER} FROM ${quoteName(table.definition.name)} WHERE ${where}`
}

export function placeholders(count: number): string {
  return Array.from({ length: count }, () => '?').join(',')
}
