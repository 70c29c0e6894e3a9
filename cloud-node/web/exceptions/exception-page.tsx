/** One exception: what failed beside what is here, and what can be done about it. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { formatTime } from '../../../adapters/ui/format.ts'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import type { SessionAccount } from '../../../schemas/protocol/accounts.ts'
import type { ExceptionDetail } from '../../../schemas/protocol/exceptions.ts'
import { askNode, type Failure } from '../frame/ask-node.ts'
import { c } from '../frame/console-words.ts'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { LookOnly, may } from '../frame/may.tsx'
import { go, hashOf, place } from '../frame/place.ts'
import { compareStates, type ComparedField } from './compare-states.ts'
import { ExceptionActions } from './exception-actions.tsx'
import { exceptionChoice } from './exception-choice.ts'
import { documentInWords, remedyInWords, whatInWords, whyInWords } from './exception-text.ts'
import { x } from './exception-words.ts'
import type { Said } from './said-notice.tsx'

export interface ExceptionDeskProps {
  readonly account: SessionAccount
  readonly nameOf: (branch: string) => string
  readonly onSay: (said: Said) => void
}

export function ExceptionPage({ id, account, nameOf, onSay }: ExceptionDeskProps & { id: string }): JSX.Element {
  const detail = useSignal<ExceptionDetail | undefined>(undefined)
  const failure = useSignal<Failure | undefined>(undefined)
  const load = async (): Promise<void> => {
    const answer = await askNode<ExceptionDetail>(`/api/exceptions/${encodeURIComponent(id)}`)
    failure.value = answer.ok ? undefined : answer.failure
    detail.value = answer.ok ? answer.value : undefined
  }
  useEffect(() => void load(), [])
  const isGone = typeof failure.value === 'object' && failure.value.code === 'EXCEPTION_UNKNOWN'
  return (
    <>
      <div class="row">
        <a
          class="button button-plain"
          href={hashOf('exceptions', exceptionChoice(place.value.chosen))}
          data-testid="back"
        >
          ← {c('back')}
        </a>
      </div>
      {isGone && <p data-testid="exception-gone">{x('one.gone')}</p>}
      {!isGone && <FailureNotice failure={failure.value} onAgain={() => void load()} />}
      {!detail.value && !failure.value && <p role="status">{c('loading')}</p>}
      {detail.value && (
        <>
          <About detail={detail.value} branchName={nameOf(detail.value.branchId)} />
          <LookOnly account={account} needed="operator" />
          {may(account, 'operator') && (
            <ExceptionActions
              detail={detail.value}
              onDone={(said) => {
                onSay(said)
                if (said.tone === 'good') go('exceptions', exceptionChoice(place.value.chosen))
                else void load()
              }}
            />
          )}
          <States detail={detail.value} />
        </>
      )}
    </>
  )
}

function About({ detail, branchName }: { detail: ExceptionDetail; branchName: string }): JSX.Element {
  const { waiting, code, field, reason, firstAt, lastAt, tries } = detail
  return (
    <section class="card stack" aria-label={documentInWords(detail)} data-testid="exception">
      <div class="row exception-head">
        <h2>{documentInWords(detail)}</h2>
        <Badge tone={waiting ? 'busy' : 'bad'}>{x(waiting ? 'state.trying' : 'state.waits')}</Badge>
      </div>
      <p>
        {whatInWords(detail, branchName)} {whyInWords(detail)}
      </p>
      <p>
        <strong>{x('do', { text: remedyInWords(detail) })}</strong>
      </p>
      <p class="muted small">
        {x('one.reason')}: <code>{code}</code> {field !== undefined && <code>{field}</code>} {reason}
        <br />
        {x('since', { time: formatTime(firstAt) })} ·{' '}
        {x(tries === 1 ? 'last1' : 'last', { time: formatTime(lastAt), tries })} · <code>{detail.id}</code>
      </p>
    </section>
  )
}

function States({ detail }: { detail: ExceptionDetail }): JSX.Element {
  const { stored } = detail
  const fields = compareStates(detail.document, stored)
  // The same twice says nothing.
  const document = stored && !fields.some(({ differs }) => differs) ? undefined : detail.document
  if (!document && !stored) return <p class="muted">{x('one.none')}</p>
  const columns: Column<ComparedField>[] = [
    {
      key: 'field',
      title: x('one.field'),
      cell: ({ name, differs }) => (
        <div>
          <code>{name}</code>
          {differs && <small class="bad">{x('one.differs')}</small>}
        </div>
      ),
    },
  ]
  if (document)
    columns.push({ key: 'failed', title: x('one.failed'), cell: ({ failed }) => <span>{failed ?? '—'}</span> })
  if (stored)
    columns.push({ key: 'stored', title: x('one.stored'), cell: ({ stored: now }) => <span>{now ?? '—'}</span> })
  return (
    <section class="card stack compared" aria-label={x('one.states')} data-testid="states">
      <h2>{x('one.states')}</h2>
      <p class="muted small">{x('one.masked')}</p>
      <Table
        caption={x('one.states')}
        columns={columns}
        rows={fields}
        rowKey={({ name }) => name}
        rowTestId={({ name }) => `field-${name}`}
        empty="—"
      />
    </section>
  )
}
