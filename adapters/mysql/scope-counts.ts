/** How many rows of the mirror belong to each branch alone, counted in MySQL. */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { LONG_STATEMENT_TIMEOUT_MS, type MysqlSession } from './mysql-session.ts'
import { quoteName } from './table-definition.ts'

/** Rows by scope, of the first table of every collection whose documents name the branch that owns them in a column. */
export async function countRowsByScope(
  session: MysqlSession,
  declarations: readonly CollectionDeclaration[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const { scope, mirror, merge } of declarations) {
    if (!mirror || typeof scope === 'string' || scope.field === merge.key) continue
    const columns = Object.entries(mirror[0].columns)
    const column = columns.find(([, { from, values }]) => from === scope.field && !values)?.[0]
    if (column === undefined) continue
    // Rows that are kept of deleted documents belong to nobody.
    const flag = mirror[0].keepsDeleted && columns.find(([, { from }]) => from === '_deleted')?.[0]
    const living = flag ? ` WHERE NOT ${quoteName(flag)}<=>1` : ''
    const sql = `SELECT ${quoteName(column)} AS scope, COUNT(*) AS n FROM ${quoteName(mirror[0].table)}${living} GROUP BY 1`
    for (const row of await session.rows<{ scope: string; n: number | string }>(sql, [], LONG_STATEMENT_TIMEOUT_MS)) {
      counts.set(row.scope, (counts.get(row.scope) ?? 0) + Number(row.n))
    }
  }
  return counts
}
