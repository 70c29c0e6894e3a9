/** What the log is searched for. Lists are taken at once, what is typed when it is whole. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { Select } from '../../../adapters/ui/select.tsx'
import { SYNC_LOG_KINDS, SYNC_OUTCOMES } from '../../../schemas/protocol/sync-log.ts'
import type { BranchRow } from '../../../schemas/protocol/status.ts'
import { branchOptions } from '../frame/branch-options.ts'
import { choose } from '../frame/place.ts'
import {
  fromLocal,
  paramsOf,
  problemOf,
  toLocal,
  withFilter,
  type LogChoice,
  type LogFilter,
  endsEarly,
} from './log-choice.ts'
import { l } from './log-words.ts'

const TYPED = ['code', 'request', 'document'] as const
/** On a phone what is found is worth more than what is rarely searched for. */
const WIDE = '(min-width: 721px)'

export function LogFilters({ choice, branches }: { choice: LogChoice; branches: readonly BranchRow[] }): JSX.Element {
  const { code = '', request = '', document = '' } = choice
  const typed = useSignal({ code, request, document })
  const asked = useSignal(false)
  const isOpen = useRef(matchMedia(WIDE).matches).current
  // A link of the list may have chosen something else.
  useEffect(() => void (typed.value = { code, request, document }), [code, request, document])
  const set = (name: LogFilter, value: string): void =>
    choose('log', withFilter({ ...choice, ...valid() }, name, value))
  const problems = TYPED.filter((name) => problemOf(name, typed.value[name]) !== undefined)
  /** What stands in a field and is whole goes with whatever is chosen next. */
  const valid = (): LogChoice =>
    Object.fromEntries(TYPED.map((name) => [name, problems.includes(name) ? choice[name] : typed.value[name].trim()]))
  const search = (event: Event): void => {
    event.preventDefault()
    asked.value = true
    if (problems.length === 0) choose('log', paramsOf({ ...choice, ...valid() }))
  }
  const any = ['', l('filter.all')] as const
  const { branch = '' } = choice
  return (
    <form class="card stack" role="search" aria-label={l('filters.title')} onSubmit={search} data-testid="log-filters">
      <div class="log-filters">
        <Select
          label={l('filter.branch')}
          value={branch}
          options={branchOptions(l('filter.all'), branches, branch)}
          testId="log-branch"
          onChange={(value) => set('branch', value)}
        />
        <Select
          label={l('filter.kind')}
          value={choice.kind ?? ''}
          options={[any, ...SYNC_LOG_KINDS.map((kind) => [kind, l(`kind.${kind}`)] as const)]}
          testId="log-kind"
          onChange={(value) => set('kind', value)}
        />
        <Select
          label={l('filter.outcome')}
          value={choice.outcome ?? ''}
          options={[any, ...SYNC_OUTCOMES.map((outcome) => [outcome, l(outcome)] as const)]}
          testId="log-outcome"
          onChange={(value) => set('outcome', value)}
        />
      </div>
      <details class="log-more" open={isOpen}>
        <summary>{l('filter.more')}</summary>
        <div class="log-filters">
          {TYPED.map((name) => {
            const problem = asked.value ? problemOf(name, typed.value[name]) : undefined
            return (
              <Field
                key={name}
                label={l(`filter.${name}`)}
                type="search"
                inputMode="search"
                value={typed.value[name]}
                hint={l(`hint.${name}`)}
                problem={problem && l(`problem.${problem}`)}
                testId={`log-${name}`}
                onInput={(text) => (typed.value = { ...typed.value, [name]: text })}
              />
            )
          })}
          <Moment name="from" choice={choice} onChange={(value) => set('from', value)} />
          <Moment name="to" choice={choice} onChange={(value) => set('to', value)} />
        </div>
      </details>
      <div class="row">
        <Button kind="primary" type="submit" testId="log-search">
          {l('filter.search')}
        </Button>
        {paramsOf(choice).size > 0 && (
          <Button kind="quiet" testId="log-clear" onClick={() => choose('log', new URLSearchParams())}>
            {l('filter.clear')}
          </Button>
        )}
      </div>
    </form>
  )
}

function Moment(props: { name: 'from' | 'to'; choice: LogChoice; onChange: (iso: string) => void }): JSX.Element {
  const id = useId()
  const isEarly = props.name === 'to' && endsEarly(props.choice)
  return (
    <div class={isEarly ? 'field field-problem' : 'field'}>
      <label for={id}>{l(`filter.${props.name}`)}</label>
      <input
        id={id}
        type="datetime-local"
        value={toLocal(props.choice[props.name])}
        data-testid={`log-${props.name}`}
        aria-invalid={isEarly}
        aria-describedby={isEarly ? `${id}-problem` : undefined}
        onChange={({ currentTarget }) => props.onChange(fromLocal(currentTarget.value))}
      />
      {isEarly && (
        <small id={`${id}-problem`} data-testid="log-to-problem">
          {l('problem.to')}
        </small>
      )}
    </div>
  )
}
