/** What waits, kind by kind, with how long the oldest has waited. */
import type { JSX } from 'preact'
import type { Backlog } from '../../../schemas/protocol/status.ts'
import { formatDuration, formatNumber } from '../format.ts'
import { s } from './sync-words.ts'

export interface NamedBacklog extends Backlog {
  readonly name: string
}

/** @param props.asOfMs when that was so, by the clock of the node that tells it */
export function ClassBacklogs({ waiting, asOfMs }: { waiting: readonly NamedBacklog[]; asOfMs: number }): JSX.Element {
  const shown = waiting.filter(({ documents }) => documents > 0)
  if (shown.length === 0) return <p class="muted">{s('backlog.none')}</p>
  const most = Math.max(...shown.map(({ documents }) => documents))
  return (
    <ul class="sync-bars-list" data-testid="sync-backlogs">
      {shown.map(({ name, documents, oldestSince }) => (
        <li key={name}>
          <span class="sync-bar-name">{name}</span>
          <i class="sync-bar" aria-hidden="true">
            <i style={{ width: `${(documents / most) * 100}%` }} />
          </i>
          <strong class="numeric">{formatNumber(documents)}</strong>
          <small class="muted">
            {oldestSince !== undefined &&
              s('backlog.oldest', { time: formatDuration(asOfMs - Date.parse(oldestSince)) })}
          </small>
        </li>
      ))}
    </ul>
  )
}
