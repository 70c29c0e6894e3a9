/** Channels that remember what they were sent, or refuse it: only their other end is the test's. */
import type { AlertMessage } from '../../adapters/alerts/alert-message.ts'
import type { Channel } from '../../adapters/alerts/channel.ts'
import { ALERT_LEVELS } from '../../adapters/alerts/thresholds.ts'

export interface KeptChannel extends Channel {
  readonly sent: AlertMessage[]
  /** Why it takes nothing. */
  refuses: string | undefined
}

export function keptChannel(name: string, changed: Partial<Pick<Channel, 'levels' | 'isForPeople'>> = {}): KeptChannel {
  const sent: AlertMessage[] = []
  return {
    name,
    kind: 'webhook',
    levels: ALERT_LEVELS,
    isForPeople: true,
    ...changed,
    sent,
    refuses: undefined,
    send(message) {
      if (this.refuses !== undefined) return Promise.reject(new Error(this.refuses))
      sent.push(message)
      return Promise.resolve()
    },
  }
}
