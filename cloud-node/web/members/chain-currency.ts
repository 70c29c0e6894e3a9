/** The currency of stored value, asked once. */
import { signal } from '@preact/signals'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import type { Balance } from '../../../schemas/contribution.ts'
import type { DashboardList } from '../../../schemas/protocol/dashboards.ts'
import { askNode } from '../frame/ask-node.ts'
import { m } from './member-words.ts'

const currency = signal<string | undefined>(undefined)

export async function loadCurrency(): Promise<void> {
  if (currency.value !== undefined) return
  const answer = await askNode<DashboardList>('/api/dashboards')
  if (answer.ok) currency.value = answer.value.currency
}

/** Nothing is said of money whose currency is not known yet. */
export function valueInWords(value: number): string {
  return currency.value === undefined ? '…' : formatMoney(value, currency.value)
}

export function balanceInWords({ points, value }: Balance): string {
  return m('points', { points: formatNumber(points), value: valueInWords(value) })
}
