/** How old what stands beside it is; and where it could not be read, that. */
import type { JSX } from 'preact'
import { Button } from '../button.tsx'
import { formatDuration } from '../format.ts'
import { language } from '../language.ts'
import { tick } from '../live-status.ts'
import { s } from './sync-words.ts'
import type { Renewed } from './use-renewed.ts'

export function AsOf<T>({ of }: { of: Renewed<T> }): JSX.Element {
  const { askedMs, failed, again } = of
  if (askedMs === undefined && !failed) {
    return (
      <span class="muted small" role="status">
        {s('loading')}
      </span>
    )
  }
  const time = askedMs === undefined ? '' : formatDuration(Math.max(0, tick.value - askedMs))
  if (!failed) {
    const age = language.value === 'zh' ? `${time}前` : `${time} ago`
    return <span class="muted small">{s('asOf', { age })}</span>
  }
  return (
    <span class="row" data-testid="as-of-failed">
      <span class="bad small">{askedMs === undefined ? s('asOf.never') : s('asOf.old', { age: time })}</span>
      <Button kind="quiet" onClick={again}>
        {s('again')}
      </Button>
    </span>
  )
}
