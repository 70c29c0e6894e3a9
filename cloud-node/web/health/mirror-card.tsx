/** How far a mirror is, and what keeps it. */
import type { JSX } from 'preact'
import { Badge, type Tone } from '../../../adapters/ui/badge.tsx'
import { formatAge, formatNumber } from '../../../adapters/ui/format.ts'
import { language } from '../../../adapters/ui/language.ts'
import { RunbookLink } from '../../../adapters/ui/sync/runbook-link.tsx'
import { DEFAULT_MIRROR, type CaptureStatus } from '../../../schemas/protocol/mirrors.ts'
import type { MirrorStatus } from '../../../schemas/protocol/status.ts'
import { collectionName, t } from '../words.ts'
import { o } from './health-words.ts'

const MIRROR_TONES: Readonly<Record<MirrorStatus['state'], Tone>> = {
  starting: 'busy',
  running: 'good',
  waiting: 'busy',
  paused: 'unknown',
  stopped: 'bad',
  deposed: 'bad',
}

export function MirrorCard({
  mirror,
  now,
  current,
}: {
  mirror: MirrorStatus
  now: number
  current: boolean
}): JSX.Element {
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
      {mirror.capture && <Capture capture={mirror.capture} now={now} />}
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
          <code>{mirror.lastError.code}</code> {mirror.lastError.message} · {formatAge(mirror.lastError.at, now)}{' '}
          <RunbookLink section={mirror.lastError.code} />
        </p>
      )}
    </section>
  )
}

/** Taking changes that other programs make in the tables. */
function Capture({ capture, now }: { capture: CaptureStatus; now: number }): JSX.Element {
  const { state, reason, lost, refused = 0 } = capture
  return (
    <>
      <p class="muted small" data-testid="capture">
        {o(`capture.${state}`)}
        {reason !== undefined && ` ${reason}`}
        {refused > 0 && ` ${o('capture.refused', { count: formatNumber(refused) })}`}
      </p>
      {lost && (
        <p class="bad small">
          {o('capture.lost', { age: formatAge(lost.until, now) })} {lost.reason}
        </p>
      )}
    </>
  )
}
