import { describe, expect, test } from 'vitest'
import { CLEAR_MS, NO_ALERTS, stepAlerts, toAlert, type AlertsState } from '../../../adapters/alerts/alert-states.ts'
import type { Finding, Troubles } from '../../../adapters/alerts/rules.ts'

const EXCEPTION: Finding = {
  key: 'exceptions:b1',
  rule: 'exceptions',
  about: 'b1',
  level: 'warning',
  value: 1,
  threshold: 0,
}
/** Has to last for two minutes. */
const BACKLOG: Finding = { key: 'backlog:b1', rule: 'backlog', about: 'b1', level: 'warning', value: 60, threshold: 50 }
const HOLD_MS = 120_000

const at = (nowMs: number, steadyMs = nowMs) => ({ nowMs, steadyMs })

const known = (findings: readonly Finding[]): Troubles => ({ findings, unknown: new Set() })

/** @returns the changes of each step */
function walk(...steps: readonly (readonly [nowMs: number, ...findings: Finding[]])[]) {
  let state: AlertsState = NO_ALERTS
  return steps.map(([nowMs, ...findings]) => {
    const stepped = stepAlerts(state, known(findings), at(nowMs))
    state = stepped.state
    return stepped.changed
  })
}

describe('a trouble', () => {
  test('begins one alert, however often it is found', () => {
    const [first, again] = walk([1000, EXCEPTION], [6000, { ...EXCEPTION, value: 9 }])
    expect(first).toEqual([{ ...EXCEPTION, sinceMs: 1000, told: {}, untold: {} }])
    expect(again).toEqual([])
  })

  test('has to last, and has lasted since it was found first', () => {
    const [early, soon, late] = walk([0, BACKLOG], [HOLD_MS - 1, BACKLOG], [HOLD_MS, BACKLOG])
    expect([early, soon]).toEqual([[], []])
    expect(late).toMatchObject([{ key: 'backlog:b1', sinceMs: 0 }])
  })

  test('that goes away meanwhile begins anew', () => {
    const [, , third, fourth] = walk([0, BACKLOG], [1000], [HOLD_MS, BACKLOG], [2 * HOLD_MS, BACKLOG])
    expect([third, fourth]).toMatchObject([[], [{ sinceMs: HOLD_MS }]])
  })
})

describe('how long a trouble has to last', () => {
  const RETRIES: Finding = { key: 'retries', rule: 'retries', level: 'notice', value: 12, threshold: 10 }
  const graver: Finding = { ...RETRIES, level: 'warning', value: 60, threshold: 50 }

  test('is asked once: one that has lasted and becomes graver is graver at once', () => {
    const [, begun, worse] = walk([0, RETRIES], [HOLD_MS, RETRIES], [HOLD_MS + 1, graver])
    expect([begun, worse]).toMatchObject([[{ level: 'notice' }], [{ level: 'warning', sinceMs: 0 }]])
  })

  test('counts from its first moment, as grave as it is at the end', () => {
    const [early, late] = walk([0, RETRIES], [HOLD_MS, graver])
    expect([early, late]).toMatchObject([[], [{ level: 'warning', sinceMs: 0 }]])
  })
})

test('lasts by the steady clock, whatever the wall clock was set to meanwhile', () => {
  const begun = stepAlerts(NO_ALERTS, known([BACKLOG]), at(1e12, 0))
  const early = stepAlerts(begun.state, known([BACKLOG]), at(2e12, HOLD_MS - 1))
  const late = stepAlerts(early.state, known([BACKLOG]), at(5, HOLD_MS))
  expect([early.changed, late.changed]).toMatchObject([[], [{ sinceMs: 1e12 }]])
  const clear = stepAlerts(late.state, known([]), at(0, HOLD_MS + 1))
  const over = stepAlerts(clear.state, known([]), at(1, HOLD_MS + 1 + CLEAR_MS))
  expect([clear.changed, over.changed]).toMatchObject([[], [{ endedMs: 1 }]])
})

test('what nobody can judge for a while goes on as it was', () => {
  const unknown: Troubles = { findings: [], unknown: new Set(['backlog:b1', 'exceptions:b1']) }
  const begun = stepAlerts(NO_ALERTS, known([BACKLOG, EXCEPTION]), at(0))
  const blind = stepAlerts(begun.state, unknown, at(HOLD_MS - 1))
  expect([blind.changed, [...blind.state.open.keys()]]).toEqual([[], ['exceptions:b1']])
  const seeing = stepAlerts(blind.state, known([BACKLOG]), at(HOLD_MS))
  expect(seeing.changed).toMatchObject([{ key: 'backlog:b1', sinceMs: 0 }])
  expect(stepAlerts(seeing.state, known([BACKLOG]), at(HOLD_MS + CLEAR_MS)).changed).toMatchObject([
    { key: 'exceptions:b1', endedMs: HOLD_MS + CLEAR_MS },
  ])
})

describe('an alert', () => {
  test('is over once nothing was found of it for a minute', () => {
    const [, , still, over, then] = walk([0, EXCEPTION], [5000], [5000 + CLEAR_MS - 1], [5000 + CLEAR_MS], [90_000])
    expect([still, then]).toEqual([[], []])
    expect(over).toMatchObject([{ key: 'exceptions:b1', sinceMs: 0, endedMs: 5000 + CLEAR_MS }])
  })

  test('stays the same while its trouble comes and goes', () => {
    const flaps = Array.from({ length: 40 }, (_, i) => [i * 30_000, ...(i % 2 ? [] : [EXCEPTION])] as const)
    expect(walk(...flaps).flat()).toHaveLength(1)
  })

  test('follows its figure, and says when it becomes graver or less grave', () => {
    const graver = { ...EXCEPTION, level: 'critical', value: 500 } as const
    const [, worse, same, better] = walk([0, EXCEPTION], [1, graver], [2, { ...graver, value: 700 }], [3, EXCEPTION])
    expect([worse, same, better]).toMatchObject([[{ level: 'critical', value: 500 }], [], [{ level: 'warning' }]])
  })

  test('that was acknowledged is nobody’s any more once it becomes graver', () => {
    const { state } = stepAlerts(NO_ALERTS, known([EXCEPTION]), at(0))
    const taken = { ...state.open.get('exceptions:b1')!, acknowledged: { by: 'account Li', atMs: 5 } }
    const open = new Map([[taken.key, taken]])
    const same = stepAlerts({ ...state, open }, known([{ ...EXCEPTION, value: 3 }]), at(10))
    expect(same.state.open.get(taken.key)).toMatchObject({ value: 3, acknowledged: { by: 'account Li' } })
    const graver = stepAlerts({ ...state, open }, known([{ ...EXCEPTION, level: 'critical' }]), at(10))
    expect(graver.state.open.get(taken.key)).not.toHaveProperty('acknowledged')
  })

  test('is shown with times that people read', () => {
    const shown = toAlert({
      ...EXCEPTION,
      sinceMs: 0,
      endedMs: 1000,
      acknowledged: { by: 'account Li', atMs: 500 },
      told: { chat: { level: 'warning', atMs: 1 } },
      untold: { mail: { reason: 'cannot be reached', tries: 2 } },
    })
    expect(shown).toEqual({
      ...EXCEPTION,
      since: '1970-01-01T00:00:00.000Z',
      endedAt: '1970-01-01T00:00:01.000Z',
      acknowledged: { by: 'account Li', at: '1970-01-01T00:00:00.500Z' },
      told: ['chat'],
      untold: [{ channel: 'mail', reason: 'cannot be reached' }],
    })
  })
})
