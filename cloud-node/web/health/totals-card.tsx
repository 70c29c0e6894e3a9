/** What headquarters itself holds, whether it can save, and its backups. */
import type { JSX } from 'preact'
import { formatAge, formatNumber } from '../../../adapters/ui/format.ts'
import { language } from '../../../adapters/ui/language.ts'
import { RunbookLink } from '../../../adapters/ui/sync/runbook-link.tsx'
import type { BackupStatus, CloudNodeStatus } from '../../../schemas/protocol/status.ts'
import { collectionName, t } from '../words.ts'

export function TotalsCard({ status, now }: { status: CloudNodeStatus; now: number }): JSX.Element {
  return (
    <section class="card stack">
      <h2>{t('totals.title')}</h2>
      <dl class="figures">
        {Object.entries(status.collections).map(([name, { documents }]) => (
          <div key={name}>
            <dt>{collectionName(name, language.value)}</dt>
            <dd class="numeric">{formatNumber(documents)}</dd>
          </div>
        ))}
      </dl>
      {status.storage && (
        <p class="bad small" data-testid="storage">
          {t('storage.trouble')} <code>{status.storage.code}</code> {status.storage.message} ·{' '}
          {formatAge(status.storage.at, now)} <RunbookLink section={status.storage.code} />
        </p>
      )}
      {status.backup && <Backup backup={status.backup} now={now} />}
    </section>
  )
}

function Backup({ backup, now }: { backup: BackupStatus; now: number }): JSX.Element {
  const { last, lastError, state } = backup
  const size = last && `${formatNumber(Math.ceil(last.bytes / 1e6))}\u00a0MB`
  return (
    <>
      <p class="muted small" data-testid="backup">
        {last ? t('backup.last', { age: formatAge(last.at, now), size: size! }) : t('backup.none')}
        {state === 'off' && ` · ${t('backup.off')}`}
      </p>
      {lastError && (
        <p class="bad small">
          {t('backup.failed')} <code>{lastError.code}</code> {lastError.message} · {formatAge(lastError.at, now)}
        </p>
      )}
    </>
  )
}
