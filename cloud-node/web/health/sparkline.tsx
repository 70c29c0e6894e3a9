/** 24 hours in a small drawing; what it shows is said in words to whoever does not see it. */
import type { JSX } from 'preact'
import { largest, SPARK_HIGH, sparkBars } from './spark-paths.ts'

export function Sparkline(props: {
  label: string
  values: readonly (number | null)[]
  /** The part of each that is bad. */
  bad?: readonly number[]
}): JSX.Element {
  const { label, values, bad } = props
  const most = largest(values)
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${values.length} ${SPARK_HIGH}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path d={sparkBars(values, most)} />
      {bad && <path class="spark-bad" d={sparkBars(bad, most)} />}
    </svg>
  )
}
