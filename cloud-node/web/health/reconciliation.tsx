/** Whether MySQL holds what the documents say, as the last comparisons found. */
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatAge, formatNumber, formatTime } from '../../../adapters/ui/format.ts'
import type { ReconcileRun, ReconciliationStatus } from '../../../schemas/protocol/reconciliation.ts'
import { post } from '../frame/session.ts'
import { t } from '../words.ts'

export function Reconciliation(props: {
  reconciliation: ReconciliationStatus
  now: number
  /** Whether whoever looks may stop a run too. */
  acts: boolean
}): JSX.Element {
  const { running, last, open, waiting, closed, next } = props.reconciliation
  return (
    <section class="card stack" data-testid="reconciliation">
      <h2>{t('reconcile.title')}</h2>
      <dl class="figures two">
        <div class={open > 0 ? 'bad' : ''}>
          <dt>{t('reconcile.open')}</dt>
          <dd class="numeric" data-testid="reconcile-open">
            {formatNumber(open)}
          </dd>
        </div>
        <div>
          <dt>{t('reconcile.closed')}</dt>
          <dd class="numeric">{formatNumber(closed)}</dd>
        </div>
      </dl>
      {waiting.map((id) => (
        <p key={id} class="bad small">
          {t('reconcile.waiting', { command: `outpost reconcile approve ${id}` })}
        </p>
      ))}
      {running && <p class="small">{t('reconcile.running', { documents: formatNumber(running.documents) })}</p>}
      {running && props.acts && <Stop key={running.id} run={running.id} />}
      <p class="muted small" data-testid="reconcile-last">
        {last ? ended(last, props.now) : t('reconcile.none')}
      </p>
      {last?.error && (
        <p class="bad small">
          <code>{last.error.code}</code> {last.error.message}
        </p>
      )}
      <p class="muted small">{t('reconcile.next', { recent: when(next.recent), all: when(next.all) })}</p>
    </section>
  )
}

function Stop({ run }: { run: number }): JSX.Element {
  const [state, setState] = useState<'ready' | 'asked' | 'failed'>('ready')
  const stop = async (): Promise<void> => {
    setState('asked')
    // Once it has ended the status says so, and this is gone.
    const answer = await post(`/api/reconcile/${run}/stop`, {}).catch(() => undefined)
    if (!answer?.ok) setState('failed')
  }
  return (
    <>
      <Button testId="reconcile-stop" disabled={state === 'asked'} onClick={() => void stop()}>
        {t('reconcile.stop')}
      </Button>
      {state === 'failed' && (
        <p class="bad small" role="alert">
          {t('reconcile.stop.failed')}
        </p>
      )}
    </>
  )
}

function ended(run: ReconcileRun, now: number): string {
  const { state, startedAt, endedAt = startedAt, documents, different, error } = run
  const age = formatAge(endedAt, now)
  if (error || state === 'failed') return t('reconcile.failed', { age })
  const words = state === 'stopped' ? 'reconcile.stopped' : 'reconcile.last'
  return t(words, { age, documents: formatNumber(documents), different: formatNumber(different) })
}

function when(at: string | undefined): string {
  return at === undefined ? t('reconcile.never') : formatTime(at)
}
