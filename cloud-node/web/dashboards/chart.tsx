/** A chart in the page's colours: drawn anew when these change, and in the light ones on paper. */
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart as ChartJs,
  Legend,
  LinearScale,
  Tooltip,
  type ChartData,
  type ChartOptions,
} from 'chart.js'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Series } from './figures.ts'

ChartJs.register(BarController, BarElement, CategoryScale, LinearScale, Legend, Tooltip)

export interface ChartProps {
  /** What it shows, in a sentence: for whoever does not see it. */
  readonly label: string
  readonly categories: readonly string[]
  /** Stacked where there are several. */
  readonly series: readonly Series[]
  /** Bars lie, and the categories stand beside them. */
  readonly lying?: boolean
  /** Of a value, in full. */
  readonly format: (value: number) => string
  /** Of a value at the axis, in short. */
  readonly formatShort: (value: number) => string
  /** There is nothing between two whole numbers. */
  readonly whole?: boolean
  readonly testId: string
}

interface Palette {
  readonly series: readonly string[]
  readonly ink: string
  readonly muted: string
  readonly line: string
  readonly surface: string
}

/** More series than that are told apart by nobody. */
export const MOST_SERIES = 6
const TALL_PX = 260
/** Of a lying bar, with the space around it. */
const BAR_PX = 30

const redraws = new Set<() => void>()
const redrawAll = () => redraws.forEach((redraw) => redraw())

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawAll)
// Whoever sets the theme by hand sets it there.
new MutationObserver(redrawAll).observe(document.documentElement, { attributeFilter: ['data-theme'] })
let themeBefore: string | undefined
addEventListener('beforeprint', () => {
  themeBefore = document.documentElement.dataset['theme'] ?? ''
  document.documentElement.dataset['theme'] = 'light'
  redrawAll()
})
addEventListener('afterprint', () => {
  if (themeBefore === undefined) return
  if (themeBefore === '') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = themeBefore
  redrawAll()
})

export function Chart(props: ChartProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null)
  const shown = useRef(props)
  shown.current = props
  const chart = useRef<ChartJs<'bar', number[], string> | undefined>(undefined)
  const height = props.lying ? Math.max(TALL_PX, props.categories.length * BAR_PX + 40) : TALL_PX
  useEffect(() => {
    const draw = () => {
      const palette = paletteOf(canvas.current!)
      const data = dataOf(shown.current, palette)
      const options = optionsOf(shown.current, palette)
      const drawn = chart.current
      if (drawn) {
        drawn.data = data
        // Its own type leaves out that options may be replaced as a whole.
        Object.assign(drawn, { options })
        drawn.update('none')
      } else chart.current = new ChartJs(canvas.current!, { type: 'bar', data, options })
    }
    draw()
    redraws.add(draw)
    return () => void redraws.delete(draw)
  }, [props])
  useEffect(() => () => chart.current?.destroy(), [])
  return (
    <div class="chart" style={{ height: `${height}px` }}>
      <canvas ref={canvas} role="img" aria-label={props.label} data-testid={props.testId} />
    </div>
  )
}

function dataOf({ categories, series, lying }: ChartProps, palette: Palette): ChartData<'bar', number[], string> {
  return {
    labels: [...categories],
    datasets: series.map(({ label, values }, at) => ({
      label,
      data: [...values],
      backgroundColor: palette.series[at % palette.series.length]!,
      // Stacked bars are told apart by more than their colours.
      borderColor: palette.surface,
      borderWidth: series.length > 1 ? 1 : 0,
      borderRadius: 3,
      maxBarThickness: lying ? 26 : 44,
    })),
  }
}

function optionsOf({ series, lying, format, formatShort, whole }: ChartProps, palette: Palette): ChartOptions<'bar'> {
  const font = { family: getComputedStyle(document.body).fontFamily, size: 12 }
  const stacked = series.length > 1
  const values = {
    beginAtZero: true,
    stacked,
    grid: { color: palette.line },
    border: { display: false },
    ticks: {
      color: palette.muted,
      font,
      maxTicksLimit: 6,
      ...(whole && { precision: 0 }),
      callback: (value: string | number) => formatShort(Number(value)),
    },
  }
  const names = {
    stacked,
    grid: { display: false },
    border: { color: palette.line },
    ticks: { color: palette.muted, font, maxRotation: 0, autoSkipPadding: 12 },
  }
  return {
    indexAxis: lying ? 'y' : 'x',
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    interaction: { mode: 'index', axis: lying ? 'y' : 'x', intersect: false },
    scales: lying ? { x: values, y: names } : { x: names, y: values },
    plugins: {
      legend: {
        display: stacked,
        position: 'bottom',
        labels: { color: palette.ink, font, boxWidth: 12, boxHeight: 12 },
      },
      tooltip: {
        callbacks: {
          label: ({ dataset, raw }) => `${stacked ? `${dataset.label ?? ''}: ` : ''}${format(Number(raw))}`,
        },
      },
    },
  }
}

/** A custom property may hold `light-dark(…)`: the colour that it comes to is that of an element which has it. */
function paletteOf(within: HTMLElement): Palette {
  const probe = document.createElement('i')
  within.parentElement!.append(probe)
  const colour = (name: string) => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const palette: Palette = {
    series: Array.from({ length: MOST_SERIES }, (_, at) => colour(`--series-${at + 1}`)),
    ink: colour('--ink'),
    muted: colour('--muted'),
    line: colour('--line'),
    surface: colour('--surface'),
  }
  probe.remove()
  return palette
}
