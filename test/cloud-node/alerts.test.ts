/** Headquarters' alerts on a real store; the time and the chain are the test's. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { USUAL_THRESHOLDS } from '../../adapters/alerts/thresholds.ts'
import type { ChainSnapshot } from '../../adapters/alerts/chain-snapshot.ts'
import { PartlySent, type Channel } from '../../adapters/alerts/channel.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { AlertBook } from '../../cloud-node/alert-book.ts'
import { Alerts, type AlertsParts } from '../../cloud-node/alerts.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { branchRow, chainSnapshot, iso, NOW_MS, syncFigures, type MadeSnapshot } from '../support/chain-snapshot.ts'
import { keptChannel } from '../support/message-channel.ts'
import { temporaryFolder } from '../support/node-process.ts'

const MINUTE_MS = 60_000
const SECOND_MS = 1000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const EXCEPTION: MadeSnapshot = { status: { exceptions: 3 } }
const FULL_DISK = { code: 'DISK_FULL', message: 'the disk is full', at: iso(NOW_MS) } as const
const CRITICAL: MadeSnapshot = { status: { storage: FULL_DISK } }
const PLAN: AlertsParts['plan'] = {
  language: 'en',
  thresholds: USUAL_THRESHOLDS,
  quietHours: undefined,
  timeZone: 'UTC',
  repeatMs: undefined,
}

let folder: ReturnType<typeof temporaryFolder>
let store: Store
let nowMs: number
/** By how much the wall clock was set, ms. */
let setByMs: number
let chain: () => ChainSnapshot
const log: string[] = []
const write = (level: string) => (_details: object, message: string) => void log.push(`${level}: ${message}`)
const LOG = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
const made: Alerts[] = []

beforeEach(() => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: false })
  nowMs = NOW_MS
  setByMs = 0
  chain = () => chainSnapshot()
})
afterEach(async () => {
  vi.useRealTimers()
  for (const one of made.splice(0)) await one.stop()
  store.close()
  folder.remove()
  log.length = 0
})

function alertsTo(channels: readonly Channel[], changed: Partial<AlertsParts['plan']> = {}): Alerts {
  const alerts = new Alerts({
    book: new AlertBook(store),
    plan: { ...PLAN, ...changed },
    channels,
    snapshot: () => chain(),
    onChange: () => () => undefined,
    nowMs: () => nowMs,
    steadyMs: () => nowMs - setByMs,
    log: LOG,
  })
  made.push(alerts)
  return alerts
}

/** Time passes in the steps in which headquarters looks, with the chain as it is said. */
async function pass(alerts: Alerts, ms: number, made?: MadeSnapshot | ((atMs: number) => MadeSnapshot)): Promise<void> {
  if (made) chain = () => chainSnapshot({ nowMs, ...(typeof made === 'function' ? made(nowMs) : made) })
  for (const endMs = nowMs + ms; nowMs < endMs; nowMs = Math.min(endMs, nowMs + 5 * SECOND_MS)) {
    alerts.evaluate()
    await alerts.settled()
  }
}

const textsOf = ({ sent }: ReturnType<typeof keptChannel>) =>
  sent.map(({ lines }) => lines.map(({ text }) => text).join('\n'))

test('what the store did not take for a while is kept once it does: a start tells nobody again', async () => {
  const chat = keptChannel('chat')
  const alerts = alertsTo([chat])
  await pass(alerts, 5 * MINUTE_MS, EXCEPTION)
  vi.spyOn(store, 'join').mockImplementation(() => {
    throw new OutpostError('DISK_FULL', 'the disk is full')
  })
  await pass(alerts, 5 * MINUTE_MS, { retries: 51 })
  expect(textsOf(chat)).toHaveLength(3)
  vi.restoreAllMocks()
  await pass(alerts, MINUTE_MS, { retries: 51 })
  await alerts.stop()

  const book = new AlertBook(store)
  expect(book.open().map(({ key, told }) => [key, Object.keys(told)])).toEqual([['retries', ['chat']]])
  expect(book.ended(10).map(({ key, told }) => [key, told['chat']?.isOver])).toEqual([['exceptions', true]])
  await pass(alertsTo([chat]), 5 * MINUTE_MS, { retries: 51 })
  expect(textsOf(chat)).toHaveLength(3)
})

