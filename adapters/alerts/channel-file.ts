/**
 * A file that names one way to people with all that it needs, its secrets too: YAML that only its owner may read. No mistake
 * repeats a value.
 */
import { z } from 'zod'
import { isRecord } from '../../schemas/json.ts'
import type { ConfigMistake } from '../config/yaml-text.ts'
import { readPrivate } from '../config/config-file.ts'
import { key, neededKey } from '../config/config-key.ts'
import { hostName, port, PORT_ALLOWED } from '../config/config-values.ts'
import { parseConfig } from '../config/parse-config.ts'
import { mistakesError, readYaml } from '../config/yaml-text.ts'
import { isLoopback } from '../tls/encryption-policy.ts'
import type { Channel } from './channel.ts'
import { CONSOLE } from './channels/console.ts'
import { dingtalkChannel } from './channels/dingtalk.ts'
import { emailChannel } from './channels/email.ts'
import { canBeFilled, smsChannel } from './channels/sms.ts'
import { webhookChannel } from './channels/webhook.ts'
import { wecomChannel } from './channels/wecom.ts'
import { ALERT_LEVELS } from './thresholds.ts'

const FIELD = 'alerts.channels'
const SMS_FORM = 'json'

const text = z.string().min(1).max(2000)
const levels = z.array(z.enum(ALERT_LEVELS)).min(1)
const mailbox = z
  .string()
  .max(300)
  .regex(/^[^\s@<>]+@[^\s@<>]+$/)

const common = {
  kind: neededKey(z.string(), { about: 'What it is.', allowed: 'dingtalk, wecom, webhook, sms or email' }),
  name: key(
    z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,39}$/)
      .refine((name) => name !== CONSOLE),
    {
      about: 'What the page and `outpost alerts` call it; its kind unless said.',
      allowed: 'up to 40 small letters, digits and dashes, and not console',
    },
  ),
  levels: key(levels, {
    about: 'What it is told of.',
    allowed: 'a list of critical, warning and notice',
  }),
}

const url = neededKey(z.string().max(2000).refine(isPrivateAddress), {
  about: 'Where it is posted to, with what it asks for.',
  allowed: 'an address that begins with https://',
})

const dingtalk = z.strictObject({
  ...common,
  url,
  secret: key(text, { about: 'What messages are signed with, where the robot asks for it.', allowed: 'the text SEC…' }),
})

const wecom = z.strictObject({ ...common, url })

const webhook = z.strictObject({
  ...common,
  url,
  secret: neededKey(text.min(16), {
    about: 'What messages are signed with.',
    allowed: 'a text of 16 characters or more',
  }),
})

const smsKeys = z.strictObject({
  ...common,
  url,
  phones: neededKey(
    z
      .array(z.string().regex(/^\+?\d{5,20}$/))
      .min(1)
      .max(20),
    {
      about: 'Who is told, each by a request of its own.',
      allowed: 'a list of phones in quotes, at most 20',
    },
  ),
  body: neededKey(
    z
      .string()
      .max(4000)
      .refine((body) => body.includes('{text}')),
    {
      about: 'What the gateway takes.',
      allowed: 'a text in which {phone} and {text} stand for both: JSON, {text} in quotes, unless form is urlencoded',
    },
  ),
  form: key(z.enum(['json', 'urlencoded']), {
    about: 'What body is.',
    allowed: 'json or urlencoded',
    default: SMS_FORM,
  }),
  authorization: key(text.refine(isHeader), {
    about: 'The header Authorization.',
    allowed: 'a text that a header can have: of Latin letters, without line breaks',
  }),
  expect: key(text, {
    about: 'What stands in an answer that says that it was sent; without it every 2xx says so.',
    allowed: 'a text',
  }),
})

const sms = smsKeys.refine(({ form = SMS_FORM, ...rest }) => canBeFilled({ ...rest, form }), { path: ['body'] })

