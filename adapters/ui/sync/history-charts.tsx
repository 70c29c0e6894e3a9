/** What was exchanged over a day or a quarter of a year, in a chart for each thing. */
import type { JSX } from 'preact'
import type { SyncHistory } from '../../../schemas/protocol/sync-log.ts'
import { formatBytes, formatNumber } from '../format.ts'
import { Select } from '../select.tsx'
import { AsOf } from './as-of.tsx'
import { Chart, type ChartProps, type ChartSeries } from './chart.tsx'
import { RANGES, slotsOf, type HistoryRange, type Slot } from './history-slots.ts'
import { formatMs, s } from './sync-words.ts'
import type { Renewed } from './use-renewed.ts'

type Figures = NonNullable<Slot['figures']>

export interface HistoryChartsProps {
  readonly history: Renewed<SyncHistory>
  readonly range: HistoryRange
  readonly onRange: (range: HistoryRange) => void
  /** By the node's clock, when the history was read. */
  readonly nowMs: number
  /** Delays are measured at headquarters. */
  readonly measuresDelays: boolean
}

export function HistoryCharts(props: HistoryChartsProps): JSX.Element {
  const { history, range, onRange, nowMs, measuresDelays } = props
  const slots = slotsOf(history.value ?? { buckets: [] }, range, nowMs)
  return (
    <section class="card stack" aria-label={s('charts.title')} data-testid="sync-charts">
      <div class="sync-head">
        <h3>{s('charts.title')}</h3>
        <AsOf of={history} />
        <Select
          label={s('charts.range')}
          value={range}
          options={RANGES.map((one) => [one, s(`range.${one}`)] as const)}
          testId="sync-range"
          onChange={(value) => onRange(RANGES.find((one) => one === value) ?? 'day')}
        />
      </div>
      {history.value && (
        <>
          <p class="muted small">{s('charts.each', { slot: s(`slot.${range}`) })}</p>
          <div class="sync-charts">
            {chartsOf(slots, range, measuresDelays).map((chart) => (
              <Chart key={chart.testId} {...chart} range={range} slots={slots} />
            ))}
          </div>
        </>
      )}
    </section>
  )
}

type Shown = Omit<ChartProps, 'range' | 'slots'>

function chartsOf(slots: readonly Slot[], range: HistoryRange, measuresDelays: boolean): Shown[] {
  const values = (of: (figures: Figures) => number | undefined) =>
    slots.map(({ figures }) => (figures ? of(figures) : undefined))
  const series = (
    key: 'ok' | 'failed' | 'refused' | 'sent' | 'received' | 'bytes' | 'mean' | 'max' | 'backlog',
    kind: ChartSeries['kind'],
    tone: ChartSeries['tone'],
    of: (figures: Figures) => number | undefined,
  ): ChartSeries => ({ key, label: s(`series.${key}`), kind, tone, values: values(of) })
  const sum = (of: (figures: Figures) => number) => values(of).reduce<number>((total, value) => total + (value ?? 0), 0)
  const most = (of: (figures: Figures) => number | undefined) => Math.max(0, ...values(of).map((value) => value ?? 0))
  const words = { range: s(`range.${range}`), slot: s(`slot.${range}`) }
  const isEmpty = (of: (figures: Figures) => number | undefined) => values(of).every((value) => value === undefined)
  const labelled = (label: string, of: (figures: Figures) => number | undefined) =>
    isEmpty(of) ? s('chart.empty', words) : label
  const charts: Shown[] = [
    {
      title: s('chart.requests'),
      label: labelled(
        s('chart.requests.label', {
          ...words,
          sum: formatNumber(sum(({ requests }) => requests)),
          failed: formatNumber(sum(({ failed }) => failed)),
          most: formatNumber(most(({ requests }) => requests)),
        }),
        ({ requests }) => requests,
      ),
      series: [
        series('ok', 'bar', 'first', ({ requests, failed }) => requests - failed),
        series('failed', 'bar', 'bad', ({ failed }) => failed),
        // Seldom, and then all of them.
        ...(sum(({ refused = 0 }) => refused) > 0
          ? [series('refused', 'bar', 'second', ({ refused = 0 }) => refused)]
          : []),
      ],
      format: formatNumber,
      testId: 'chart-requests',
    },
    {
      title: s('chart.documents'),
      label: labelled(
        s('chart.documents.label', {
          ...words,
          sent: formatNumber(sum(({ sent }) => sent)),
          received: formatNumber(sum(({ received }) => received)),
          most: formatNumber(most(({ sent, received }) => sent + received)),
        }),
        ({ sent }) => sent,
      ),
      series: [
        series('sent', 'bar', 'first', ({ sent }) => sent),
        series('received', 'bar', 'second', ({ received }) => received),
      ],
      format: formatNumber,
      testId: 'chart-documents',
    },
    {
      title: s('chart.backlog'),
      label: labelled(
        s('chart.backlog.label', { ...words, most: formatNumber(most(({ backlog }) => backlog)) }),
        ({ backlog }) => backlog,
      ),
      series: [series('backlog', 'line', 'first', ({ backlog }) => backlog)],
      format: formatNumber,
      testId: 'chart-backlog',
    },
    {
      title: s('chart.bytes'),
      label: labelled(
        s('chart.bytes.label', {
          ...words,
          sum: formatBytes(sum(({ bytes }) => bytes)),
          most: formatBytes(most(({ bytes }) => bytes)),
        }),
        ({ bytes }) => bytes,
      ),
      series: [series('bytes', 'bar', 'first', ({ bytes }) => bytes)],
      format: formatBytes,
      testId: 'chart-bytes',
    },
    {
      title: s('chart.times'),
      label: labelled(
        s('chart.times.label', { ...words, most: formatMs(most(({ maxMs }) => maxMs)) }),
        ({ maxMs }) => maxMs,
      ),
      series: [
        series('mean', 'line', 'first', ({ requests, meanMs }) => (requests === 0 ? undefined : meanMs)),
        series('max', 'dashed', 'second', ({ requests, maxMs }) => (requests === 0 ? undefined : maxMs)),
      ],
      format: formatMs,
      testId: 'chart-times',
    },
  ]
  if (!measuresDelays) return charts
  return [
    ...charts,
    {
      title: s('chart.delays'),
      label: labelled(
        s('chart.delays.label', { ...words, most: formatMs(most(({ maxDelayMs }) => maxDelayMs)) }),
        ({ maxDelayMs }) => maxDelayMs,
      ),
      series: [
        series('mean', 'line', 'first', ({ meanDelayMs }) => meanDelayMs),
        series('max', 'dashed', 'second', ({ maxDelayMs }) => maxDelayMs),
      ],
      format: formatMs,
      testId: 'chart-delays',
    },
  ]
}
