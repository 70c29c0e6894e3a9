/** Whether MySQL holds what the documents say, as the last comparisons found. */
import type { JSX } from 'preact'
import { formatAge, formatNumber, formatTime } from '../../../adapters/ui/format.ts'
import type { ReconcileRun, ReconciliationStatus } from '../../../schemas/protocol/reconciliation.ts'
import { t } from '../words.ts'

export function Reconciliation(props: { reconciliation: ReconciliationStatus; now: number }): JSX.Element {
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
      <p class="muted small">{last ? ended(last, props.now) : t('reconcile.none')}</p>
      {last?.error && (
        <p class="bad small">
          <code>{last.error.code}</code> {last.error.message}
        </p>
      )}
      <p class="muted small">{t('reconcile.next', { recent: when(next.recent), all: when(next.all) })}</p>
    </section>
  )
}

function ended({ state, startedAt, endedAt = startedAt, documents, different }: ReconcileRun, now: number): string {
  const age = formatAge(endedAt, now)
  if (state === 'failed' || state === 'stopped') return t('reconcile.failed', { age })
  return t('reconcile.last', { age, documents: formatNumber(documents), different: formatNumber(different) })
}

function when(at: string | undefined): string {
  return at === undefined ? t('reconcile.never') : formatTime(at)
}
