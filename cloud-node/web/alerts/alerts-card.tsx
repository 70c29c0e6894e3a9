/** What wants a person's attention, who sees to it and who was told; what is over, and the channels, behind folds. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatNumber } from '../../../adapters/ui/format.ts'
import { AsOf } from '../../../adapters/ui/sync/as-of.tsx'
import { useRenewed } from '../../../adapters/ui/sync/use-renewed.ts'
import type { SessionAccount } from '../../../schemas/protocol/accounts.ts'
import type { AlertsView } from '../../../schemas/protocol/alerts.ts'
import type { CloudNodeStatus } from '../../../schemas/protocol/status.ts'
import { askNode, tellNode, type Failure } from '../frame/ask-node.ts'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { may } from '../frame/may.tsx'
import { AlertChannels } from './alert-channels.tsx'
import { AlertLine } from './alert-line.tsx'
import { a } from './alert-page-words.ts'
import './alerts.css'

/** As many as somebody reads. */
const ENDED_SHOWN = 20
/** The gravest; more would push the branches out of sight. */
const OPEN_SHOWN = 6

export function AlertsCard({
  status,
  now,
  account,
}: {
  status: CloudNodeStatus
  now: number
  account: SessionAccount
}): JSX.Element {
  const failure = useSignal<Failure | undefined>(undefined)
  const all = useSignal(false)
  const alerts = useRenewed('alerts', String(status.alerts?.revision), async () => {
    const answer = await askNode<AlertsView>('/api/alerts')
    return answer.ok ? answer.value : undefined
  })
  const acknowledge = async (key: string): Promise<void> => {
    const answer = await tellNode(`/api/alerts/${encodeURIComponent(key)}/acknowledge`, {})
    failure.value = answer.ok ? undefined : answer.failure
    // It may be over by now.
    alerts.again()
  }
  const names = new Map(status.branches.map(({ id, name }) => [id, name]))
  const { open, ended, channels } = alerts.value ?? {}
  const line = { now, names }
  return (
    <section class="card stack" aria-label={a('title')} data-testid="alerts">
      <div class="sync-head">
        <h2>{a('title')}</h2>
        <AsOf of={alerts} />
      </div>
      <FailureNotice failure={failure.value} testId="acknowledge-failed" />
      {alerts.failed && !open && <p class="muted">{a('unread')}</p>}
      {open?.length === 0 && (
        <p class="muted" data-testid="alerts-none">
          {a('none')}
        </p>
      )}
      {open && open.length > 0 && (
        <ul class="alerts">
          {open.slice(0, all.value ? undefined : OPEN_SHOWN).map((alert) => (
            <AlertLine
              key={`${alert.key} ${alert.since}`}
              alert={alert}
              {...line}
              {...(may(account, 'operator') && { onAcknowledge: acknowledge })}
            />
          ))}
        </ul>
      )}
      {open && open.length > OPEN_SHOWN && !all.value && (
        <div class="row">
          <Button testId="alerts-more" onClick={() => (all.value = true)}>
            {a('more', { count: formatNumber(open.length) })}
          </Button>
        </div>
      )}
      {ended && ended.length > 0 && (
        <details>
          <summary class="alerts-fold" data-testid="alerts-ended">
            {a('over', { count: formatNumber(ended.length) })}
          </summary>
          <ul class="alerts">
            {ended.slice(0, ENDED_SHOWN).map((alert) => (
              <AlertLine key={`${alert.key} ${alert.since}`} alert={alert} {...line} />
            ))}
          </ul>
        </details>
      )}
      {channels && <AlertChannels channels={channels} now={now} canTest={may(account, 'administrator')} />}
    </section>
  )
}