describe('a channel', () => {
  test('is told once that something is wrong, and once that it is over', async () => {
    const chat = keptChannel('chat')
    const alerts = alertsTo([chat])
    await pass(alerts, 10 * MINUTE_MS, EXCEPTION)
    expect(textsOf(chat)).toEqual(['Warning · 3 documents at headquarters wait for a person'])
    expect(alerts.view()).toMatchObject({ open: [{ key: 'exceptions', level: 'warning', told: ['chat'] }], ended: [] })
    await pass(alerts, 10 * MINUTE_MS, {})
    expect(textsOf(chat).slice(1)).toEqual(['over: Warning · 3 documents at headquarters wait for a person'])
    expect(alerts.view()).toMatchObject({
      open: [],
      ended: [{ key: 'exceptions', endedAt: expect.any(String) as string }],
    })
  })

  test('is told only of its levels, and all of what has become graver', async () => {
    const [sms, mail] = [keptChannel('sms', { levels: ['critical'] }), keptChannel('mail')]
    const alerts = alertsTo([sms, mail])
    await pass(alerts, 5 * MINUTE_MS, { retries: 11 })
    await pass(alerts, 5 * MINUTE_MS, { retries: 51 })
    await pass(alerts, 5 * MINUTE_MS, { retries: 11 })
    expect(textsOf(mail).map((text) => text.split(' ')[0])).toEqual(['Notice', 'Warning'])
    expect(sms.sent).toEqual([])
    await pass(alerts, MINUTE_MS, CRITICAL)
    expect(textsOf(sms)).toEqual(['Critical · headquarters cannot save anything'])
  })

  test('hears of what comes together in one message, and of what is critical almost at once', async () => {
    const chat = keptChannel('chat')
    const alerts = alertsTo([chat])
    await pass(alerts, 5 * SECOND_MS, EXCEPTION)
    await pass(alerts, MINUTE_MS, { ...EXCEPTION, status: { ...EXCEPTION.status, ...CRITICAL.status } })
    expect(chat.sent).toMatchObject([{ level: 'critical', title: 'Critical · Outpost: 2 new' }])
    expect(Date.parse(chat.sent[0]!.at) - NOW_MS).toBe(5 * SECOND_MS)
  })

  test('that cannot be reached is tried again ever more rarely, and told once it can', async () => {
    const chat = keptChannel('chat')
    chat.refuses = 'answered 500'
    let tries = 0
    const { send } = chat
    const alerts = alertsTo([{ ...chat, send: (...args) => ((tries += 1), send.apply(chat, args)) }])
    await pass(alerts, 60 * MINUTE_MS, EXCEPTION)
    expect(tries).toBeGreaterThan(5)
    expect(tries).toBeLessThan(20)
    expect(alerts.view()).toMatchObject({
      open: [{ told: [], untold: [{ channel: 'chat', reason: 'answered 500' }] }],
      channels: [{ name: 'chat', lastError: { reason: 'answered 500' } }],
    })
    expect(log).toContain('warn: an alert could not be told')
    chat.refuses = undefined
    await pass(alerts, 15 * MINUTE_MS)
    expect(chat.sent).toHaveLength(1)
    expect(alerts.view().open).toMatchObject([{ told: ['chat'], untold: [] }])
    expect(alerts.view().channels[0]).not.toHaveProperty('lastError')
  })

  test('is told nothing of what was over before it could be told', async () => {
    const chat = keptChannel('chat')
    chat.refuses = 'no answer in time'
    const alerts = alertsTo([chat])
    await pass(alerts, MINUTE_MS, EXCEPTION)
    await pass(alerts, 5 * MINUTE_MS, {})
    chat.refuses = undefined
    await pass(alerts, 60 * MINUTE_MS)
    expect(chat.sent).toEqual([])
  })
})

