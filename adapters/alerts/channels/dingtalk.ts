/** A custom robot of a DingTalk group: open.dingtalk.com, "custom robot access", with a signature where the robot has a secret. */
import { createHmac } from 'node:crypto'
import type { AlertLevel } from '../../../schemas/protocol/alerts.ts'
import { asMarkdown, cutTo } from '../alert-message.ts'
import type { Channel } from '../channel.ts'
import { post, refuseErrcode } from '../post.ts'

export interface RobotOptions {
  readonly name: string
  readonly levels: readonly AlertLevel[]
  /** With its token or key. */
  readonly url: string
}

export interface DingtalkOptions extends RobotOptions {
  /** `SEC…`; absent for a robot that is kept by words or addresses. */
  readonly secret?: string | undefined
  readonly nowMs: () => number
}

/** Of the whole body 20,000 are taken. */
const MAX_BYTES = 15_000

export function dingtalkChannel({ name, levels, url, secret, nowMs }: DingtalkOptions): Channel {
  const token = new URL(url).searchParams.get('access_token')
  const secrets = [token, secret].filter((one): one is string => one !== null && one !== undefined && one !== '')
  return {
    name,
    kind: 'dingtalk',
    levels,
    isForPeople: true,
    async send(message, signal) {
      const markdown = { title: message.title, text: cutTo(asMarkdown(message), MAX_BYTES) }
      const body = JSON.stringify({ msgtype: 'markdown', markdown })
      const headers = { 'content-type': 'application/json; charset=utf-8' }
      const signed = secret === undefined ? url : signedUrl(url, secret, nowMs())
      refuseErrcode(await post({ url: signed, body, headers, signal }), secrets)
    },
  }
}

/** HMAC-SHA256 of `timestamp`, a line feed and the secret, keyed by the secret, as base64; good for an hour. */
function signedUrl(url: string, secret: string, nowMs: number): string {
  const signature = createHmac('sha256', secret).update(`${nowMs}\n${secret}`).digest('base64')
  const signed = new URL(url)
  signed.searchParams.set('timestamp', String(nowMs))
  signed.searchParams.set('sign', signature)
  return signed.href
}
