/** What MySQL is asked of the rows of one table. */
import type { SqlValue } from '../mysql/column-value.ts'
import type { MirroredTable } from '../mysql/mirrored-collection.ts'
import { LONG_STATEMENT_TIMEOUT_MS, type MysqlSession } from '../mysql/mysql-session.ts'
import { placeholders } from '../mysql/row-statements.ts'
import { quoteName } from '../mysql/table-definition.ts'
import { checksumSql, readChecksum, type ChecksumRow, type RowsChecksum } from './row-checksum.ts'

/** Ids behind the first, up to the last; `''` and `undefined` for no limit. */
export interface IdRange {
  readonly after: string
  readonly to: string | undefined
  /** Where rows of deleted documents stay: those whose documents are gone for good are left out, as they are right whatever they hold. */
  readonly kept?: KeptRows | undefined
}

export interface KeptRows {
  readonly own: MirroredTable
  /** The column that marks them in it. */
  readonly flag: string
  /** Ids of the range that are deleted and not gone for good yet: their rows are looked at like all others. */
  readonly deleted: readonly string[]
}

export interface TableChecksum extends RowsChecksum {
  /** The latest in which one of the rows was written; 0 without a row. */
  readonly term: number
}

/** Documents of a page of `documentChecksums`. */
const PAGE = 1000

/** All rows of a range as one checksum. */
export async function rangeChecksum(
  session: MysqlSession,
  table: MirroredTable,
  range: IdRange,
): Promise<TableChecksum> {
  const { where, parameters } = within(table, range)
  const sql = `SELECT ${checksumSql(table)} FROM ${quoteName(table.definition.name)} WHERE ${where}`
  const [row] = await session.rows<ChecksumRow>(sql, parameters, LONG_STATEMENT_TIMEOUT_MS)
  return toChecksum(row!)
}

/** The same for each document's rows, in pages, so that rows without end take no memory without end. */
export async function* rangeByDocument(
  session: MysqlSession,
  table: MirroredTable,
  range: IdRange,
): AsyncGenerator<ReadonlyMap<string, TableChecksum>> {
  for (let { after } = range; ;) {
    const page = await byDocument(session, table, within(table, { ...range, after }), PAGE)
    yield page
    if (page.size < PAGE) return
    after = [...page.keys()].at(-1)!
  }
}

/** Of these documents, at most as many as MySQL takes parameters. */
export function documentChecksums(
  session: MysqlSession,
  table: MirroredTable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, TableChecksum>> {
  const where = `${quoteName(table.idColumn)} IN (${placeholders(ids.length)})`
  return byDocument(session, table, { where, parameters: [...ids] })
}

async function byDocument(
  session: MysqlSession,
  table: MirroredTable,
  { where, parameters }: { readonly where: string; readonly parameters: SqlValue[] },
  limit?: number,
): Promise<ReadonlyMap<string, TableChecksum>> {
  const id = quoteName(table.idColumn)
  const sql =
    `SELECT ${id} AS id, ${checksumSql(table)} FROM ${quoteName(table.definition.name)} WHERE ${where}` +
    ` GROUP BY ${id} ORDER BY ${id}${limit === undefined ? '' : ` LIMIT ${limit}`}`
  const rows = await session.rows<ChecksumRow & { id: string }>(sql, parameters, LONG_STATEMENT_TIMEOUT_MS)
  return new Map(rows.map((row) => [row.id, toChecksum(row)]))
}

/** As the mirror clears ranges; see `is-range-end.ts`. */
function within(table: MirroredTable, { after, to, kept }: IdRange): { where: string; parameters: SqlValue[] } {
  const id = quoteName(table.idColumn)
  const first = `${id}${after === '' ? '>=' : '>'}?`
  const range = to === undefined ? first : `${first} AND ${id}<=?`
  const parameters = to === undefined ? [after] : [after, to]
  if (!kept) return { where: range, parameters }
  const { where, parameters: more } = notKept(table, kept)
  return { where: `${range} AND ${where}`, parameters: [...parameters, ...more] }
}

function notKept(table: MirroredTable, { own, flag, deleted }: KeptRows): { where: string; parameters: SqlValue[] } {
  const ownId = `p.${quoteName(own.idColumn)}`
  const id = `${quoteName(table.definition.name)}.${quoteName(table.idColumn)}`
  const isGone = deleted.length === 0 ? '' : ` AND ${ownId} NOT IN (${placeholders(deleted.length)})`
  const found = `SELECT 1 FROM ${quoteName(own.definition.name)} AS p WHERE ${ownId}=${id} AND p.${quoteName(flag)}=1${isGone}`
  return { where: `NOT EXISTS (${found})`, parameters: [...deleted] }
}

function toChecksum(row: ChecksumRow): TableChecksum {
  return { ...readChecksum(row), term: Number(row.term ?? 0) }
}
