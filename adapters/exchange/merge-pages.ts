/** One page of an exchange out of several tables, in one order. Pure. */

/** Rows of one table in the page's order, and whether it ended early, since they were long. */
export interface RowsOfTable<Row> {
  readonly rows: readonly Row[]
  readonly isCut: boolean
}

/**
 * @param limit rows; each table has given as many if it has them
 * @returns also whether more rows may follow
 */
export function mergePages<Row>(
  tables: readonly RowsOfTable<Row>[],
  limit: number,
  orderOf: (row: Row) => number,
): { rows: Row[]; more: boolean } {
  // What a table that ended early has not given may come before what the others have given.
  const ends = tables.flatMap(({ rows, isCut }) => (isCut ? orderOf(rows.at(-1)!) : []))
  const end = Math.min(...ends)
  const rows = tables.flatMap((table) => table.rows.filter((row) => orderOf(row) <= end))
  const more = rows.length >= limit || ends.length > 0
  return { rows: rows.toSorted((a, b) => orderOf(a) - orderOf(b)).slice(0, limit), more }
}