const emailKeys = z.strictObject({
  ...common,
  server: neededKey(hostName, { about: 'The mail server.', allowed: 'a host name' }),
  port: key(port, { about: 'Its port.', allowed: PORT_ALLOWED, default: 465 }),
  security: key(z.enum(['tls', 'starttls']), {
    about: 'Whether it is encrypted from the first byte or from the greeting on.',
    allowed: 'tls or starttls',
    default: 'tls',
  }),
  user: key(text, { about: 'Who sends.', allowed: 'a text' }),
  password: key(text, { about: 'Of the user.', allowed: 'a text' }),
  from: neededKey(mailbox, { about: 'Whom it comes from.', allowed: 'an address such as outpost@example.com' }),
  to: neededKey(z.array(mailbox).min(1).max(50), { about: 'Whom it goes to.', allowed: 'a list of addresses' }),
})

/** One without the other lets nobody in. */
const email = emailKeys
  .refine(({ user, password }) => user === undefined || password !== undefined, { path: ['password'] })
  .refine(({ user, password }) => password === undefined || user !== undefined, { path: ['user'] })

type Named = { readonly name: string; readonly nowMs: () => number }

/** What a channel is told of where its file does not say. */
const USUAL_LEVELS = {
  sms: ['critical'],
  dingtalk: ['critical', 'warning'],
  wecom: ['critical', 'warning'],
  webhook: ALERT_LEVELS,
  email: ALERT_LEVELS,
} as const

const KINDS = {
  dingtalk: made(dingtalk, ({ levels = USUAL_LEVELS.dingtalk, ...rest }, named) =>
    dingtalkChannel({ ...rest, ...named, levels }),
  ),
  wecom: made(wecom, ({ levels = USUAL_LEVELS.wecom, ...rest }, named) => wecomChannel({ ...rest, ...named, levels })),
  webhook: made(webhook, ({ levels = USUAL_LEVELS.webhook, ...rest }, named) =>
    webhookChannel({ ...rest, ...named, levels }),
  ),
  sms: made(sms, ({ levels = USUAL_LEVELS.sms, form = SMS_FORM, ...rest }, { name }) =>
    smsChannel({ ...rest, name, levels, form }),
  ),
  email: made(email, ({ levels = USUAL_LEVELS.email, port: at = 465, security = 'tls', ...rest }, { name }) =>
    emailChannel({ ...rest, name, levels, port: at, security }),
  ),
}

/** @throws OutpostError BAD_CONFIGURATION, which names every mistake with its line */
export function readChannels(files: readonly string[], nowMs: () => number): Channel[] {
  const channels = files.map((file) => readChannel(file, nowMs))
  for (const [at, { name }] of channels.entries()) {
    if (channels.findIndex((one) => one.name === name) === at) continue
    throw refused(files[at]!, { path: ['name'], message: 'is that of another channel: give each its own' })
  }
  return channels
}

function readChannel(file: string, nowMs: () => number): Channel {
  const text = readPrivate(file, FIELD)
  if (text === undefined) throw refused(file, { path: [], message: 'the file is not there' })
  const read = readYaml(text)
  if ('mistakes' in read) throw mistakesError(file, read.mistakes, FIELD)
  const kind = isRecord(read.content) ? read.content['kind'] : undefined
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) {
    throw refused(file, {
      path: ['kind'],
      message: `takes ${Object.keys(KINDS).join(', ')}`,
      line: read.lineOf(['kind']),
    })
  }
  return KINDS[kind as keyof typeof KINDS](file, text, nowMs)
}

/** Reads a file of one kind. */
function made<S extends z.ZodObject<typeof common>>(schema: S, make: (values: z.output<S>, named: Named) => Channel) {
  return (file: string, text: string, nowMs: () => number): Channel => {
    const parsed = parseConfig<z.output<S>>(text, schema as S & z.ZodType<z.output<S>>)
    if ('mistakes' in parsed) throw mistakesError(file, parsed.mistakes, FIELD)
    const { kind, name = kind } = parsed.values
    return make(parsed.values, { name, nowMs })
  }
}

/** What is none would be refused with the first message only. */
function isHeader(value: string): boolean {
  try {
    return new Headers({ authorization: value }).has('authorization')
  } catch {
    return false
  }
}

/** With a password in it, so nobody in between may read it. */
function isPrivateAddress(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname, username, password } = new URL(address)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}

function refused(file: string, mistake: ConfigMistake) {
  return mistakesError(file, [mistake], FIELD)
}
