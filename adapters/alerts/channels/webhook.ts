/**
 * JSON to a program, with headers as requirement 003 §4.2 has them. The signature covers the timestamp too, so that nobody
 * can send an old message again: HMAC-SHA256 of `<timestamp>.<body>`, in hexadecimal.
 */
import { createHmac } from 'node:crypto'
import type { AlertLevel } from '../../../schemas/protocol/alerts.ts'
import type { Channel } from '../channel.ts'
import { post } from '../post.ts'

export interface WebhookOptions {
  readonly name: string
  readonly levels: readonly AlertLevel[]
  readonly url: string
  readonly secret: string
  readonly nowMs: () => number
}

export function webhookChannel({ name, levels, url, secret, nowMs }: WebhookOptions): Channel {
  return {
    name,
    kind: 'webhook',
    levels,
    isForPeople: false,
    async send({ at, isTest, level, title, alerts }, signal) {
      const body = JSON.stringify({ event: isTest ? 'test' : 'alerts', at, ...(level && { level }), title, ...alerts })
      const timestamp = String(Math.floor(nowMs() / 1000))
      const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
      const headers = {
        'content-type': 'application/json',
        'x-signature': `sha256:${signature}`,
        'x-timestamp': timestamp,
        'x-source-system': 'outpost',
      }
      await post({ url, body, headers, signal })
    },
  }
}
