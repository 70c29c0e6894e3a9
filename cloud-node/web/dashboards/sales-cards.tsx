/** What was sold: by day, branch and product, and where the orders stand. */
import type { JSX } from 'preact'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import type { Column } from '../../../adapters/ui/table.tsx'
import type { Dashboard, DashboardRow } from '../../../schemas/protocol/dashboards.ts'
import { MOST_SERIES, type ChartProps } from './chart.tsx'
import { DashboardCard } from './dashboard-card.tsx'
import { daysOf, type Choice } from './dashboard-choice.ts'
import { d, nameOf } from './dashboard-words.ts'
import { branchOf, groupRows, inCurrency, numberIn, seriesByBranch, textIn } from './figures.ts'
import { longDay, shortDay, shortMoney, shortName, shortNumber } from './short-figures.ts'

/** Bars; the table has more. */
const PRODUCTS_DRAWN = 10
const BRANCHES_DRAWN = 15
const STATUSES = ['created', 'paid', 'fulfilled', 'closed', 'refunded', 'cancelled', 'conflicted']

export function SalesCards({ choice, currency }: { choice: Choice; currency: string }): JSX.Element {
  const inOne = ({ rows }: Dashboard) => inCurrency(rows, currency)
  const money = (column: string) => (row: DashboardRow) => formatMoney(numberIn(row, column), currency)
  const salesColumns = (first: Column<DashboardRow>): Column<DashboardRow>[] => [
    first,
    { key: 'orders', title: d('col.orders'), numeric: true, cell: (row) => formatNumber(numberIn(row, 'orders')) },
    { key: 'sales', title: d('col.sales'), numeric: true, cell: money('sales') },
  ]
  const byBranch = (dashboard: Dashboard) =>
    groupRows(inOne(dashboard), (row) => textIn(row, 'branch_id'), ['orders', 'sales']).toSorted(
      (a, b) => numberIn(b, 'sales') - numberIn(a, 'sales'),
    )
  const byStatus = (dashboard: Dashboard) =>
    groupRows(inOne(dashboard), (row) => textIn(row, 'status'), ['orders', 'total']).toSorted(
      (a, b) => STATUSES.indexOf(textIn(a, 'status')) - STATUSES.indexOf(textIn(b, 'status')),
    )
  const asMoney = {
    format: (value: number) => formatMoney(value, currency),
    formatShort: (value: number) => shortMoney(value, currency),
  }
  return (
    <>
      <DashboardCard
        name="sales-by-day"
        choice={choice}
        wide
        rowsOf={inOne}
        chart={(rows, { from, to }) => {
          const days = daysOf(from, to)
          const series = seriesByBranch(rows, days, 'sales', { most: MOST_SERIES, others: d('others') })
          return {
            ...asMoney,
            categories: days.map(shortDay),
            series,
            label: labelByDay('sales-by-day', days, series, asMoney.format),
          }
        }}
        columns={[
          { key: 'day', title: d('col.day'), cell: (row) => longDay(textIn(row, 'day')) },
          ...salesColumns({ key: 'branch', title: d('col.branch'), cell: branchOf }),
        ]}
        rowKey={(row) => `${textIn(row, 'day')} ${textIn(row, 'branch_id')}`}
      />
      {choice.branch === undefined && (
        <DashboardCard
          name="sales-by-day"
          as="sales-by-branch"
          choice={choice}
          rowsOf={byBranch}
          chart={(rows) => ({
            ...asMoney,
            ...ranking('sales-by-branch', rows.slice(0, BRANCHES_DRAWN), branchOf, 'sales', asMoney.format),
          })}
          columns={salesColumns({ key: 'branch', title: d('col.branch'), cell: branchOf })}
          rowKey={(row) => textIn(row, 'branch_id')}
        />
      )}
      <DashboardCard
        name="sales-by-product"
        choice={choice}
        rowsOf={inOne}
        chart={(rows) => ({
          ...asMoney,
          ...ranking('sales-by-product', rows.slice(0, PRODUCTS_DRAWN), productOf, 'sales', asMoney.format),
        })}
        columns={[
          { key: 'product', title: d('col.product'), cell: productOf },
          {
            key: 'quantity',
            title: d('col.quantity'),
            numeric: true,
            cell: (row) => formatNumber(numberIn(row, 'quantity')),
          },
          ...salesColumns({ key: '', title: '', cell: () => null }).slice(1),
        ]}
        rowKey={(row) => `${textIn(row, 'product_id')} ${textIn(row, 'product_name')}`}
      />
      <DashboardCard
        name="orders-by-status"
        choice={choice}
        rowsOf={byStatus}
        chart={(rows) => ({
          format: formatNumber,
          formatShort: shortNumber,
          whole: true,
          ...ranking('orders-by-status', rows, statusOf, 'orders', formatNumber),
        })}
        columns={[
          { key: 'status', title: d('col.status'), cell: statusOf },
          {
            key: 'orders',
            title: d('col.orders'),
            numeric: true,
            cell: (row) => formatNumber(numberIn(row, 'orders')),
          },
          { key: 'total', title: d('col.total'), numeric: true, cell: money('total') },
        ]}
        rowKey={(row) => textIn(row, 'status')}
      />
    </>
  )
}

/** Rows as lying bars. */
export function ranking(
  name: 'sales-by-branch' | 'sales-by-product' | 'orders-by-status' | 'member-recency',
  rows: readonly DashboardRow[],
  nameOfRow: (row: DashboardRow) => string,
  column: string,
  format: (value: number) => string,
): Pick<ChartProps, 'categories' | 'series' | 'lying' | 'label'> {
  const values = rows.map((row) => numberIn(row, column))
  const most = rows[values.indexOf(Math.max(...values))]!
  return {
    lying: true,
    categories: rows.map((row) => shortName(nameOfRow(row))),
    series: [{ label: '', values }],
    label: d(`${name}.label`, { name: nameOfRow(most), amount: format(numberIn(most, column)) }),
  }
}

export function labelByDay(
  name: 'sales-by-day' | 'new-members',
  days: readonly string[],
  series: ChartProps['series'],
  format: (value: number) => string,
): string {
  const totals = days.map((_day, at) => series.reduce((sum, { values }) => sum + values[at]!, 0))
  const best = totals.indexOf(Math.max(...totals))
  return d(`${name}.label`, { day: longDay(days[best]!), amount: format(totals[best]!) })
}

function productOf(row: DashboardRow): string {
  return textIn(row, 'product_name') || textIn(row, 'product_id')
}

function statusOf(row: DashboardRow): string {
  return nameOf('status', textIn(row, 'status'))
}
