/**
 * Figures over time as bars or lines: drawn by the page itself in its own colours, so that nothing has to be loaded for
 * it. Where nothing was heard the ground is hatched and no line is drawn. The same stands in a table behind it.
 */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { formatClock, formatDate, formatTime } from '../format.ts'
import { Table, type Column } from '../table.tsx'
import { axisEnd, gapsOf, lineParts, RANGE_SHAPES, type HistoryRange, type Slot } from './history-slots.ts'
import { s } from './sync-words.ts'

export interface ChartSeries {
  readonly key: string
  readonly label: string
  /** One for each slot. */
  readonly values: readonly (number | undefined)[]
  /** Bars of several series stand on each other. */
  readonly kind: 'bar' | 'line' | 'dashed'
  readonly tone: 'first' | 'second' | 'bad'
}

export interface ChartProps {
  readonly title: string
  /** What it shows, in a sentence: for whoever does not see it. */
  readonly label: string
  readonly range: HistoryRange
  readonly slots: readonly Slot[]
  readonly series: readonly ChartSeries[]
  readonly format: (value: number) => string
  readonly testId: string
}

/** Of the drawing, which is stretched to the room that there is. */
const HIGH = 100
/** Moments that are named below a chart, from its beginning to its end. */
const NAMED = [0, 0.25, 0.5, 0.75, 1] as const

export function Chart(props: ChartProps): JSX.Element {
  const { title, label, range, slots, series, format, testId } = props
  const pointed = useSignal<number | undefined>(undefined)
  const most = axisEnd(mostOf(slots, series))
  const count = slots.length
  const named = range === 'day' ? formatClock : formatDate
  const beginMs = slots.at(0)?.startMs ?? 0
  const shown = pointed.value ?? slots.findLastIndex(({ figures }) => figures !== undefined)
  return (
    <figure class="sync-chart" data-testid={testId}>
      <figcaption>
        <strong>{title}</strong>
        <span class="sync-keys">
          {series.map(({ key, label: name, kind, tone }) => (
            <span key={key} class={`sync-key sync-key-${kind} sync-tone-${tone}`}>
              {name}
            </span>
          ))}
        </span>
      </figcaption>
      <small class="sync-readout muted" aria-hidden="true">
        {shown >= 0 && shown < count ? readout(props, shown) : '—'}
      </small>
      <div class="sync-plot">
        <span class="sync-most" aria-hidden="true">
          {format(most)}
        </span>
        {gapsOf(slots).map(({ from, to }) => (
          <i
            key={from}
            class="sync-gap"
            style={{ left: `${(from / count) * 100}%`, width: `${((to - from) / count) * 100}%` }}
          />
        ))}
        <svg
          viewBox={`0 0 ${count} ${HIGH}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={label}
          onPointerMove={({ currentTarget, clientX }) => {
            const { left, width } = currentTarget.getBoundingClientRect()
            pointed.value = Math.min(count - 1, Math.max(0, Math.floor(((clientX - left) / width) * count)))
          }}
          onPointerLeave={() => (pointed.value = undefined)}
        >
          {series.map((one, at) => (
            <path
              key={one.key}
              class={`sync-${one.kind === 'bar' ? 'bars' : 'line'} ${one.kind === 'dashed' ? 'sync-dashed' : ''} sync-tone-${one.tone}`}
              d={one.kind === 'bar' ? bars(series.slice(0, at), one, most) : line(one, most)}
            />
          ))}
        </svg>
        {pointed.value !== undefined && (
          <i class="sync-pointed" style={{ left: `${((pointed.value + 0.5) / count) * 100}%` }} />
        )}
      </div>
      <div class="sync-times muted" aria-hidden="true">
        {NAMED.map((part) => (
          <span key={part}>{named(beginMs + part * RANGE_SHAPES[range].lengthMs)}</span>
        ))}
      </div>
      <AsTable {...props} />
    </figure>
  )
}

function AsTable({ title, slots, series, format, testId }: ChartProps): JSX.Element {
  const isOpen = useSignal(false)
  const columns: Column<number>[] = [
    { key: 'when', title: s('chart.when'), cell: (at) => whenOf(slots, at) },
    ...series.map(({ key, label, values }) => ({
      key,
      title: label,
      numeric: true,
      cell: (at: number) => (values[at] === undefined ? '—' : format(values[at])),
    })),
  ]
  const rows = slots.flatMap(({ figures }, at) => (figures ? [at] : [])).toReversed()
  return (
    <details onToggle={({ currentTarget }) => (isOpen.value = currentTarget.open)}>
      <summary data-testid={`${testId}-table`} aria-label={`${title}: ${s('chart.table')}`}>
        {s('chart.table')}
      </summary>
      {isOpen.value && <Table caption={title} columns={columns} rows={rows} rowKey={String} empty={s('chart.gap')} />}
    </details>
  )
}

function readout({ slots, series, format }: ChartProps, at: number): string {
  const when = whenOf(slots, at)
  if (!slots.at(at)?.figures) return `${when} · ${s('chart.gap')}`
  const parts = series.map(({ label, values }) => `${label} ${values[at] === undefined ? '—' : format(values[at])}`)
  return [when, ...parts].join(' · ')
}

function whenOf(slots: readonly Slot[], at: number): string {
  return formatTime(new Date(slots.at(at)?.startMs ?? 0).toISOString())
}

/** Of all bars of a slot together, and of each line. */
function mostOf(slots: readonly Slot[], series: readonly ChartSeries[]): number {
  const bars = series.filter(({ kind }) => kind === 'bar')
  const stacks = slots.map((_, at) => bars.reduce((sum, { values }) => sum + (values[at] ?? 0), 0))
  const lines = series.filter(({ kind }) => kind !== 'bar').flatMap(({ values }) => values.map((value) => value ?? 0))
  return Math.max(0, ...stacks, ...lines)
}

function bars(below: readonly ChartSeries[], { values }: ChartSeries, most: number): string {
  return values
    .map((value, at) => {
      if (value === undefined || value === 0) return ''
      const from = below.reduce((sum, one) => sum + (one.values[at] ?? 0), 0)
      const [bottom, high] = [HIGH - (from / most) * HIGH, (value / most) * HIGH]
      return `M${at + 0.1} ${round(bottom)}v${round(-high)}h0.8v${round(high)}z`
    })
    .join('')
}

function line({ values }: ChartSeries, most: number): string {
  return lineParts(values)
    .map((part) => {
      const points = part.map(({ at, value }) => `${at + 0.5} ${round(HIGH - (value / most) * HIGH)}`)
      // A value alone is a point.
      return `M${points.join('L')}${points.length === 1 ? 'h0.01' : ''}`
    })
    .join('')
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
