/** The chain at a glance: how many branches stand where, what headquarters holds, how far the mirror is. */
import type { JSX } from 'preact'
import { Badge, type Tone } from '../../../adapters/ui/badge.tsx'
import { formatAge, formatNumber } from '../../../adapters/ui/format.ts'
import { language } from '../../../adapters/ui/language.ts'
import { shownVerdict } from '../../../adapters/ui/shown-verdict.ts'
import type { SessionAccount } from '../../../schemas/protocol/accounts.ts'
import type { BackupStatus, CloudNodeStatus, MirrorStatus, SyncVerdict } from '../../../schemas/protocol/status.ts'
import { DEFAULT_MIRROR } from '../../../schemas/protocol/mirrors.ts'
import { VERDICT_TONES } from './branch-table.tsx'
import { Reconciliation } from './reconciliation.tsx'
import { collectionName, t } from '../words.ts'

const STATES: readonly SyncVerdict['state'][] = ['in-sync', 'behind', 'differs', 'unknown']

const MIRROR_TONES: Readonly<Record<MirrorStatus['state'], Tone>> = {
  starting: 'busy',
  running: 'good',
  waiting: 'busy',
  paused: 'unknown',
  stopped: 'bad',
  deposed: 'bad',
}

export function Overview(props: {
  status: CloudNodeStatus
  now: number
  current: boolean
  account: SessionAccount
}): JSX.Element {
  const { status, now, current, account } = props
  const shown = status.branches
    .filter(({ retired }) => !retired)
    .map((row) => shownVerdict(row.verdict, now, current).state)
  return (
    <div class="overview">
      <section class="card stack">
        <h2>{t('chain.title')}</h2>
        <ul class="tally">
          {STATES.map((state) => (
            <li key={state}>
              <strong>{formatNumber(shown.filter((other) => other === state).length)}</strong>
              <Badge tone={VERDICT_TONES[state]}>{t(`chain.${state}`)}</Badge>
            </li>
          ))}
        </ul>
        {status.exceptions > 0 && (
          <p class="bad">
            {formatNumber(status.exceptions)} {t('chain.exceptions')}
          </p>
        )}
        {status.negativeBalances > 0 && (
          <p class="bad">
            {formatNumber(status.negativeBalances)} {t('chain.negative')}
          </p>
        )}
      </section>
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
            {formatAge(status.storage.at, now)}
          </p>
        )}
        {status.backup && <Backup backup={status.backup} now={now} />}
      </section>
      {status.mirrors.length === 0 && (
        <section class="card stack">
          <h2>{t('mirror.title')}</h2>
          <p class="muted">{t('mirror.off')}</p>
        </section>
      )}
      {status.reconciliation && (
        <Reconciliation reconciliation={status.reconciliation} now={now} acts={account.role !== 'viewer'} />
      )}
      {status.mirrors.map((mirror) => (
        <Mirror key={mirror.name} mirror={mirror} now={now} current={current} />
      ))}
    </div>
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

function Mirror({ mirror, now, current }: { mirror: MirrorStatus; now: number; current: boolean }): JSX.Element {
  return (
    <section class="card stack">
      <div class="head">
        <h2>
          {t('mirror.title')} {mirror.name !== DEFAULT_MIRROR && <code>{mirror.name}</code>}
        </h2>
        <Badge tone={current ? MIRROR_TONES[mirror.state] : 'unknown'} testId="mirror-state">
          {t(`mirror.${mirror.state}`)}
        </Badge>
      </div>
      <dl class="figures two">
        <div>
          <dt>{t('mirror.lag')}</dt>
          <dd class="numeric" data-testid="mirror-lag">
            {formatNumber(mirror.lag)}
          </dd>
        </div>
        <div class={mirror.parked > 0 ? 'bad' : ''}>
          <dt>{t('mirror.parked')}</dt>
          <dd class="numeric">{formatNumber(mirror.parked)}</dd>
        </div>
        {Object.entries(mirror.rows).map(([table, rows]) => (
          <div key={table}>
            <dt>
              <code>{table}</code>
            </dt>
            <dd class="numeric">{formatNumber(rows)}</dd>
          </div>
        ))}
      </dl>
      {mirror.filling?.map(({ collection, written }) => (
        <p key={collection} class="small">
          {t('mirror.filling', {
            collection: collectionName(collection, language.value),
            written: formatNumber(written),
          })}
        </p>
      ))}
      <p class="muted small">
        {mirror.countedAt ? t('mirror.counted', { age: formatAge(mirror.countedAt, now) }) : t('mirror.uncounted')}
      </p>
      {mirror.lastError && (
        <p class={mirror.state === 'running' ? 'muted small' : 'bad small'}>
          <code>{mirror.lastError.code}</code> {mirror.lastError.message} · {formatAge(mirror.lastError.at, now)}
        </p>
      )}
    </section>
  )
}
