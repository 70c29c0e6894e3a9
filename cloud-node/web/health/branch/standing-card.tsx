/** Where a branch stands, in a word and a sentence; each trouble with what to do about it. */
import type { JSX } from 'preact'
import { formatAge, formatBytes, formatNumber } from '../../../../adapters/ui/format.ts'
import { RunbookLink } from '../../../../adapters/ui/sync/runbook-link.tsx'
import { formatMs } from '../../../../adapters/ui/sync/sync-words.ts'
import { branchTroubles, type BranchTrouble } from '../../../../schemas/branch-standing.ts'
import type { AlertRule } from '../../../../schemas/protocol/alerts.ts'
import type { BranchRow } from '../../../../schemas/protocol/status.ts'
import { shownStanding } from '../branch-items.ts'
import { StandingBadge } from '../standing-badge.tsx'
import { h } from './branch-words.ts'

const SECTIONS: Readonly<Record<BranchTrouble, AlertRule>> = {
  clone: 'suspected-clone',
  differs: 'differences',
  exceptions: 'exceptions',
  clock: 'clock-offset',
  disk: 'disk',
}

export function StandingCard(props: { row: BranchRow; now: number; isCurrent: boolean }): JSX.Element {
  const { row, now, isCurrent } = props
  const standing = shownStanding(row, now, isCurrent)
  const troubles = standing === 'off' ? [] : branchTroubles(row)
  return (
    <section class="card stack" aria-label={row.name} data-testid="branch-standing-card">
      <div class="head">
        <div>
          <h2>{row.name}</h2>
          <small class="muted">{row.id}</small>
        </div>
        <StandingBadge standing={standing} testId="branch-standing" />
      </div>
      <p>{h(isCurrent ? `text.${standing}` : 'text.last')}</p>
      {(troubles.length > 0 || standing === 'silent' || standing === 'behind') && (
        <ul class="branch-troubles">
          {standing === 'silent' && (
            <Trouble text={h('trouble.silent', { age: formatAge(lastHeard(row), now) })} section="silent-branch" />
          )}
          {troubles.map((trouble) => (
            <Trouble key={trouble} text={inWords(trouble, row)} section={SECTIONS[trouble]} />
          ))}
          {standing === 'behind' && troubles.length === 0 && (
            <li>
              <RunbookLink section="backlog" />
            </li>
          )}
        </ul>
      )}
    </section>
  )
}

function Trouble({ text, section }: { text: string; section: AlertRule }): JSX.Element {
  return (
    <li data-testid={`trouble-${section}`}>
      <span class="bad">{text}</span> <RunbookLink section={section} />
    </li>
  )
}

/** A branch that is silent by its lost link was heard a moment ago. */
function lastHeard({ lastHeartbeatAt = '', link }: BranchRow): string {
  return link?.state === 'lost' && link.since > lastHeartbeatAt ? link.since : lastHeartbeatAt
}

function inWords(trouble: BranchTrouble, { reported }: BranchRow): string {
  return h(`trouble.${trouble}`, {
    count: formatNumber(reported?.exceptions ?? 0),
    offset: formatMs(Math.abs(reported?.clockOffsetMs ?? 0)),
    free: formatBytes(reported?.disk?.free ?? 0),
  })
}
