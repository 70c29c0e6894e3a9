/** A gateway that sends short messages or rings people up, by a template of what it takes. One request for each phone. */
import type { AlertLevel } from '../../../schemas/protocol/alerts.ts'
import { asOneLine, cutTo } from '../alert-message.ts'
import { PartlySent, type Channel } from '../channel.ts'
import { post } from '../post.ts'

export interface SmsOptions {
  readonly name: string
  readonly levels: readonly AlertLevel[]
  readonly url: string
  /** `{phone}` and `{text}` are put in as the form wants them. */
  readonly body: string
  readonly form: 'json' | 'urlencoded'
  readonly phones: readonly string[]
  /** The whole header. */
  readonly authorization?: string | undefined
  /** What stands in an answer that says that it was sent; without it every 2xx does. */
  readonly expect?: string | undefined
}

/** About three short messages. */
const MAX_BYTES = 400

const TYPES = { json: 'application/json; charset=utf-8', urlencoded: 'application/x-www-form-urlencoded' } as const

export function smsChannel({ name, levels, url, body, form, phones, authorization, expect }: SmsOptions): Channel {
  const headers = { 'content-type': TYPES[form], ...(authorization !== undefined && { authorization }) }
  return {
    name,
    kind: 'sms',
    levels,
    isForPeople: true,
    async send(message, signal) {
      const text = cutTo(asOneLine(message), MAX_BYTES)
      const sent = await Promise.allSettled(
        phones.map(async (phone) => {
          const answer = await post({ url, body: filled(body, form, { phone, text }), headers, signal })
          if (expect !== undefined && !answer.includes(expect))
            throw new Error('the gateway did not say that it was sent')
        }),
      )
      const failed = sent.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).message] : []))
      if (failed.length === phones.length) throw new Error(failed[0])
      const which = sent.flatMap(({ status }, at) => (status === 'rejected' ? [at + 1] : [])).join(', ')
      if (failed.length > 0) throw new PartlySent(`not to phone ${which} of ${phones.length}: ${failed[0]}`)
    },
  }
}

/** Whether the gateway gets what it can read: a template that is no JSON would be found out when it is needed. */
export function canBeFilled({ body, form, phones }: Pick<SmsOptions, 'body' | 'form' | 'phones'>): boolean {
  if (phones.length > 1 && !body.includes('{phone}')) return false
  if (form === 'urlencoded') return true
  try {
    return typeof JSON.parse(filled(body, form, { phone: phones[0]!, text: 'a "test"' })) === 'object'
  } catch {
    return false
  }
}

function filled(body: string, form: SmsOptions['form'], values: Readonly<Record<string, string>>): string {
  return body.replace(/\{(phone|text)\}/g, (_, name: string) => {
    const value = values[name]!
    return form === 'json' ? JSON.stringify(value).slice(1, -1) : encodeURIComponent(value)
  })
}
