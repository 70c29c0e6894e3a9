/** What a member pays with points and stored value; the balance is shown, and what is left of it checked as it is typed. */
import type { JSX } from 'preact'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import { NO_BALANCE, type Balance } from '../../../schemas/contribution.ts'
import type { AppState } from '../frame/app-state.ts'
import type { SpendingProblem } from './spending-check.ts'
import { t } from '../words.ts'

export function OrderSpending({ state, balance }: { state: AppState; balance: Balance | undefined }): JSX.Element {
  const { draft, store } = state
  const { currency } = store.session
  const { points, value } = balance ?? NO_BALANCE
  return (
    <div class="spending">
      <Field
        label={t('order.spend.points')}
        inputMode="decimal"
        value={draft.value.spendPoints ?? ''}
        hint={t('order.spend.has', { amount: t('members.points', { points: formatNumber(points) }) })}
        testId="spend-points"
        onInput={(text) => (draft.value = { ...draft.value, spendPoints: text })}
      />
      <Field
        label={t('order.spend.value', { currency })}
        inputMode="decimal"
        value={draft.value.spendValue ?? ''}
        hint={t('order.spend.has', { amount: formatMoney(value, currency) })}
        testId="spend-value"
        onInput={(text) => (draft.value = { ...draft.value, spendValue: text })}
      />
    </div>
  )
}

export function spendingProblemInWords(problem: SpendingProblem, currency: string): string {
  const money = (amount: number) => formatMoney(amount, currency)
  if (problem.kind === 'above-total') {
    return t('order.spend.above-total', { value: money(problem.value), total: money(problem.total) })
  }
  const { kind, shown, most } = problem
  const inWords = kind === 'points' ? formatNumber : money
  return t(`order.spend.low.${kind}`, { shown: inWords(shown), most: inWords(most) })
}
