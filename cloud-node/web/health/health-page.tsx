/** Where each branch stands, or all that is known of one; a figure is either live or marked as old. */
import type { JSX } from 'preact'
import { formatAge, formatDuration, formatList } from '../../../adapters/ui/format.ts'
import { nodeNow, tick } from '../../../adapters/ui/live-status.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { lazyPart } from '../../../adapters/ui/lazy-part.tsx'
import type { RecoveryStatus } from '../../../schemas/protocol/status.ts'
import { LAZY_WORDS } from '../frame/lazy-room.tsx'
import { Room, type RoomProps } from '../frame/room.tsx'
import { t } from '../words.ts'
import { place } from '../frame/place.ts'
import type { BranchPageProps } from './branch/branch-page.tsx'
import { Overview } from './overview.tsx'

const BranchPage = lazyPart<BranchPageProps>(
  async () => (await import('./branch/branch-page.tsx')).BranchPage,
  LAZY_WORDS,
)

export function HealthPage({ live, account }: RoomProps): JSX.Element {
  const stream = live.stream.value
  const heard = live.heard.value
  const current = stream === 'open'
  const ageMs = heard ? Math.max(0, tick.value - heard.atMs) : 0
  const branch = place.value.chosen.get('branch')
  return (
    <Room live={live} account={account} room="health">
      {stream === 'broken' && (
        <Notice tone="bad" testId="stream-notice">
          {heard ? t('stream.notice', { age: formatDuration(ageMs) }) : t('stream.never')}
        </Notice>
      )}
      {!heard && stream !== 'broken' && <p role="status">{t('loading')}</p>}
      {heard && branch !== null && <BranchPage key={branch} live={live} account={account} id={branch} />}
      {heard && branch === null && (
        <div class={current ? 'stack' : 'stack old'}>
          {heard.status.recovery && <Recovery recovery={heard.status.recovery} now={nodeNow(heard)} />}
          <Overview status={heard.status} now={nodeNow(heard)} current={current} ageMs={ageMs} account={account} />
        </div>
      )}
    </Room>
  )
}

function Recovery({ recovery, now }: { recovery: RecoveryStatus; now: number }): JSX.Element {
  const { since, waitingFor } = recovery
  return (
    <Notice tone="bad" testId="recovery">
      {t('recovery.notice', { age: formatAge(since, now) })}{' '}
      {waitingFor.length > 0
        ? t('recovery.missing', { branches: formatList(waitingFor.slice(0, MISSING_SHOWN)), count: waitingFor.length })
        : t('recovery.none')}
    </Notice>
  )
}

/** A chain may have hundreds. */
const MISSING_SHOWN = 20
