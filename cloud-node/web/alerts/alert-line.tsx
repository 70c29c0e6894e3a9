/** One alert: how grave, what it is in words, since when, who sees to it, who was told, what to do. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { alertInWords, LEVEL_WORDS } from '../../../adapters/alerts/alert-words.ts'
import { Badge, type Tone } from '../../../adapters/ui/badge.tsx'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatAge, formatDuration, formatList } from '../../../adapters/ui/format.ts'
import { language } from '../../../adapters/ui/language.ts'
import { RunbookLink } from '../../../adapters/ui/sync/runbook-link.tsx'
import type { Alert, AlertLevel } from '../../../schemas/protocol/alerts.ts'
import { hashOf } from '../frame/place.ts'
import { a } from './alert-page-words.ts'

const LEVEL_TONES: Readonly<Record<AlertLevel, Tone>> = { critical: 'bad', warning: 'busy', notice: 'neutral' }

export function AlertLine(props: {
  alert: Alert
  now: number
  /** Of branches, by id. */
  names: ReadonlyMap<string, string>
  onAcknowledge?: (key: string) => Promise<void>
}): JSX.Element {
  const { alert, now, names, onAcknowledge } = props
  const { key, rule, level, about, since, endedAt, acknowledged } = alert
  const busy = useSignal(false)
  const name = about === undefined ? undefined : names.get(about)
  const text = alertInWords(alert, language.value, name ?? about)
  const acknowledge = async (): Promise<void> => {
    busy.value = true
    await onAcknowledge?.(key)
    busy.value = false
  }
  return (
    <li class="alert" data-testid={`alert-${key}`}>
      <Badge tone={endedAt === undefined ? LEVEL_TONES[level] : 'neutral'}>{LEVEL_WORDS[language.value][level]}</Badge>
      <div class="alert-text">
        {name === undefined ? (
          <strong>{text}</strong>
        ) : (
          <a href={hashOf('health', new URLSearchParams({ branch: about! }))}>
            <strong>{text}</strong>
          </a>
        )}
        <small class="muted">
          {endedAt === undefined
            ? a('since', { time: formatDuration(now - Date.parse(since)) })
            : a('ended', {
                age: formatAge(endedAt, now),
                time: formatDuration(Date.parse(endedAt) - Date.parse(since)),
              })}
          {' · '}
          {toldInWords(alert)}
        </small>
        {acknowledged && (
          <small data-testid={`taken-${key}`}>
            {a('taken', { by: acknowledged.by.replace(/^account /, ''), age: formatAge(acknowledged.at, now) })}
          </small>
        )}
        {endedAt === undefined &&
          alert.untold.map(({ channel, reason }) => (
            <small key={channel} class="bad">
              {a('untold', { channel, reason })}
            </small>
          ))}
      </div>
      <div class="alert-do">
        <RunbookLink section={rule} />
        {onAcknowledge && !acknowledged && (
          <Button
            label={a('take.label', { text })}
            disabled={busy.value}
            testId={`acknowledge-${key}`}
            onClick={() => void acknowledge()}
          >
            {a('take')}
          </Button>
        )}
      </div>
    </li>
  )
}

function toldInWords({ told }: Alert): string {
  return told.length === 0 ? a('told.none') : a('told', { channels: formatList(told) })
}
