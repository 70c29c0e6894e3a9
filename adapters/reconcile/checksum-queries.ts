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
  { after, to }: IdRange,
): AsyncGenerator<ReadonlyMap<string, TableChecksum>> {
  for (let from = after; ;) {
    const page = await byDocument(session, table, within(table, { after: from, to }), PAGE)
    yield page
    if (page.size < PAGE) return
    from = [...page.keys()].at(-1)!
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
function within({ idColumn }: MirroredTable, { after, to }: IdRange): { where: string; parameters: SqlValue[] } {
  const id = quoteName(idColumn)
  const first = `${id}${after === '' ? '>=' : '>'}?`
  return to === undefined
    ? { where: first, parameters: [after] }
    : { where: `${first} AND ${id}<=?`, parameters: [after, to] }
}

function toChecksum(row: ChecksumRow): TableChecksum {
  return { ...readChecksum(row), term: Number(row.term ?? 0) }
}
