/** The figures of the chain against their limits; in red, and in words, where they are beyond them. */
import type { JSX } from 'preact'
import { formatNumber } from '../../../adapters/ui/format.ts'
import { AsOf } from '../../../adapters/ui/sync/as-of.tsx'
import { FIGURE_LIMITS, isTooBad } from '../../../adapters/ui/sync/figure-tones.ts'
import { Tile } from '../../../adapters/ui/sync/figure-tiles.tsx'
import { formatMs, formatShare } from '../../../adapters/ui/sync/sync-words.ts'
import type { Renewed } from '../../../adapters/ui/sync/use-renewed.ts'
import type { ChainFigures } from '../../../schemas/protocol/chain-figures.ts'
import { chainBacklog, type BranchItem } from './branch-items.ts'
import { o } from './health-words.ts'
import { errorBudget } from './objective.ts'
import { Sparkline } from './sparkline.tsx'

export function ChainTiles(props: { figures: Renewed<ChainFigures>; items: readonly BranchItem[] }): JSX.Element {
  const { figures, items } = props
  const { all, retries } = figures.value ?? {}
  const backlog = chainBacklog(items)
  return (
    <section class="card stack" aria-label={o('slo.title')} data-testid="slo">
      <div class="sync-head">
        <h2>{o('slo.title')}</h2>
        <AsOf of={figures} />
      </div>
      <dl class="sync-tiles">
        <Tile
          title={o('slo.rate')}
          value={all?.successRate === undefined ? undefined : formatShare(all.successRate)}
          isBad={isTooBad('successRate', all?.successRate)}
          testId="slo-rate"
        >
          {all && all.requests === 0 && o('slo.rate.none')}
          {all && all.requests > 0 && <OfDay all={all} />}
        </Tile>
        <Budget all={all} />
        <Tile
          title={o('slo.delay')}
          value={all?.meanDelayMs === undefined ? undefined : formatMs(all.meanDelayMs)}
          isBad={isTooBad('meanDelayMs', all?.meanDelayMs)}
          testId="slo-delay"
        >
          {o(all && all.meanDelayMs === undefined ? 'slo.delay.none' : 'slo.delay.of')}
        </Tile>
        <Tile
          title={o('slo.hour')}
          value={all && formatNumber(all.failedLastHour)}
          isBad={isTooBad('failedLastHour', all?.failedLastHour)}
          testId="slo-hour"
        >
          {o('slo.hour.of', { limit: FIGURE_LIMITS.failedLastHour })}
        </Tile>
        <Tile
          title={o('slo.backlog')}
          value={formatNumber(backlog.documents)}
          isBad={isTooBad('backlog', backlog.documents)}
          testId="slo-backlog"
        >
          {backlogNote(backlog)}
        </Tile>
        <Tile
          title={o('slo.retries')}
          value={retries === undefined ? undefined : formatNumber(retries)}
          isBad={isTooBad('retries', retries)}
          testId="slo-retries"
        >
          {o('slo.retries.of', { limit: FIGURE_LIMITS.retries })}
        </Tile>
      </dl>
    </section>
  )
}

function OfDay({ all }: { all: ChainFigures['all'] }): JSX.Element {
  const said = { requests: formatNumber(all.requests), failed: formatNumber(all.failed) }
  return (
    <>
      {o('slo.rate.of', said)}
      {all.hours && <Sparkline label={o('slo.hours', said)} values={all.hours.requests} bad={all.hours.failed} />}
    </>
  )
}

function Budget({ all }: { all: ChainFigures['all'] | undefined }): JSX.Element {
  const budget = all && errorBudget(all)
  const left = budget && Math.max(0, budget.left)
  return (
    <Tile
      title={o('slo.budget')}
      value={left === undefined ? undefined : formatShare(left)}
      isBad={budget !== undefined && budget.left < 0}
      testId="slo-budget"
    >
      {all && !budget && o('slo.budget.none')}
      {all && budget && (
        <>
          {o('slo.budget.of', { failed: formatNumber(all.failed), allowed: formatNumber(budget.allowed) })}
          <i class="budget" aria-hidden="true">
            <i style={{ width: `${(left ?? 0) * 100}%` }} />
          </i>
        </>
      )}
    </Tile>
  )
}

function backlogNote({ silent, unheard }: ReturnType<typeof chainBacklog>): string {
  const notes = [
    ...(silent > 0 ? [o('slo.backlog.silent', { count: formatNumber(silent) })] : []),
    ...(unheard > 0 ? [o('slo.backlog.unheard', { count: formatNumber(unheard) })] : []),
  ]
  return notes.length > 0 ? notes.join(' · ') : o('slo.backlog.of', { limit: FIGURE_LIMITS.backlog })
}
