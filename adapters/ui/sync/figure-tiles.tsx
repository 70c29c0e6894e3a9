/** The figures of the last day; in red, and in words, where they are beyond the limits. */
import type { ComponentChildren, JSX } from 'preact'
import type { SyncFigures } from '../../../schemas/protocol/sync-log.ts'
import { formatNumber } from '../format.ts'
import { AsOf } from './as-of.tsx'
import { FIGURE_LIMITS, isTooBad } from './figure-tones.ts'
import { formatMs, formatShare, s } from './sync-words.ts'
import type { Renewed } from './use-renewed.ts'

export interface ShownBacklog {
  readonly documents: number | undefined
  readonly note?: ComponentChildren
  /** Nobody knows whether it is still so. */
  readonly isOld?: boolean
}

export function FigureTiles(props: {
  figures: Renewed<SyncFigures>
  measuresDelays: boolean
  /** Documents that wait, with what is to be said of their age. */
  backlog: ShownBacklog
}): JSX.Element {
  const { figures, measuresDelays, backlog } = props
  const { value } = figures
  const {
    successRate,
    requests = 0,
    failed = 0,
    refused = 0,
    failedLastHour,
    consecutiveFailures,
    meanDelayMs,
  } = value ?? {}
  return (
    <section class="card stack" aria-label={s('figures.title')} data-testid="sync-figures">
      <div class="sync-head">
        <h3>{s('figures.title')}</h3>
        <AsOf of={figures} />
      </div>
      <dl class="sync-tiles">
        <Tile
          title={s('figures.rate')}
          value={successRate === undefined ? undefined : formatShare(successRate)}
          isBad={isTooBad('successRate', successRate)}
          testId="figure-rate"
        >
          {value && requests === 0
            ? s('figures.rate.none')
            : value && s('figures.rate.of', { requests: formatNumber(requests), failed: formatNumber(failed) })}
          {refused > 0 && ` · ${s('figures.rate.refused', { count: formatNumber(refused) })}`}
        </Tile>
        <Tile
          title={s('figures.hour')}
          value={failedLastHour === undefined ? undefined : formatNumber(failedLastHour)}
          isBad={isTooBad('failedLastHour', failedLastHour)}
          testId="figure-hour"
        >
          {s('figures.hour.limit', { limit: FIGURE_LIMITS.failedLastHour })}
        </Tile>
        <Tile
          title={s('figures.row')}
          value={consecutiveFailures === undefined ? undefined : formatNumber(consecutiveFailures)}
          isBad={false}
          testId="figure-row"
        />
        {measuresDelays && (
          <Tile
            title={s('figures.delay')}
            value={meanDelayMs === undefined ? undefined : formatMs(meanDelayMs)}
            isBad={isTooBad('meanDelayMs', meanDelayMs)}
            testId="figure-delay"
          >
            {s(value && meanDelayMs === undefined ? 'figures.delay.none' : 'figures.delay.help')}
          </Tile>
        )}
        <Tile
          title={s('figures.backlog')}
          value={backlog.documents === undefined ? undefined : formatNumber(backlog.documents)}
          isBad={isTooBad('backlog', backlog.documents)}
          isOld={backlog.isOld === true}
          testId="figure-backlog"
        >
          {backlog.note ?? s('figures.backlog.limit', { limit: FIGURE_LIMITS.backlog })}
        </Tile>
      </dl>
    </section>
  )
}

export function Tile(props: {
  title: string
  value: string | undefined
  isBad: boolean
  isOld?: boolean
  children?: ComponentChildren
  testId: string
}): JSX.Element {
  const { title, value = '—', isBad, isOld } = props
  return (
    <div class={isBad ? 'bad' : isOld ? 'sync-old' : ''} data-testid={props.testId}>
      <dt>{title}</dt>
      <dd>
        <strong>{value}</strong>
        <small>
          {isBad && `${s('figures.tooBad')} · `}
          {props.children}
        </small>
      </dd>
    </div>
  )
}
