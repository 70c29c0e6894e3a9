/** Every way to people against a real server, as the services describe what they take. */
import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { composeMessage, testMessage, type AlertMessage } from '../../../adapters/alerts/alert-message.ts'
import type { AlertRecord } from '../../../adapters/alerts/alert-states.ts'
import type { Channel } from '../../../adapters/alerts/channel.ts'
import { consoleChannel } from '../../../adapters/alerts/channels/console.ts'
import { dingtalkChannel } from '../../../adapters/alerts/channels/dingtalk.ts'
import { emailChannel } from '../../../adapters/alerts/channels/email.ts'
import { PartlySent } from '../../../adapters/alerts/channel.ts'
import { smsChannel, type SmsOptions } from '../../../adapters/alerts/channels/sms.ts'
import { webhookChannel } from '../../../adapters/alerts/channels/webhook.ts'
import { wecomChannel } from '../../../adapters/alerts/channels/wecom.ts'
import { NOW_MS } from '../../support/chain-snapshot.ts'
import { startMailServer } from '../../support/mail-server.ts'
import { startRobot, type Robot } from '../../support/robot.ts'
import { issueServer, keyPem, pem } from '../tls/certificates.ts'

const SECRET = 'SEC0123456789abcdef'
const LEVELS = ['critical', 'warning'] as const
const nowMs = () => NOW_MS

const record = (changed: Partial<AlertRecord> = {}): AlertRecord => ({
  key: 'silent-branch:b1',
  rule: 'silent-branch',
  about: 'b1',
  level: 'warning',
  value: 900,
  threshold: 600,
  sinceMs: NOW_MS,
  told: {},
  untold: {},
  ...changed,
})
const settings = { language: 'zh', nameOf: () => '东门店 [1]', link: 'https://hq.example.com' } as const
const message = (begun: readonly AlertRecord[] = [record()], nameOf: () => string = settings.nameOf) =>
  composeMessage({ begun, lasting: [], ended: [] }, { ...settings, nameOf }, NOW_MS)
/** As long as it can be, with the longest names that branches have. */
const MANY = message(
  (
    ['backlog', 'exceptions', 'clock-offset', 'disk', 'consecutive-failures', 'silent-branch', 'differences'] as const
  ).flatMap((rule) =>
    (['critical', 'warning', 'notice'] as const).flatMap((level) =>
      Array.from({ length: 40 }, () => record({ rule, level })),
    ),
  ),
  () => '店'.repeat(200),
)

let robot: Robot
beforeEach(async () => {
  robot = await startRobot()
})
afterEach(() => robot.close())

const send = (channel: Channel, what: AlertMessage = message()) => channel.send(what, AbortSignal.timeout(20_000))
const failureOf = (sent: Promise<void>) =>
  sent.then(
    () => 'sent',
    (error: Error) => error.message,
  )
const bodyOf = (at = 0) => JSON.parse(robot.requests[at]!.body) as Record<string, unknown>

describe('a DingTalk robot', () => {
  const channel = (secret?: string) =>
    dingtalkChannel({
      name: 'ding',
      levels: LEVELS,
      url: `${robot.url}/robot/send?access_token=token+1`,
      secret,
      nowMs,
    })

  test('gets markdown, signed with its secret', async () => {
    await send(channel(SECRET))
    const { path, query, headers } = robot.requests[0]!
    const sign = createHmac('sha256', SECRET).update(`${NOW_MS}\n${SECRET}`).digest('base64')
    expect([path, Object.fromEntries(query)]).toEqual([
      '/robot/send',
      { access_token: 'token 1', timestamp: String(NOW_MS), sign },
    ])
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    expect(bodyOf()).toEqual({
      msgtype: 'markdown',
      markdown: {
        title: '警告 · Outpost 门店同步：1 条新告警',
        text: [
          '### 警告 · Outpost 门店同步：1 条新告警',
          '> 警告 · 东门店 (1)：已 15 分钟没有心跳',
          '[https://hq.example.com](https://hq.example.com)',
        ].join('\n\n'),
      },
    })
  })

  test('without a secret is not signed', async () => {
    await send(channel())
    expect([...robot.requests[0]!.query.keys()]).toEqual(['access_token'])
  })

  test('that refuses says why, and never its secrets', async () => {
    robot.answer = { status: 200, body: `{"errcode":310000,"errmsg":"sign not match ${SECRET} token 1"}` }
    expect(await failureOf(send(channel(SECRET)))).toBe('refused: errcode 310000 sign not match … …')
    robot.answer = { status: 200, body: '<html>' }
    expect(await failureOf(send(channel(SECRET)))).toBe('the answer is no JSON')
  })

  test('is never sent more than it takes', async () => {
    await send(channel(SECRET), MANY)
    expect(Buffer.byteLength(robot.requests[0]!.body)).toBeLessThan(20_000)
  })
})

