/** Which days, which branch. Days that are chosen one by one hold once both are right. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { Select } from '../../../adapters/ui/select.tsx'
import { MOST_DASHBOARD_DAYS } from '../../../schemas/protocol/dashboards.ts'
import { isDay, PRESETS, problemOf, type Choice } from './dashboard-choice.ts'
import { d } from './dashboard-words.ts'

export interface FiltersProps {
  readonly choice: Choice
  readonly today: string
  readonly branches: readonly { readonly id: string; readonly name: string }[]
  /** One to choose from, where there are several. */
  readonly currencies: readonly string[]
  readonly currency: string
  readonly onChoose: (choice: Choice) => void
  readonly onCurrency: (currency: string) => void
}

export function DashboardFilters(props: FiltersProps): JSX.Element {
  const { choice, branches, currencies, onChoose } = props
  const rest = choice.branch === undefined ? {} : { branch: choice.branch }
  return (
    <section class="card filters">
      <fieldset class="presets">
        <legend class="legend">{d('days.legend')}</legend>
        {PRESETS.map((preset) => (
          <Button
            key={preset}
            pressed={choice.preset === preset}
            testId={`days-${preset}`}
            onClick={() => onChoose({ preset, from: '', to: '', ...rest })}
          >
            {d(`days.${preset}`)}
          </Button>
        ))}
      </fieldset>
      <Days key={`${choice.from} ${choice.to}`} {...props} />
      <Select
        label={d('branch')}
        testId="branch"
        value={choice.branch ?? ''}
        options={[['', d('branch.all')], ...branches.map(({ id, name }) => [id, name || id] as const)]}
        onChange={(branch) => {
          const { branch: _before, ...days } = choice
          onChoose(branch === '' ? days : { ...days, branch })
        }}
      />
      {currencies.length > 1 && (
        <Select
          label={d('currency')}
          testId="currency"
          value={props.currency}
          options={currencies.map((currency) => [currency, currency] as const)}
          onChange={props.onCurrency}
        />
      )}
    </section>
  )
}

function Days({ choice, today, onChoose }: FiltersProps): JSX.Element {
  const [from, setFrom] = useState(choice.from)
  const [to, setTo] = useState(choice.to)
  const problem = isDay(from) && isDay(to) ? problemOf({ from, to }, MOST_DASHBOARD_DAYS) : undefined
  const take = (next: { from: string; to: string }) => {
    if (!isDay(next.from) || !isDay(next.to) || problemOf(next, MOST_DASHBOARD_DAYS)) return
    onChoose({ ...next, ...(choice.branch !== undefined && { branch: choice.branch }) })
  }
  return (
    <div class={problem ? 'field field-problem days' : 'field days'}>
      <div class="row">
        <label>
          {d('from')}
          <input
            type="date"
            value={from}
            max={today}
            data-testid="from"
            onInput={({ currentTarget: { value } }) => setFrom(value)}
            onChange={({ currentTarget: { value } }) => take({ from: value, to })}
          />
        </label>
        <label>
          {d('to')}
          <input
            type="date"
            value={to}
            max={today}
            data-testid="to"
            onInput={({ currentTarget: { value } }) => setTo(value)}
            onChange={({ currentTarget: { value } }) => take({ from, to: value })}
          />
        </label>
      </div>
      <small aria-live="polite" data-testid="days-problem">
        {problem && d(`days.${problem}`, { days: MOST_DASHBOARD_DAYS })}
      </small>
    </div>
  )
}