describe('the status', () => {
  test('counts by level what nobody has taken up, and says by its revision that something has changed', async () => {
    const alerts = alertsTo([])
    const none = alerts.status()
    expect(none).toMatchObject({ critical: 0, warning: 0, notice: 0 })
    await pass(alerts, MINUTE_MS, { ...CRITICAL, status: { ...CRITICAL.status, ...EXCEPTION.status } })
    const both = alerts.status()
    expect(both).toMatchObject({ critical: 1, warning: 1, notice: 0 })
    alerts.acknowledge('exceptions', 'account Li')
    const taken = alerts.status()
    expect(taken).toMatchObject({ critical: 1, warning: 0 })
    await pass(alerts, MINUTE_MS)
    expect(alerts.status()).toEqual(taken)
    await pass(alerts, 10 * MINUTE_MS, {})
    const revisions = [none, both, taken, alerts.status()].map(({ revision }) => revision)
    expect(revisions).toEqual([...new Set(revisions)].toSorted((a, b) => a - b))
    // Whoever has looked before a start of headquarters must look again.
    expect(alertsTo([]).status().revision).toBeGreaterThan(revisions.at(-1)!)
  })
})

describe('a wall clock that was a day ahead and is set right', () => {
  test('keeps nobody from being told at once, again, and that it is over', async () => {
    const chat = keptChannel('chat')
    const alerts = alertsTo([chat], { repeatMs: HOUR_MS })
    await pass(alerts, MINUTE_MS, CRITICAL)
    expect(chat.sent).toHaveLength(1)
    nowMs -= DAY_MS
    setByMs -= DAY_MS
    await pass(alerts, 2 * MINUTE_MS, { status: { ...CRITICAL.status, exceptions: 3 } })
    expect(textsOf(chat).slice(1).join('\n')).toMatch(/3 documents/)
    const before = chat.sent.length
    await pass(alerts, HOUR_MS, CRITICAL)
    expect(textsOf(chat).slice(before).join('\n')).toMatch(/over: .*3 documents/)
    await pass(alerts, 10 * MINUTE_MS, {})
    expect(textsOf(chat).at(-1)).toMatch(/^over: /)
    expect(alerts.view().open).toEqual([])
  })
})

describe('quiet hours', () => {
  const plan = { quietHours: { from: 12 * 60, to: 13 * 60 } }

  test('keep all but what is critical until they are over', async () => {
    const chat = keptChannel('chat')
    const alerts = alertsTo([chat], plan)
    await pass(alerts, 30 * MINUTE_MS, EXCEPTION)
    expect(chat.sent).toEqual([])
    await pass(alerts, 2 * MINUTE_MS, { status: { ...EXCEPTION.status, ...CRITICAL.status } })
    expect(chat.sent).toMatchObject([{ level: 'critical', lines: [{}] }])
    await pass(alerts, 30 * MINUTE_MS)
    expect(textsOf(chat)[1]).toBe('Warning · 3 documents at headquarters wait for a person')
  })

  test('are not those of programs', async () => {
    const program = keptChannel('program', { isForPeople: false })
    await pass(alertsTo([program], plan), MINUTE_MS, EXCEPTION)
    expect(program.sent).toHaveLength(1)
  })
})

describe('what is critical', () => {
  test('is told again until somebody acknowledges it', async () => {
    const sms = keptChannel('sms', { levels: ['critical'] })
    const alerts = alertsTo([sms], { repeatMs: 60 * MINUTE_MS })
    await pass(alerts, 150 * MINUTE_MS, CRITICAL)
    expect(textsOf(sms)).toEqual([
      'Critical · headquarters cannot save anything',
      'still so: Critical · headquarters cannot save anything',
      'still so: Critical · headquarters cannot save anything',
    ])
    expect(alerts.acknowledge('storage', 'account Li')).toMatchObject({ acknowledged: { by: 'account Li' } })
    expect(alerts.acknowledge('storage', 'account Wu')).toMatchObject({ acknowledged: { by: 'account Li' } })
    await pass(alerts, 150 * MINUTE_MS)
    expect(sms.sent).toHaveLength(3)
    await pass(alerts, 5 * MINUTE_MS, {})
    expect(textsOf(sms)[3]).toBe('over: Critical · headquarters cannot save anything')
  })

  test('about a store that cannot be read is told all the same', async () => {
    const chat = keptChannel('chat')
    const alerts = alertsTo([chat])
    await pass(alerts, MINUTE_MS, EXCEPTION)
    chain = () => {
      throw new OutpostError('DISK_FAILED', 'the disk did not read')
    }
    vi.spyOn(store, 'join').mockImplementation(() => {
      throw new OutpostError('DISK_FAILED', 'the disk did not write')
    })
    await pass(alerts, 5 * MINUTE_MS)
    vi.restoreAllMocks()
    expect(textsOf(chat)[1]).toBe('Critical · headquarters cannot save anything')
    expect(alerts.view().open.map(({ key }) => key)).toEqual(['storage', 'exceptions'])
  })
})

