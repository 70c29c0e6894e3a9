/** Headquarters' exceptions, the newest first, of all or of what is chosen. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { language } from '../../../adapters/ui/language.ts'
import { Select } from '../../../adapters/ui/select.tsx'
import type { ExceptionPage, ExceptionView } from '../../../schemas/protocol/exceptions.ts'
import type { BranchRow } from '../../../schemas/protocol/status.ts'
import { askNode } from '../frame/ask-node.ts'
import { c } from '../frame/console-words.ts'
import { branchOptions } from '../frame/branch-options.ts'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { may } from '../frame/may.tsx'
import { PagedList } from '../frame/paged-list.ts'
import { choose, place } from '../frame/place.ts'
import { collectionName } from '../words.ts'
import type { ExceptionDeskProps } from './exception-page.tsx'
import { ExceptionItem } from './exception-item.tsx'
import { exceptionChoice, LISTED_COLLECTIONS, withExceptionFilter, type ExceptionFilter } from './exception-choice.ts'
import { x } from './exception-words.ts'
import { RetryAll } from './retry-all.tsx'

const PER_PAGE = 50

export interface ExceptionListProps extends ExceptionDeskProps {
  readonly branches: readonly BranchRow[]
  /** How many wait for a person, as the node says now. */
  readonly count: number
}

export function ExceptionList(props: ExceptionListProps): JSX.Element {
  const { branches, count, account, nameOf, onSay } = props
  const filter = exceptionChoice(place.value.chosen)
  const again = useSignal(0)
  const sure = useSignal(false)
  const asked = filter.toString()
  const pages = useMemo(
    () =>
      new PagedList<ExceptionView, string>(async (after) => {
        const query = new URLSearchParams(asked)
        query.set('limit', String(PER_PAGE))
        if (after !== undefined) query.set('after', after)
        const answer = await askNode<ExceptionPage>(`/api/exceptions?${query}`)
        return answer.ok ? { ok: true, value: { items: answer.value.exceptions, next: answer.value.next } } : answer
      }),
    [asked],
  )
  useEffect(() => void pages.again(), [pages, count, again.value])
  const set = (name: ExceptionFilter, value: string): void =>
    choose('exceptions', withExceptionFilter(filter, name, value))
  const [branch, collection] = [filter.get('branch') ?? '', filter.get('collection') ?? '']
  const any = ['', x('filter.all')] as const
  const { items: list, next, busy, failure } = pages.shown.value
  return (
    <section class="card stack" aria-label={x('here.title')} data-testid="exceptions-here">
      <div class="row exception-head">
        <h2>{x('here.title')}</h2>
        {may(account, 'operator') && list?.some(({ waiting }) => !waiting) === true && (
          <Button testId="retry-all" onClick={() => (sure.value = true)}>
            {x('all.retry')}
          </Button>
        )}
      </div>
      <p class="muted">{x('here.text')}</p>
      <div class="console-bar">
        <Select
          label={x('filter.branch')}
          value={branch}
          options={branchOptions(x('filter.all'), branches, branch)}
          testId="filter-branch"
          onChange={(value) => set('branch', value)}
        />
        <Select
          label={x('filter.collection')}
          value={collection}
          options={[any, ...LISTED_COLLECTIONS.map((name) => [name, collectionName(name, language.value)] as const)]}
          testId="filter-collection"
          onChange={(value) => set('collection', value)}
        />
        <Select
          label={x('filter.state')}
          value={filter.get('waiting') ?? ''}
          options={[any, ['false', x('filter.waiting.false')], ['true', x('filter.waiting.true')]]}
          testId="filter-waiting"
          onChange={(value) => set('waiting', value)}
        />
      </div>
      <FailureNotice failure={failure} onAgain={() => void pages.again()} />
      {!list && !failure && <p role="status">{c('loading')}</p>}
      {list?.length === 0 && (
        <p data-testid="exceptions-none">{x(asked === '' ? 'here.none' : 'here.none.filtered')}</p>
      )}
      {list && list.length > 0 && (
        <ul class="exception-list">
          {list.map((view) => (
            <ExceptionItem key={view.id} view={view} branchName={nameOf(view.branchId)} />
          ))}
        </ul>
      )}
      {next !== undefined && (
        <div class="row">
          <Button testId="exceptions-more" disabled={busy} onClick={() => void pages.more()}>
            {c('more')}
          </Button>
        </div>
      )}
      {sure.value && (
        <RetryAll
          branch={branch}
          collection={collection}
          nameOf={nameOf}
          onClose={() => (sure.value = false)}
          onDone={(text) => {
            sure.value = false
            onSay({ tone: 'good', text })
            again.value += 1
          }}
        />
      )}
    </section>
  )
}
