/** The channels that tell people, with what was wrong with each, and a test of it. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { LEVEL_WORDS } from '../../../adapters/alerts/alert-words.ts'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatAge, formatList, formatNumber } from '../../../adapters/ui/format.ts'
import { language } from '../../../adapters/ui/language.ts'
import type { AlertsView } from '../../../schemas/protocol/alerts.ts'
import { tellNode, type Answer } from '../frame/ask-node.ts'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { a } from './alert-page-words.ts'

type AlertChannel = AlertsView['channels'][number]
type Tested = Answer<{ readonly channels: readonly { readonly channel: string; readonly reason?: string }[] }>

export function AlertChannels(props: {
  channels: readonly AlertChannel[]
  now: number
  canTest: boolean
}): JSX.Element {
  const { channels, now, canTest } = props
  return (
    <details>
      <summary class="alerts-fold" data-testid="alert-channels">
        {a('channels', { count: formatNumber(channels.length) })}
      </summary>
      {channels.every(({ kind }) => kind === 'console') && <p class="muted">{a('channels.none')}</p>}
      <ul class="alerts">
        {channels.map((channel) => (
          <ChannelLine key={channel.name} channel={channel} now={now} canTest={canTest} />
        ))}
      </ul>
    </details>
  )
}

function ChannelLine({ channel, now, canTest }: { channel: AlertChannel; now: number; canTest: boolean }): JSX.Element {
  const { name, kind, levels, lastError } = channel
  const busy = useSignal(false)
  const tested = useSignal<Tested | undefined>(undefined)
  const test = async (): Promise<void> => {
    busy.value = true
    tested.value = undefined
    tested.value = await tellNode('/api/alerts/test', { channel: name })
    busy.value = false
  }
  return (
    <li class="alert" data-testid={`channel-${name}`}>
      <div class="alert-text">
        <strong>{name}</strong>
        <small class="muted">
          {a(`kind.${kind}`)} · {formatList(levels.map((level) => LEVEL_WORDS[language.value][level]))}
        </small>
        {lastError && (
          <small class="bad">
            {a('channel.failed', { age: formatAge(lastError.at, now), reason: lastError.reason })}
          </small>
        )}
        {tested.value && <Result tested={tested.value} />}
      </div>
      {canTest && (
        <div class="alert-do">
          <Button
            label={a('test.label', { channel: name })}
            disabled={busy.value}
            testId={`test-${name}`}
            onClick={() => void test()}
          >
            {a(busy.value ? 'test.busy' : 'test')}
          </Button>
        </div>
      )}
    </li>
  )
}

function Result({ tested }: { tested: Tested }): JSX.Element {
  if (!tested.ok) return <FailureNotice failure={tested.failure} testId="test-failed" />
  const reason = tested.value.channels.find((one) => one.reason !== undefined)?.reason
  return (
    <small class={reason === undefined ? '' : 'bad'} role="status">
      {reason === undefined ? a('test.sent') : a('test.failed', { reason })}
    </small>
  )
}
