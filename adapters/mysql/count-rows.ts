/** Counts the rows of mirrored tables, in MySQL. */
import type { MirroredTable } from './mirrored-collection.ts'
import { LONG_STATEMENT_TIMEOUT_MS, type MysqlSession } from './mysql-session.ts'
import { quoteName } from './table-definition.ts'

export async function countRows(
  session: MysqlSession,
  tables: readonly MirroredTable[],
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { definition } of tables) {
    const sql = `SELECT COUNT(*) AS n FROM ${quoteName(definition.name)}`
    const [row] = await session.rows<{ n: number | string }>(sql, [], LONG_STATEMENT_TIMEOUT_MS)
    counts[definition.name] = Number(row?.n ?? 0)
  }
  return counts
}
