/** The days at a glance. */
import type { JSX } from 'preact'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import type { Dashboard } from '../../../schemas/protocol/dashboards.ts'
import { dashboardOf } from './dashboard-data.ts'
import { d } from './dashboard-words.ts'
import { inCurrency, totalOf } from './figures.ts'

export function Sums({ currency }: { currency: string }): JSX.Element {
  const sales = dashboardOf('sales-by-day')
  const newcomers = dashboardOf('new-members')
  const points = dashboardOf('points')
  const inOne = sales && inCurrency(sales.rows, currency)
  const total = inOne && totalOf(inOne, 'sales')
  const orders = inOne && totalOf(inOne, 'orders')
  // Where days are missing it would be that of the others.
  const average = total === undefined || !orders || sales?.truncated ? undefined : Math.round(total / orders)
  const money = (minor: number) => formatMoney(minor, currency)
  return (
    <dl class="sums">
      {[
        ['sales', inWords(total, money, sales)] as const,
        ['orders', inWords(orders, formatNumber, sales)] as const,
        ['average', inWords(average, money)] as const,
        ['new', inWords(newcomers && totalOf(newcomers.rows, 'members'), formatNumber, newcomers)] as const,
        ['points', inWords(points && totalOf(points.rows, 'points'), formatNumber, points)] as const,
      ].map(([name, figure]) => (
        <div key={name} class="card">
          <dt>{d(`sum.${name}`)}</dt>
          <dd data-testid={`sum-${name}`}>{figure}</dd>
        </div>
      ))}
    </dl>
  )
}

/** @param of what it is the sum of, where that may not be all there */
function inWords(sum: number | undefined, format: (sum: number) => string, of?: Dashboard): string {
  if (sum === undefined) return '—'
  return of?.truncated ? d('sum.least', { figure: format(sum) }) : format(sum)
}