describe('a WeCom robot', () => {
  const channel = () =>
    wecomChannel({ name: 'wecom', levels: LEVELS, url: `${robot.url}/cgi-bin/webhook/send?key=k-1` })

  test('gets markdown at the address that holds its key', async () => {
    await send(channel())
    const { path, query } = robot.requests[0]!
    expect([path, Object.fromEntries(query)]).toEqual(['/cgi-bin/webhook/send', { key: 'k-1' }])
    expect(bodyOf()).toEqual({
      msgtype: 'markdown',
      markdown: { content: expect.stringContaining('已 15 分钟没有心跳') as string },
    })
  })

  test('is sent 4,096 bytes at most, whole characters', async () => {
    await send(channel(), MANY)
    const { markdown } = bodyOf() as { markdown: { content: string } }
    expect(Buffer.byteLength(markdown.content)).toBeLessThanOrEqual(4096)
    expect(markdown.content).not.toContain('\uFFFD')
  })

  test('that refuses says why', async () => {
    robot.answer = { status: 200, body: '{"errcode":93000,"errmsg":"invalid webhook url, key k-1"}' }
    expect(await failureOf(send(channel()))).toBe('refused: errcode 93000 invalid webhook url, key …')
  })
})

describe('a webhook', () => {
  const secret = 'sixteen characters or more'
  const channel = () => webhookChannel({ name: 'hook', levels: LEVELS, url: `${robot.url}/in`, secret, nowMs })

  test('gets all that is new as JSON, signed together with the time', async () => {
    robot.answer = { status: 204, body: '' }
    await send(channel())
    const { headers, body } = robot.requests[0]!
    const timestamp = String(NOW_MS / 1000)
    expect(headers).toMatchObject({
      'x-timestamp': timestamp,
      'x-source-system': 'outpost',
      'x-signature': `sha256:${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
    })
    expect(bodyOf()).toMatchObject({
      event: 'alerts',
      level: 'warning',
      begun: [{ key: 'silent-branch:b1', about: 'b1', value: 900, since: '2026-03-01T12:00:00.000Z' }],
      lasting: [],
      ended: [],
    })
    await send(channel(), testMessage(settings, NOW_MS))
    expect(bodyOf(1)).toMatchObject({ event: 'test', begun: [] })
  })

  test.each([
    ['an error', { status: 500, body: SECRET }, 'answered 500'],
    ['a redirect, which it does not follow', { status: 302, body: '', headers: { location: '/else' } }, 'answered 302'],
    ['more than an answer', { status: 200, body: 'x'.repeat(100_000) }, 'the answer broke off'],
  ])('that answers with %s was not told', async (_, answer, reason) => {
    robot.answer = answer
    expect(await failureOf(send(channel()))).toBe(reason)
    expect(robot.requests).toHaveLength(1)
  })

  test('that does not answer is given up, and one that is away is named by its fault alone', async () => {
    robot.answer = undefined
    const late = new AbortController()
    robot.onRequest = () => late.abort()
    expect(await failureOf(channel().send(message(), late.signal))).toBe('no answer in time')
    await robot.close()
    const away = failureOf(send(channel()))
    robot = await startRobot()
    expect(await away).toBe('cannot be reached (ECONNREFUSED)')
  })
})

describe('a gateway for short messages', () => {
  const BODY = '{"to":"{phone}","text":"{text}","template":"T1"}'
  const channel = (changed: Partial<SmsOptions> = {}) =>
    smsChannel({
      name: 'sms',
      levels: ['critical'],
      url: `${robot.url}/sms`,
      body: BODY,
      form: 'json',
      phones: ['13800000001', '13800000002'],
      ...changed,
    })

  test('gets its template filled in, once for each phone', async () => {
    await send(channel({ authorization: 'Bearer t' }), message([record({ about: '"b1"\n' })]))
    expect(robot.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer t', 'Bearer t'])
    expect(new Set(robot.requests.map((_, at) => bodyOf(at)['to']))).toEqual(new Set(['13800000001', '13800000002']))
    expect(bodyOf()).toMatchObject({
      template: 'T1',
      text: '警告 · Outpost 门店同步：1 条新告警；警告 · 东门店 [1]：已 15 分钟没有心跳',
    })
  })

  test('may want it as a form', async () => {
    await send(channel({ form: 'urlencoded', body: 'mobile={phone}&content={text}', phones: ['13800000001'] }))
    expect(robot.requests[0]!.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(new URLSearchParams(robot.requests[0]!.body).get('content')).toContain('已 15 分钟没有心跳')
  })

  test('is short, whatever has happened', async () => {
    await send(channel({ phones: ['13800000001'] }), MANY)
    expect(Buffer.byteLength(String(bodyOf()['text']))).toBeLessThanOrEqual(400)
  })

  test('says which of its phones were not reached, by their places and not by their numbers', async () => {
    const takes = (body: string) => body.includes('13800000001')
    robot.onRequest = () => (robot.answer = { status: takes(robot.requests.at(-1)!.body) ? 200 : 400, body: '' })
    const failure = send(channel()).catch((error: unknown) => error)
    expect(await failure).toBeInstanceOf(PartlySent)
    expect(await failure).toMatchObject({ message: expect.stringMatching(/^not to phone 2 of 2: .*400/) as string })
  })

  test('that does not say what it says of success was not told', async () => {
    robot.answer = { status: 200, body: '{"Code":"isv.LIMIT"}' }
    expect(await failureOf(send(channel({ expect: '"Code":"OK"' })))).toBe('the gateway did not say that it was sent')
    robot.answer = { status: 200, body: '{"Code":"OK"}' }
    expect(await failureOf(send(channel({ expect: '"Code":"OK"' })))).toBe('sent')
  })
})

describe('mail', () => {
  const options = { name: 'mail', levels: LEVELS, server: '127.0.0.1', security: 'starttls' } as const
  const mail = { from: 'outpost@example.com', to: ['li@example.com', 'wu@example.com'] }

  test('goes to everybody, with the title as its subject', async () => {
    await using server = await startMailServer()
    await send(emailChannel({ ...options, ...mail, port: server.port }))
    expect(server.mails).toMatchObject([{ from: mail.from, to: mail.to, user: undefined }])
    const { source } = server.mails[0]!
    const subject = [...source.matchAll(/=\?UTF-8\?B\?([^?]*)\?=/g)].map(([, part]) =>
      Buffer.from(part!, 'base64').toString('utf8'),
    )
    expect(subject.join('')).toBe('警告 · Outpost 门店同步：1 条新告警')
    const [, encoded] = source.split('\r\n\r\n')
    expect(Buffer.from(encoded!, 'base64').toString('utf8')).toContain('警告 · 东门店 [1]：已 15 分钟没有心跳')
  })

  test('that is sent again has the same id, so that nobody reads it twice, and other news has another', async () => {
    await using server = await startMailServer()
    const channel = emailChannel({ ...options, ...mail, port: server.port })
    for (const sent of [message(), message(), message([record({ level: 'critical' })])]) await send(channel, sent)
    const ids = server.mails.map(({ source }) => /^Message-ID: (<[\w-]{43}@example\.com>)/m.exec(source)?.[1])
    expect([ids[0] === ids[1], ids[0] !== ids[2], ids.every(Boolean)]).toEqual([true, true, true])
  })

  test('is sent by a user with a password, which no failure repeats', async () => {
    await using server = await startMailServer({ password: SECRET })
    const sender = { ...options, ...mail, port: server.port, user: 'outpost' }
    await send(emailChannel({ ...sender, password: SECRET }))
    expect(server.mails).toMatchObject([{ user: 'outpost' }])
    expect(await failureOf(send(emailChannel({ ...sender, password: 'wrong secret' })))).toBe(
      'the mail server answered 535 (EAUTH)',
    )
  })

  test('goes to no server whose certificate nobody vouches for', async () => {
    const self = issueServer(undefined)
    await using server = await startMailServer({ tls: { key: keyPem(self), cert: pem(self) } })
    const failure = await failureOf(send(emailChannel({ ...options, ...mail, port: server.port, security: 'tls' })))
    expect([failure, server.mails]).toEqual([expect.stringMatching(/^the mail could not be sent \(E/), []])
  })

  test('to a server that does not answer is given up in time', async () => {
    const late = new AbortController()
    robot.answer = undefined
    const sent = emailChannel({ ...options, ...mail, port: Number(new URL(robot.url).port) }).send(
      message(),
      late.signal,
    )
    late.abort()
    expect(await failureOf(sent)).toBe('no answer in time')
  })
})

test('the log is told by the level of what is new', async () => {
  const lines: unknown[] = []
  const note = (level: string) => (fields: object, text: string) => void lines.push([level, text, fields])
  const channel = consoleChannel({ debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') })
  await send(channel, message([record({ level: 'critical' })]))
  await send(channel)
  await send(channel, composeMessage({ begun: [], lasting: [], ended: [record()] }, settings, NOW_MS))
  expect(lines).toMatchObject([
    [
      'error',
      '严重 · Outpost 门店同步：1 条新告警',
      { alertLevel: 'critical', alerts: ['严重 · 东门店 [1]：已 15 分钟没有心跳'] },
    ],
    ['warn', '警告 · Outpost 门店同步：1 条新告警', {}],
    ['info', 'Outpost 门店同步：1 条已恢复', {}],
  ])
})
