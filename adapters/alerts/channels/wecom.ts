/** A robot of a WeCom group: developer.work.weixin.qq.com, document 91770. The key in its address is all that it asks. */
import { asMarkdown, cutTo } from '../alert-message.ts'
import type { Channel } from '../channel.ts'
import { post, refuseErrcode } from '../post.ts'
import type { RobotOptions } from './dingtalk.ts'

/** Of UTF-8. */
const MAX_BYTES = 4096

export function wecomChannel({ name, levels, url }: RobotOptions): Channel {
  const key = new URL(url).searchParams.get('key') ?? ''
  return {
    name,
    kind: 'wecom',
    levels,
    isForPeople: true,
    async send(message, signal) {
      const body = JSON.stringify({ msgtype: 'markdown', markdown: { content: cutTo(asMarkdown(message), MAX_BYTES) } })
      const headers = { 'content-type': 'application/json; charset=utf-8' }
      refuseErrcode(await post({ url, body, headers, signal }), key === '' ? [] : [key])
    },
  }
}
