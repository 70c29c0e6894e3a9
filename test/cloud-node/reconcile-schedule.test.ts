/** When everything is called for, and when recent documents are; only the hours are the test's. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ReconcileSchedule, type ReconcilePlan } from '../../cloud-node/reconcile-schedule.ts'

const FRIDAY = '2026-03-06T10:00:00Z'
const MINUTE = 60_000

let lastAll: string
let calls: string[]
let schedule: ReconcileSchedule

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: Date.parse(FRIDAY) })
  lastAll = FRIDAY
  calls = []
})
afterEach(() => {
  schedule.stop()
  vi.useRealTimers()
})

function start(plan: Pick<ReconcilePlan, 'recent' | 'all'>): void {
  schedule = new ReconcileSchedule(
    { repairUpTo: 2, timeZone: 'UTC', ...plan },
    { call: (kind) => void calls.push(kind), lastAllMs: () => new Map([['books', Date.parse(lastAll)]]) },
  )
  schedule.start()
}

test('a node that was off at the hour makes up for it at its start, and until that has come to its end', () => {
  for (const recent of [undefined, '*/15 * * * *']) {
    calls = []
    lastAll = '2026-03-01T02:00:00Z'
    vi.setSystemTime(Date.parse('2026-03-09T09:01:00Z'))
    start({ recent, all: '0 2 * * 0' })
    expect(calls).toEqual(['all'])
    vi.advanceTimersByTime(15 * MINUTE)
    expect(calls.slice(1)).toEqual(recent ? ['all', 'recent'] : ['all'])
    lastAll = '2026-03-09T09:15:00Z'
    vi.advanceTimersByTime(15 * MINUTE)
    expect(calls.slice(3)).toEqual(recent ? ['recent'] : [])
    schedule.stop()
  }
})

test('a node that was on makes up for nothing, and one without an hour for everything neither', () => {
  start({ all: '0 2 * * 0' })
  expect(schedule.next()).toEqual({ all: '2026-03-08T02:00:00.000Z' })
  vi.advanceTimersByTime(60 * MINUTE)
  expect(calls).toEqual([])
  schedule.stop()
  lastAll = '2020-01-01T00:00:00Z'
  start({})
  vi.advanceTimersByTime(60 * MINUTE)
  expect([calls, schedule.next()]).toEqual([[], {}])
})

test('what one of two mirrors has missed is made up for with that one, and their hour is for both', () => {
  vi.setSystemTime(Date.parse('2026-03-09T09:01:00Z'))
  const asked: unknown[] = []
  const last = new Map([
    ['books', Date.parse('2026-03-08T02:00:00Z')],
    ['away', Date.parse('2026-03-01T02:00:00Z')],
  ])
  schedule = new ReconcileSchedule(
    { repairUpTo: 2, timeZone: 'UTC', all: '0 2 * * 0' },
    { call: (...call) => void asked.push(call), lastAllMs: () => last },
  )
  schedule.start()
  expect(asked).toEqual([['all', ['away']]])
  last.set('away', Date.now())
  vi.advanceTimersByTime(Date.parse('2026-03-15T02:00:01Z') - Date.now())
  expect(asked[1]).toEqual(['all'])
})
