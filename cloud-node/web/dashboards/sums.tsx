/** The days at a glance. */
import type { JSX } from 'preact'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import { dashboardOf } from './dashboard-data.ts'
import { d } from './dashboard-words.ts'
import { inCurrency, totalOf } from './figures.ts'

export function Sums({ currency }: { currency: string }): JSX.Element {
  const sales = dashboardOf('sales-by-day')?.rows
  const newcomers = dashboardOf('new-members')?.rows
  const points = dashboardOf('points')?.rows
  const inOne = sales && inCurrency(sales, currency)
  const total = inOne && totalOf(inOne, 'sales')
  const orders = inOne && totalOf(inOne, 'orders')
  const average = total === undefined || !orders ? undefined : Math.round(total / orders)
  const money = (minor: number | undefined) => (minor === undefined ? '—' : formatMoney(minor, currency))
  const count = (figure: number | undefined) => (figure === undefined ? '—' : formatNumber(figure))
  return (
    <dl class="sums">
      {[
        ['sales', money(total)] as const,
        ['orders', count(orders)] as const,
        ['average', money(average)] as const,
        ['new', count(newcomers && totalOf(newcomers, 'members'))] as const,
        ['points', count(points && totalOf(points, 'points'))] as const,
      ].map(([name, figure]) => (
        <div key={name} class="card">
          <dt>{d(`sum.${name}`)}</dt>
          <dd data-testid={`sum-${name}`}>{figure}</dd>
        </div>
      ))}
    </dl>
  )
}
