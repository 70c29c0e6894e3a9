/** What the charts and tables show, from the rows of the answers. Pure. */
import type { Dashboard, DashboardRow } from '../../../schemas/protocol/dashboards.ts'

/** Of a chart. */
export interface Series {
  readonly label: string
  readonly values: readonly number[]
}

export function numberIn(row: DashboardRow, column: string): number {
  return Number(row[column] ?? 0)
}

export function textIn(row: DashboardRow, column: string): string {
  return String(row[column] ?? '')
}

export function totalOf(rows: readonly DashboardRow[], column: string): number {
  return rows.reduce((sum, row) => sum + numberIn(row, column), 0)
}

/** A branch's name, its id where it has none. */
export function branchOf(row: DashboardRow): string {
  return textIn(row, 'branch_name') || textIn(row, 'branch_id')
}

/** The currencies that occur, that of most orders first. */
export function currenciesOf(sales: Dashboard | undefined): readonly string[] {
  const orders = sumBy(sales?.rows ?? [], (row) => textIn(row, 'currency'), 'orders')
  return [...orders].toSorted(([, a], [, b]) => b - a).map(([currency]) => currency)
}

export function inCurrency(rows: readonly DashboardRow[], currency: string): readonly DashboardRow[] {
  return rows.filter((row) => row['currency'] === currency)
}

/** In the order in which the keys occur. */
export function sumBy(
  rows: readonly DashboardRow[],
  keyOf: (row: DashboardRow) => string,
  column: string,
): Map<string, number> {
  const sums = new Map<string, number>()
  for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + numberIn(row, column))
  return sums
}

/**
 * Each branch's figure of each day, the largest branches by themselves and the others together.
 *
 * @param most series at all @param others what the rest is called
 */
export function seriesByBranch(
  rows: readonly DashboardRow[],
  days: readonly string[],
  column: string,
  { most, others }: { most: number; others: string },
): Series[] {
  const totals = [...sumBy(rows, (row) => textIn(row, 'branch_id'), column)].toSorted(([, a], [, b]) => b - a)
  // By their ids: a branch has the same colour in every chart that shows the same branches.
  const alone = (totals.length > most ? totals.slice(0, most - 1) : totals).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const nameOf = new Map(rows.map((row) => [textIn(row, 'branch_id'), branchOf(row)]))
  const places = new Map(alone.map(([id], at) => [id, at]))
  const placeOfDay = new Map(days.map((day, at) => [day, at]))
  const series = alone.map(([id]) => ({ label: nameOf.get(id)!, values: days.map(() => 0) }))
  if (totals.length > alone.length) series.push({ label: others, values: days.map(() => 0) })
  for (const row of rows) {
    const day = placeOfDay.get(textIn(row, 'day'))
    const { values } = series[places.get(textIn(row, 'branch_id')) ?? series.length - 1]!
    if (day !== undefined) values[day]! += numberIn(row, column)
  }
  return series
}

/** Rows of one key as one, with the sums of some columns; the rest is that of the first. */
export function groupRows(
  rows: readonly DashboardRow[],
  keyOf: (row: DashboardRow) => string,
  columns: readonly string[],
): DashboardRow[] {
  const groups = new Map<string, DashboardRow>()
  for (const row of rows) {
    const before = groups.get(keyOf(row))
    const sums = columns.map((column) => [column, numberIn(row, column) + (before ? numberIn(before, column) : 0)])
    groups.set(keyOf(row), { ...(before ?? row), ...Object.fromEntries(sums) })
  }
  return [...groups.values()]
}
