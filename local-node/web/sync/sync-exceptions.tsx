/** What was refused on its way and waits for a person: which document, why in words, what to do; managers act on it here. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { formatNumber, formatTime } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import type {
  DiscardOutcome,
  ExceptionPage,
  ExceptionView,
  RetryOutcome,
} from '../../../schemas/protocol/exceptions.ts'
import { hashOf, type AppState } from '../frame/app-state.ts'
import { refusalInWords } from '../node/reply-words.ts'
import { documentInWords, kindInWords, remedyInWords, whyInWords } from './sync-words.ts'
import { t } from '../words.ts'

const MOST = 50

/** What happened to one, or to all of them. */
type Note =
  | { readonly kind: 'retried' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'discarded'; readonly outcome: DiscardOutcome }

interface Desk {
  readonly isManager: boolean
  readonly note: (note: Note) => void
  /** Has the node do something, then shows how things stand. */
  act<T>(path: string): Promise<T | undefined>
}

export function SyncExceptions({ state, isManager }: { state: AppState; isManager: boolean }): JSX.Element {
  const isThere = state.link.state.value.reachable === true
  const count = state.link.heard.value?.status.exceptions
  const page = useSignal<ExceptionPage | undefined>(undefined)
  const error = useSignal<{ code?: string; message: string } | undefined>(undefined)
  const note = useSignal<Note | undefined>(undefined)
  const load = async () => {
    const reply = await state.access.ask<ExceptionPage>({ method: 'GET', path: `/api/exceptions?limit=${MOST}` })
    error.value = refusalInWords(reply)
    if (reply.kind === 'done') page.value = reply.body
  }
  useEffect(() => {
    if (isThere && count !== undefined && count > 0) void load()
    else if (count === 0) page.value = undefined
  }, [isThere, count])
  const desk: Desk = {
    isManager,
    note: (said) => (note.value = said),
    act: async <T,>(path: string) => {
      error.value = undefined
      note.value = undefined
      const reply = await state.access.ask<T>({ method: 'POST', path, body: {} })
      if (reply.kind !== 'done') {
        error.value = refusalInWords(reply)
        return undefined
      }
      await load()
      return reply.body
    },
  }
  const retryAll = async () => {
    if (await desk.act('/api/exceptions/retry')) note.value = { kind: 'retried' }
  }
  const shown = page.value?.exceptions ?? []
  return (
    <section class="card stack" aria-label={t('sync.ex.title')} data-testid="sync-exceptions">
      <div class="row between">
        <h3>{t('sync.ex.title')}</h3>
        {isManager && isThere && shown.length > 1 && (
          <Button testId="exceptions-retry-all" onClick={() => void retryAll()}>
            {t('sync.ex.retry.all')}
          </Button>
        )}
      </div>
      {!isThere && <p class="muted">{t('sync.ex.away')}</p>}
      {isThere && count === 0 && <p class="muted">{t('sync.ex.none')}</p>}
      {isThere && count !== undefined && count > 0 && <p>{t('sync.ex.some', { count: formatNumber(count) })}</p>}
      {isThere && shown.length > 0 && !isManager && <p class="muted">{t('sync.ex.manager')}</p>}
      <ErrorNotice error={error.value} testId="exceptions-error" />
      {error.value && isThere && (
        <div class="row">
          <Button onClick={() => void load()}>{t('sync.ex.show')}</Button>
        </div>
      )}
      {note.value && <Said note={note.value} />}
      {shown.length > 0 && (
        <ul class="exceptions">
          {shown.map((view) => (
            <Item key={view.id} state={state} view={view} desk={desk} />
          ))}
        </ul>
      )}
      {page.value?.next !== undefined && <p class="muted">{t('sync.ex.more')}</p>}
    </section>
  )
}

function Item({ state, view, desk }: { state: AppState; view: ExceptionView; desk: Desk }): JSX.Element {
  const { collection, documentId, lastAt, waiting, direction } = view
  const sure = useSignal(false)
  const screen = collection === 'orders' || collection === 'members' ? collection : undefined
  // What a device of somebody else wrote may not have come here.
  const isHere = screen !== undefined && state[screen].byId.has(documentId)
  const retry = async () => {
    const outcome = await desk.act<RetryOutcome>(`/api/exceptions/${view.id}/retry`)
    if (!outcome) return
    const { refused } = outcome
    desk.note(refused ? { kind: 'refused', reason: whyInWords(refused) } : { kind: 'retried' })
  }
  const discard = async () => {
    const outcome = await desk.act<DiscardOutcome>(`/api/exceptions/${view.id}/discard`)
    if (outcome) desk.note({ kind: 'discarded', outcome })
    sure.value = false
  }
  return (
    <li class="stack exception" data-testid="exception-item">
      <div class="row between">
        <strong>
          {kindInWords(collection)} · {documentInWords(state, collection, documentId)}
        </strong>
        <Badge tone={waiting ? 'busy' : 'bad'}>{t(waiting ? 'sync.ex.trying' : 'sync.ex.waits')}</Badge>
      </div>
      <p>
        {t(`sync.ex.${direction}`)} {whyInWords(view)}
      </p>
      <p>{t('sync.ex.do', { text: remedyInWords(view) })}</p>
      <small class="muted">
        <code>{view.code}</code> {view.field !== undefined && `${view.field}: `}
        {view.reason} · {t('sync.ex.last', { time: formatTime(lastAt) })}
      </small>
      <div class="row">
        {isHere && (
          <a class="button button-plain" href={hashOf({ screen, id: documentId })}>
            {t('sync.ex.open')}
          </a>
        )}
        {desk.isManager && view.retry && (
          <Button testId="exception-retry" onClick={() => void retry()}>
            {t('sync.ex.retry')}
          </Button>
        )}
        {desk.isManager && view.discard && !sure.value && (
          <Button kind="quiet" testId="exception-discard" onClick={() => (sure.value = true)}>
            {t('sync.ex.discard')}
          </Button>
        )}
      </div>
      {sure.value && view.discard && (
        <div class="stack inset">
          <p>
            <strong>{t('sync.ex.discard.sure')}</strong> {t(`sync.ex.discard.${view.discard}`)}
          </p>
          <div class="row">
            <Button kind="primary" testId="exception-discard-yes" onClick={() => void discard()}>
              {t('sync.ex.discard')}
            </Button>
            <Button onClick={() => (sure.value = false)}>{t('sync.ex.cancel')}</Button>
          </div>
        </div>
      )}
    </li>
  )
}

function Said({ note }: { note: Note }): JSX.Element {
  if (note.kind === 'retried') {
    return (
      <Notice tone="good" testId="exceptions-said">
        {t('sync.ex.retry.done')}
      </Notice>
    )
  }
  if (note.kind === 'refused') {
    return (
      <Notice tone="bad" testId="exceptions-said">
        {t('sync.ex.retry.failed', { reason: note.reason })}
      </Notice>
    )
  }
  const { discarded } = note.outcome
  const copy = `data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify(note.outcome, undefined, 2))}`
  return (
    <Notice
      tone="neutral"
      testId="exceptions-said"
      action={
        <a class="button button-plain" href={copy} download={`${discarded.collection}-${discarded.id}.json`}>
          {t('sync.ex.discard.save')}
        </a>
      }
    >
      {t('sync.ex.discard.done')}
    </Notice>
  )
}
