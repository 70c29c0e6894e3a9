/** The chain at a glance, and below it what it is made of; a figure is either live or says how old it is. */
import type { JSX } from 'preact'
import { FailuresByCode } from '../../../adapters/ui/sync/failures-by-code.tsx'
import '../../../adapters/ui/sync/sync.css'
import { useRenewed } from '../../../adapters/ui/sync/use-renewed.ts'
import type { SessionAccount } from '../../../schemas/protocol/accounts.ts'
import type { ChainFigures } from '../../../schemas/protocol/chain-figures.ts'
import type { CloudNodeStatus } from '../../../schemas/protocol/status.ts'
import { AlertsCard } from '../alerts/alerts-card.tsx'
import { askNode } from '../frame/ask-node.ts'
import { may } from '../frame/may.tsx'
import { choose, place } from '../frame/place.ts'
import { t } from '../words.ts'
import { branchItems } from './branch-items.ts'
import { BranchTable } from './branch-table.tsx'
import { ChainTiles } from './chain-tiles.tsx'
import { chosenOf, healthChoiceOf, type HealthChoice } from './health-choice.ts'
import { MirrorCard } from './mirror-card.tsx'
import { Reconciliation } from './reconciliation.tsx'
import { StandingTally } from './standing-tally.tsx'
import { TotalsCard } from './totals-card.tsx'

/** Headquarters counts them anew as often as somebody asks, for hundreds of branches. */
const FIGURES_EVERY_MS = 10_000

export interface OverviewProps {
  readonly status: CloudNodeStatus
  /** By headquarters' clock. */
  readonly now: number
  /** Whether the status comes from a stream that lives. */
  readonly current: boolean
  readonly ageMs: number
  readonly account: SessionAccount
}

export function Overview({ status, now, current, ageMs, account }: OverviewProps): JSX.Element {
  const figures = useRenewed('chain', '', askFigures, FIGURES_EVERY_MS)
  const items = branchItems(status.branches, { nowMs: now, current, figures: figures.value })
  const choice = healthChoiceOf(place.value.chosen)
  const onChoose = (next: HealthChoice): void => choose('health', chosenOf(next))
  const { value, ...read } = figures
  return (
    <>
      <StandingTally
        items={items}
        status={status}
        current={current}
        ageMs={ageMs}
        chosen={choice.standing}
        onChoose={(standing) => onChoose({ ...choice, standing, page: 0 })}
      />
      <AlertsCard status={status} now={now} account={account} />
      <ChainTiles figures={figures} items={items} />
      <BranchTable items={items} choice={choice} onChoose={onChoose} now={now} />
      <div class="overview">
        <FailuresByCode
          figures={{ ...read, ...(value && { value: value.all }) }}
          hrefOf={(code) => `#/log?${new URLSearchParams({ code }).toString()}`}
        />
        <TotalsCard status={status} now={now} />
        {status.mirrors.length === 0 && (
          <section class="card stack">
            <h2>{t('mirror.title')}</h2>
            <p class="muted">{t('mirror.off')}</p>
          </section>
        )}
        {status.mirrors.map((mirror) => (
          <MirrorCard key={mirror.name} mirror={mirror} now={now} current={current} />
        ))}
        {status.reconciliation && (
          <Reconciliation reconciliation={status.reconciliation} now={now} acts={may(account, 'operator')} />
        )}
      </div>
    </>
  )
}

async function askFigures(): Promise<ChainFigures | undefined> {
  const answer = await askNode<ChainFigures>('/api/chain-figures')
  return answer.ok ? answer.value : undefined
}
