/** The whole page; a figure is either live or marked as old. */
import type { JSX } from 'preact'
import { Badge, type Tone } from '../../adapters/ui/badge.tsx'
import { formatAge, formatDuration } from '../../adapters/ui/format.ts'
import { nodeNow, tick, type LiveStatus, type StreamState } from '../../adapters/ui/live-status.ts'
import { Notice } from '../../adapters/ui/notice.tsx'
import type { SessionAccount } from '../../schemas/protocol/accounts.ts'
import type { CloudNodeStatus, RecoveryStatus } from '../../schemas/protocol/status.ts'
import { AccountBar } from './account-bar.tsx'
import { BranchTable } from './branch-table.tsx'
import { Overview } from './overview.tsx'
import { PageHeader } from './page-header.tsx'
import { t } from './words.ts'

const STREAM_TONES: Readonly<Record<StreamState, Tone>> = { open: 'good', connecting: 'busy', broken: 'bad' }

export function HealthPage(props: { live: LiveStatus<CloudNodeStatus>; account: SessionAccount }): JSX.Element {
  const { live, account } = props
  const stream = live.stream.value
  const heard = live.heard.value
  const current = stream === 'open'
  return (
    <>
      <PageHeader>
        <Badge tone={STREAM_TONES[stream]} testId="stream-state">
          {t(`stream.${stream}`)}
        </Badge>
        <AccountBar account={account} />
      </PageHeader>
      <main class="stack">
        {stream === 'broken' && (
          <Notice tone="bad" testId="stream-notice">
            {heard ? t('stream.notice', { age: formatDuration(tick.value - heard.atMs) }) : t('stream.never')}
          </Notice>
        )}
        {!heard && stream !== 'broken' && <p role="status">{t('loading')}</p>}
        {heard && (
          <div class={current ? 'stack' : 'stack old'}>
            {heard.status.recovery && <Recovery recovery={heard.status.recovery} now={nodeNow(heard)} />}
            <Overview status={heard.status} now={nodeNow(heard)} current={current} />
            <section class="card flush">
              <BranchTable branches={heard.status.branches} now={nodeNow(heard)} current={current} />
            </section>
          </div>
        )}
      </main>
    </>
  )
}

function Recovery({ recovery, now }: { recovery: RecoveryStatus; now: number }): JSX.Element {
  const { since, waitingFor } = recovery
  return (
    <Notice tone="bad" testId="recovery">
      {t('recovery.notice', { age: formatAge(since, now) })}{' '}
      {waitingFor.length > 0
        ? t('recovery.missing', { branches: waitingFor.slice(0, MISSING_SHOWN).join(', '), count: waitingFor.length })
        : t('recovery.none')}
    </Notice>
  )
}

/** A chain may have hundreds. */
const MISSING_SHOWN = 20