test('an alert that is over or was never there cannot be acknowledged', () => {
  const alerts = alertsTo([])
  expect(() => alerts.acknowledge('storage', 'account Li')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
})

describe('after a restart', () => {
  test('alerts go on: nobody is told again, and who took them up is known', async () => {
    const chat = keptChannel('chat')
    const before = alertsTo([chat])
    await pass(before, MINUTE_MS, EXCEPTION)
    before.acknowledge('exceptions', 'account Li')
    const since = before.view().open[0]!.since
    await before.stop()
    const after = alertsTo([chat])
    await pass(after, 10 * MINUTE_MS)
    expect(chat.sent).toHaveLength(1)
    expect(after.view().open).toMatchObject([{ since, acknowledged: { by: 'account Li' } }])
  })

  test('a branch that was silent before is neither over nor new, and its silence goes on', async () => {
    const chat = keptChannel('chat')
    const silent = (listeningSinceMs: number) => ({
      status: { branches: [branchRow('b1', { lastHeartbeatAt: iso(NOW_MS - HOUR_MS) })] },
      listeningSinceMs,
    })
    const before = alertsTo([chat])
    await pass(before, MINUTE_MS, silent(0))
    before.acknowledge('silent-branch:b1', 'account Li')
    await before.stop()
    const after = alertsTo([chat])
    await pass(after, 30 * MINUTE_MS, silent(nowMs))
    expect(chat.sent).toHaveLength(1)
    expect(after.view().open).toMatchObject([{ acknowledged: { by: 'account Li' }, value: 60 * 90 + 55 }])
    await pass(after, 5 * MINUTE_MS, (atMs) => ({
      status: { branches: [branchRow('b1', { lastHeartbeatAt: iso(atMs) })] },
    }))
    expect(chat.sent).toHaveLength(2)
  })

  test('whoever was told of an alert is told that it is over', async () => {
    const chat = keptChannel('chat')
    const before = alertsTo([chat])
    await pass(before, MINUTE_MS, EXCEPTION)
    chat.refuses = 'no answer in time'
    await pass(before, 3 * MINUTE_MS, {})
    await before.stop()
    chat.refuses = undefined
    await pass(alertsTo([chat]), 15 * MINUTE_MS)
    expect(textsOf(chat).slice(1)).toEqual(['over: Warning · 3 documents at headquarters wait for a person'])
  })

  test('what came again before anybody heard that it was over is not told as over later', async () => {
    const chat = keptChannel('chat')
    const before = alertsTo([chat])
    await pass(before, MINUTE_MS, EXCEPTION)
    chat.refuses = 'no answer in time'
    await pass(before, 3 * MINUTE_MS, {})
    await pass(before, MINUTE_MS, EXCEPTION)
    chat.refuses = undefined
    await pass(before, 15 * MINUTE_MS)
    await before.stop()
    const after = alertsTo([chat])
    await pass(after, 15 * MINUTE_MS)
    expect(chat.sent).toHaveLength(1)
    await pass(after, 15 * MINUTE_MS, {})
    await after.stop()
    await pass(alertsTo([chat]), 15 * MINUTE_MS)
    expect(chat.sent).toHaveLength(2)
  })

  test('only the last thousand that are over are remembered', () => {
    const book = new AlertBook(store)
    const ended = (n: number) => ({
      key: `silent-branch:b${n}`,
      rule: 'silent-branch' as const,
      level: 'warning' as const,
      value: 1,
      threshold: 0,
      sinceMs: n,
      endedMs: n + 1,
      told: {},
      untold: {},
    })
    for (let n = 0; n < 1100; n += 50) book.save(Array.from({ length: 50 }, (_, i) => ended(n + i)))
    const kept = book.ended(2000)
    expect([kept.length, kept[0]?.sinceMs, kept.at(-1)?.sinceMs]).toEqual([1000, 1099, 100])
  })
})

test('a storm of 10,000 failures makes a handful of messages', async () => {
  const [chat, sms] = [keptChannel('chat'), keptChannel('sms', { levels: ['critical'] })]
  const alerts = alertsTo([chat, sms])
  const ids = Array.from({ length: 500 }, (_, n) => `b${n}`)
  let failures = 0
  // Within ten minutes branch after branch begins to fail, comes back for a moment, and falls silent.
  await pass(alerts, 20 * MINUTE_MS, (atMs) => {
    const seconds = (atMs - NOW_MS) / SECOND_MS
    const begun = ids.slice(0, Math.min(ids.length, Math.ceil((seconds / 600) * ids.length)))
    failures = begun.length * 21
    const isFailing = (n: number) => (Math.floor(seconds / 90) + n) % 7 !== 0
    const branches = Object.fromEntries(
      begun.map((id, n) => [id, syncFigures({ consecutiveFailures: isFailing(n) ? 21 : 0 })]),
    )
    return {
      status: {
        branches: ids.map((id, n) => branchRow(id, { reported: { exceptions: n % 3 }, lastHeartbeatAt: iso(atMs) })),
      },
      figures: {
        branches,
        all: syncFigures({
          requests: 20_000,
          failed: failures,
          failedLastHour: failures,
          successRate: 1 - failures / 20_000,
        }),
      },
    }
  })
  expect(failures).toBeGreaterThan(10_000)
  expect(alerts.view().open.length).toBeGreaterThan(500)
  for (const channel of [chat, sms]) {
    expect([channel.name, channel.sent.length <= 8 && channel.sent.length >= 2]).toEqual([channel.name, true])
    for (const { lines } of channel.sent) expect(lines.length).toBeLessThan(20)
  }
  await pass(alerts, 30 * MINUTE_MS, {})
  expect([alerts.view().open, chat.sent.length <= 10, sms.sent.length <= 10]).toEqual([[], true, true])
  expect(chat.sent.at(-1)).not.toHaveProperty('level')
})

test('a channel that reached only some of its people counts as told, and its trouble is shown', async () => {
  const sms = keptChannel('sms')
  sms.send = () => Promise.reject(new PartlySent('not to phone 2 of 3: answered 400'))
  const alerts = alertsTo([sms])
  await pass(alerts, MINUTE_MS, CRITICAL)
  expect(alerts.view()).toMatchObject({
    open: [{ told: ['sms'], untold: [] }],
    channels: [{ name: 'sms', lastError: { reason: 'not to phone 2 of 3: answered 400' } }],
  })
  expect(await alerts.test('sms')).toEqual([{ channel: 'sms', reason: 'not to phone 2 of 3: answered 400' }])
})

test('headquarters looks every five seconds, and soon after a change', async () => {
  vi.useFakeTimers()
  let changed: () => void = () => undefined
  let looks = 0
  const alerts = new Alerts({
    book: new AlertBook(store),
    plan: PLAN,
    channels: [],
    snapshot: () => ((looks += 1), chainSnapshot()),
    onChange: (listener) => {
      changed = listener
      return () => (changed = () => undefined)
    },
    nowMs: () => nowMs,
    steadyMs: () => nowMs - setByMs,
    log: LOG,
  })
  alerts.start()
  vi.advanceTimersByTime(5000)
  expect(looks).toBe(1)
  for (let i = 0; i < 100; i++) changed()
  vi.advanceTimersByTime(1000)
  expect(looks).toBe(2)
  await alerts.stop()
  changed()
  vi.advanceTimersByTime(60_000)
  expect(looks).toBe(2)
})

test('whoever watches hears of what begins and ends, and of nothing else', async () => {
  const alerts = alertsTo([])
  let heard = 0
  alerts.onChange(() => (heard += 1))
  await pass(alerts, 5 * MINUTE_MS, EXCEPTION)
  await pass(alerts, 5 * MINUTE_MS, {})
  expect(heard).toBe(2)
})
