/** How the chain stands in a sentence, and how many branches stand where; each number shows its branches. */
import type { JSX } from 'preact'
import { formatDuration, formatNumber } from '../../../adapters/ui/format.ts'
import { language } from '../../../adapters/ui/language.ts'
import { BRANCH_STANDINGS, type BranchStanding } from '../../../schemas/branch-standing.ts'
import type { CloudNodeStatus } from '../../../schemas/protocol/status.ts'
import { countStandings, type BranchItem } from './branch-items.ts'
import { o } from './health-words.ts'
import { StandingBadge } from './standing-badge.tsx'

export function StandingTally(props: {
  items: readonly BranchItem[]
  status: CloudNodeStatus
  current: boolean
  /** How old the status is. */
  ageMs: number
  chosen: BranchStanding | undefined
  onChoose: (standing: BranchStanding | undefined) => void
}): JSX.Element {
  const { items, status, current, ageMs, chosen, onChoose } = props
  const counts = countStandings(items)
  const time = formatDuration(ageMs)
  const age = language.value === 'zh' ? `${time}前` : `${time} ago`
  const shown = BRANCH_STANDINGS.filter((standing) => standing !== 'off' || counts.get('off')! > 0)
  return (
    <section class="card stack" aria-label={o('chain.title')} data-testid="tally">
      <div class="sync-head">
        <h2 data-testid="chain-headline">{headline(counts, current)}</h2>
        <span class="muted small">{o(current ? 'chain.live' : 'chain.old', { age })}</span>
      </div>
      <ul class="tally">
        {shown.map((standing) => (
          <li key={standing}>
            <button
              type="button"
              aria-pressed={chosen === standing}
              data-testid={`tally-${standing}`}
              onClick={() => onChoose(chosen === standing ? undefined : standing)}
            >
              <strong>{formatNumber(counts.get(standing)!)}</strong>
              <StandingBadge standing={standing} />
            </button>
          </li>
        ))}
      </ul>
      {status.exceptions > 0 && (
        <p class="bad small">
          <a href="#/exceptions">{o('chain.exceptions', { count: formatNumber(status.exceptions) })}</a>
        </p>
      )}
      {status.negativeBalances > 0 && (
        <p class="bad small">{o('chain.negative', { count: formatNumber(status.negativeBalances) })}</p>
      )}
    </section>
  )
}

/** The gravest thing that is so. */
function headline(counts: ReadonlyMap<BranchStanding, number>, current: boolean): string {
  const of = (standing: BranchStanding) => counts.get(standing)!
  const expected = BRANCH_STANDINGS.reduce((sum, one) => (one === 'off' ? sum : sum + of(one)), 0)
  const count = formatNumber(expected)
  if (expected === 0) return o('chain.none')
  if (!current) return o('chain.unknown')
  for (const grave of ['trouble', 'silent'] as const) {
    if (of(grave) > 0) return o(`chain.${grave}`, { count: formatNumber(of(grave)), all: count })
  }
  if (of('in-sync') < expected) return o('chain.catching', { level: formatNumber(of('in-sync')), count })
  return o('chain.level', { count })
}
