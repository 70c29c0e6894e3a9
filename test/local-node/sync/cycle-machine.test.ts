import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  advance,
  CYCLE_EVENTS,
  CYCLE_STATES,
  CYCLE_TABLE,
  FIRST_CYCLE,
  isIdle,
  pauseAfter,
  type Cycle,
  type CycleEffect,
  type CycleEvent,
  type CycleEventName,
  type CycleStateName,
  type CycleView,
} from '../../../local-node/sync/cycle-machine.ts'
import { SYNC_DEFAULTS } from '../../../local-node/sync/sync-defaults.ts'

const VIEW: CycleView = {
  limits: SYNC_DEFAULTS,
  nowMs: 1_000_000,
  random: 0,
  isEnabled: true,
  hasReceipts: false,
  ours: 0,
  retryClasses: [],
  wantedClass: 0,
  hasFailed: false,
  hasNews: false,
  hasOpened: false,
  hasDifferences: false,
  hasStats: false,
  suspended: new Set(),
}
const HEARTBEAT: CycleEffect = { do: 'heartbeat' }
const TIMER: CycleEffect = { do: 'arm', afterMs: SYNC_DEFAULTS.intervalMs }
const push = (syncClass: number): CycleEffect => ({ do: 'push', class: syncClass, isLane: false })
const pull = (syncClass: number): CycleEffect => ({ do: 'pull', class: syncClass, isLane: false })
const answered = (priority: number): CycleEvent => ({ on: 'answered', priority })

/** Orders are class 80, members 100. */
interface Row {
  /** Of requirement 000 §三.1, in its own numbering. */
  readonly clause: string
  readonly state: Partial<Cycle> & { readonly state: CycleStateName }
  readonly event: CycleEvent
  readonly view?: Partial<CycleView>
  readonly to: CycleStateName
  readonly effect: CycleEffect
}

const ROWS: readonly Row[] = [
  {
    clause: '模块一 1): synchronisation is not on: no heartbeat, no request',
    state: { state: 'resting' },
    event: { on: 'timer' },
    view: { isEnabled: false },
    to: 'off',
    effect: { do: 'disarm' },
  },
  {
    clause: '模块一 1): turned on again: a heartbeat',
    state: { state: 'off' },
    event: { on: 'switched' },
    to: 'greeting',
    effect: HEARTBEAT,
  },
  {
    // The requirement looks up the highest priority before the heartbeat; here it is looked up after the answer, since
    // both are compared only then and what was written meanwhile counts too.
    clause: '模块一 2)(1)(2): on: the timer is shut and a heartbeat is sent',
    state: { state: 'resting' },
    event: { on: 'timer' },
    view: { ours: 80 },
    to: 'greeting',
    effect: HEARTBEAT,
  },
  {
    clause: '模块一: the heartbeat finds nothing to do: the timer is armed',
    state: { state: 'greeting' },
    event: answered(0),
    to: 'resting',
    effect: TIMER,
  },
  {
    // The requirement re-arms the timer at the first failure of a heartbeat; here it is sent again as any other request.
    clause: '模块一: the heartbeat fails for good: the timer is armed',
    state: { state: 'greeting', tries: 3 },
    event: { on: 'link-failed' },
    to: 'waiting',
    effect: { do: 'arm', afterMs: SYNC_DEFAULTS.intervalMs / 2 },
  },
  {
    clause: '模块一: receipts that wait go before everything, after the heartbeat',
    state: { state: 'greeting' },
    event: answered(100),
    view: { hasReceipts: true, ours: 80 },
    to: 'confirming',
    effect: { do: 'confirm' },
  },
  {
    clause: '模块二 1)(1): sent; both sides have more: the higher one is next (theirs)',
    state: { state: 'pushing' },
    event: answered(100),
    view: { ours: 80 },
    to: 'pulling',
    effect: pull(100),
  },
  {
    clause: '模块二 1)(1): sent; both sides have more: the higher one is next (ours)',
    state: { state: 'pushing' },
    event: answered(80),
    view: { ours: 100 },
    to: 'pushing',
    effect: push(100),
  },
  {
    clause: '模块二 1)(1): both as high: ours, which the requirement leaves open',
    state: { state: 'pushing' },
    event: answered(80),
    view: { ours: 80 },
    to: 'pushing',
    effect: push(80),
  },
  {
    clause: '模块二 1)(1): sent; only we have more',
    state: { state: 'pushing' },
    event: answered(0),
    view: { ours: 80 },
    to: 'pushing',
    effect: push(80),
  },
  {
    clause: '模块二 1)(1): sent; only they have more',
    state: { state: 'pushing' },
    event: answered(80),
    to: 'pulling',
    effect: pull(80),
  },
  {
    // Before the stats a heartbeat compares both sides: "in sync" is said only of what was checked.
    clause: '模块二 1)(2): sent; both at 0: compared first',
    state: { state: 'pushing', isExchanged: true },
    event: answered(0),
    view: { hasStats: true },
    to: 'greeting',
    effect: HEARTBEAT,
  },
  {
    clause: '模块二 1)(2): then the live stats',
    state: { state: 'greeting' },
    event: answered(0),
    view: { hasStats: true },
    to: 'reporting',
    effect: { do: 'report' },
  },
  {
    // The requirement compares change values with the heartbeat, and leaves what follows to be done.
    clause:
      '三.2 关键 1: the change values differ although nothing waits: the documents are compared, then the live stats',
    state: { state: 'greeting' },
    event: answered(0),
    view: { hasDifferences: true, hasStats: true },
    to: 'comparing',
    effect: { do: 'compare' },
  },
  {
    clause: '三.2 关键 1: compared once in a cycle, whatever came of it',
    state: { state: 'comparing', isCompared: true },
    event: answered(0),
    view: { hasDifferences: true },
    to: 'resting',
    effect: TIMER,
  },
  {
    // Figures that did not change since they were told are not told again.
    clause: '模块二 1)(2): unchanged live stats: the timer at once',
    state: { state: 'greeting' },
    event: answered(0),
    view: { hasStats: false },
    to: 'resting',
    effect: TIMER,
  },
  {
    // "Failed" of the requirement is the outcome of single documents; the push itself was answered. They have a lane of
    // their own, so that they hold up nobody.
    clause: '模块二 2)(1): documents were refused and others wait: those go on',
    state: { state: 'pushing' },
    event: answered(0),
    view: { ours: 80, retryClasses: [80] },
    to: 'pushing',
    effect: push(80),
  },
  {
    clause: '模块二 2)(1): documents were refused and nothing fresh waits: once more in this cycle',
    state: { state: 'pushing' },
    event: answered(0),
    view: { retryClasses: [80] },
    to: 'pushing',
    effect: { do: 'push', class: 80, isLane: true },
  },
  {
    clause: '模块二 2)(2): they have had their turn: stats and timer come next',
    state: { state: 'pushing', laneClass: 80 },
    event: answered(0),
    view: { retryClasses: [80], hasStats: true },
    to: 'reporting',
    effect: { do: 'report' },
  },
  {
    clause: '模块二 3)(1): fetched and confirmed; more waits: goes on',
    state: { state: 'confirming' },
    event: answered(100),
    view: { ours: 80 },
    to: 'pulling',
    effect: pull(100),
  },
  {
    clause: '模块二 3): fetched, and nothing more to fetch: what became of it is confirmed at once',
    state: { state: 'pulling' },
    event: answered(0),
    view: { hasReceipts: true },
    to: 'confirming',
    effect: { do: 'confirm' },
  },
  {
    // The requirement confirms each page by a request of its own; here the request for the next page carries it.
    clause: '模块二 3): fetched, and more to fetch: what became of it goes with the request for the next page',
    state: { state: 'pulling' },
    event: answered(80),
    view: { hasReceipts: true },
    to: 'pulling',
    effect: pull(80),
  },
  {
    clause: '模块二 3): fetched, and ours comes first: it is confirmed before',
    state: { state: 'pulling' },
    event: answered(80),
    view: { hasReceipts: true, ours: 80 },
    to: 'confirming',
    effect: { do: 'confirm' },
  },
  {
    clause: '模块二 3)(2): fetched and confirmed; both at 0: compared, then stats, then the timer',
    state: { state: 'confirming', isExchanged: true },
    event: answered(0),
    to: 'greeting',
    effect: HEARTBEAT,
  },
  {
    clause: '模块二 4)(1): fetched, and the result cannot be told: the timer; the receipts stay and go first next time',
    state: { state: 'confirming', tries: 3 },
    event: { on: 'link-failed' },
    view: { hasReceipts: true },
    to: 'waiting',
    effect: { do: 'arm', afterMs: SYNC_DEFAULTS.intervalMs / 2 },
  },
  {
    clause: '§三.7 一.2: headquarters refuses the result: once more; the store parks it at the second refusal',
    state: { state: 'confirming' },
    event: { on: 'receipts-refused' },
    view: { hasReceipts: true },
    to: 'confirming',
    effect: { do: 'confirm' },
  },
  {
    clause: '§三.7 一.2: it was parked among the exceptions: the cycle goes on',
    state: { state: 'confirming' },
    event: { on: 'receipts-refused' },
    view: { ours: 80 },
    to: 'pushing',
    effect: push(80),
  },
  {
    clause: '模块二 5)(1): nothing could be fetched: the timer',
    state: { state: 'pulling', tries: 3 },
    event: { on: 'link-failed' },
    to: 'waiting',
    effect: { do: 'arm', afterMs: SYNC_DEFAULTS.intervalMs / 2 },
  },
  {
    clause: '模块二 6)(1): the live stats were taken: the timer',
    state: { state: 'reporting', isReported: true },
    event: answered(0),
    to: 'resting',
    effect: TIMER,
  },
  {
    clause: '模块二 6)(1): the live stats were not taken: the timer all the same',
    state: { state: 'reporting', isReported: true },
    event: { on: 'failed' },
    view: { hasStats: true },
    to: 'resting',
    effect: TIMER,
  },
  {
    // Three tries within the cycle, as §三.3 says of sending; §三.1 alone would arm the timer at once.
    clause: '模块二 7)(1), §三.3 二: the link fails: the request is sent again',
    state: { state: 'pushing', tries: 2 },
    event: { on: 'link-failed' },
    to: 'pausing',
    effect: { do: 'arm', afterMs: SYNC_DEFAULTS.retryPauseMs * 2 },
  },
  {
    clause: '模块二 7)(1), §三.3 二: and after the third time the timer is armed',
    state: { state: 'pushing', tries: 3 },
    event: { on: 'link-failed' },
    to: 'waiting',
    effect: { do: 'arm', afterMs: SYNC_DEFAULTS.intervalMs / 2 },
  },
  {
    clause: '§三.2 输出 2: headquarters is not ready for this branch: the reason is shown, the timer is armed',
    state: { state: 'greeting' },
    event: { on: 'locked-out' },
    to: 'refused',
    effect: TIMER,
  },
]

describe('requirement 000 §三.1', () => {
  for (const { clause, state, event, view, to, effect } of ROWS) {
    it(clause, () => {
      const step = advance({ ...FIRST_CYCLE, ...state }, event, { ...VIEW, ...view })
      expect(step.cycle.state).toBe(to)
      expect(step.effect).toEqual(effect)
    })
  }
})

describe('what else starts a cycle', () => {
  const resting: Cycle = { ...FIRST_CYCLE, state: 'resting', greetedAtMs: VIEW.nowMs - 1000 }

  it('pushes a local write at once after a fresh heartbeat', () => {
    expect(advance(resting, { on: 'change' }, { ...VIEW, ours: 80 }).effect).toEqual(push(80))
  })
  it('sends a heartbeat first where the last one is too old', () => {
    const view = { ...VIEW, ours: 80, nowMs: VIEW.nowMs + SYNC_DEFAULTS.freshMs }
    expect(advance(resting, { on: 'change' }, view).effect).toEqual(HEARTBEAT)
  })
  it('fetches at once what a nudge names', () => {
    expect(advance(resting, { on: 'nudge', priority: 80 }, VIEW).effect).toEqual(pull(80))
  })
  it('fetches what a nudge named while an answer was under way that may not know of it', () => {
    const { cycle } = advance({ ...FIRST_CYCLE, state: 'pushing' }, { on: 'nudge', priority: 80 }, VIEW)
    expect(advance(cycle, answered(0), VIEW).effect).toEqual(pull(80))
  })
  it('fetches what a nudge named while the live stats were under way, or in a pause, whatever became of them', () => {
    for (const on of ['answered', 'failed', 'link-failed'] as const) {
      const { cycle } = advance({ ...FIRST_CYCLE, state: 'reporting' }, { on: 'nudge', priority: 80 }, VIEW)
      expect(advance(cycle, on === 'answered' ? answered(0) : { on }, VIEW).effect).toEqual(pull(80))
    }
    const { cycle } = advance({ ...FIRST_CYCLE, state: 'pausing' }, { on: 'nudge', priority: 80 }, VIEW)
    expect(advance(cycle, { on: 'timer' }, VIEW).effect).toEqual(pull(80))
  })
  it('asks for what somebody opened at once after a fresh heartbeat, when nothing fresh is left, before what failed', () => {
    const opened = { ...VIEW, hasOpened: true, retryClasses: [80], wantedClass: 80, suspended: new Set([20]) }
    expect(advance(resting, { on: 'opened' }, opened).effect).toEqual({ do: 'refresh' })
    expect(advance(resting, { on: 'opened' }, { ...opened, ours: 80 }).effect).toEqual(push(80))
    const later = { ...opened, nowMs: VIEW.nowMs + SYNC_DEFAULTS.freshMs }
    expect(advance(resting, { on: 'opened' }, later).effect).toEqual(HEARTBEAT)
    const pulling: Cycle = { ...FIRST_CYCLE, state: 'pulling' }
    expect(advance(pulling, { on: 'opened' }, opened).effect).toEqual({ do: 'nothing' })
    expect(advance(pulling, answered(0), opened).effect).toEqual({ do: 'refresh' })
  })
  it('asks nothing for what somebody opens while the link fails, or when there is nothing to ask for', () => {
    for (const state of ['off', 'waiting', 'refused', 'pausing'] as const) {
      const cycle = { ...FIRST_CYCLE, state }
      expect(advance(cycle, { on: 'opened' }, { ...VIEW, hasOpened: true })).toEqual({
        cycle,
        effect: { do: 'nothing' },
      })
    }
    expect(advance(resting, { on: 'opened' }, VIEW).effect).toEqual({ do: 'nothing' })
  })
  it('asks by a heartbeat what waits behind a class that takes no part', () => {
    const view = { ...VIEW, suspended: new Set([80]) }
    expect(advance(resting, { on: 'nudge', priority: 80 }, view).effect).toEqual(HEARTBEAT)
  })
  it('fetches what takes part, though a class that does not was named too', () => {
    const view = { ...VIEW, suspended: new Set([80]) }
    const pulling: Cycle = { ...FIRST_CYCLE, state: 'pulling', nudged: 80 }
    expect(advance(pulling, { on: 'answered', priority: 20 }, view).effect).toEqual(pull(20))
  })
  it('goes on at once when the stream is back after the link failed', () => {
    expect(advance({ ...FIRST_CYCLE, state: 'waiting' }, { on: 'linked' }, VIEW).effect).toEqual(HEARTBEAT)
    expect(advance({ ...FIRST_CYCLE, state: 'pausing', isGreetingDue: true }, { on: 'linked' }, VIEW).effect).toEqual(
      HEARTBEAT,
    )
  })
  it('keeps the patience that headquarters has asked for, though the stream is back', () => {
    const event: CycleEvent = { on: 'link-failed', retryAfterMs: 60_000 }
    const failed = advance({ ...FIRST_CYCLE, state: 'pushing' }, event, VIEW)
    expect(failed.effect).toEqual({ do: 'arm', afterMs: 60_000 })
    expect(advance(failed.cycle, { on: 'linked' }, VIEW).effect).toEqual({ do: 'nothing' })
    const later = { ...VIEW, nowMs: VIEW.nowMs + 60_000 }
    expect(advance(failed.cycle, { on: 'linked' }, later).effect).toEqual(HEARTBEAT)
    expect(advance(failed.cycle, { on: 'person' }, VIEW).effect).toEqual(HEARTBEAT)
  })
  it('obeys a short patience within the cycle, many times, and counts it for no failure of the link', () => {
    const event: CycleEvent = { on: 'link-failed', retryAfterMs: 1000 }
    let cycle: Cycle = { ...FIRST_CYCLE, state: 'pushing', tries: SYNC_DEFAULTS.linkRetries }
    for (let i = 0; i < SYNC_DEFAULTS.maxWaits; i++) {
      const { cycle: pausing, effect } = advance({ ...cycle, state: 'pushing' }, event, VIEW)
      expect([pausing.state, pausing.tries, effect]).toEqual(['pausing', 3, { do: 'arm', afterMs: 1000 }])
      expect(advance(pausing, { on: 'linked' }, VIEW).effect).toEqual({ do: 'nothing' })
      cycle = pausing
    }
    expect(advance({ ...cycle, state: 'pushing' }, event, VIEW).cycle.state).toBe('waiting')
    const through = advance({ ...cycle, state: 'pushing' }, answered(80), VIEW)
    expect(through.cycle).toMatchObject({ state: 'pulling', tries: 0, waits: 0 })
  })
  it('tells headquarters in between how far a long cycle is, then goes on', () => {
    const nowMs = VIEW.nowMs + SYNC_DEFAULTS.maxHeartbeatAgeMs + 1
    const long: Cycle = { ...FIRST_CYCLE, state: 'pushing', isExchanged: true, greetedAtMs: VIEW.nowMs }
    const view = { ...VIEW, ours: 80, nowMs }
    expect(advance(long, answered(0), { ...view, nowMs: nowMs - 1 }).effect).toMatchObject({ do: 'push' })
    const greeting = advance(long, answered(0), view)
    expect(greeting.effect).toEqual(HEARTBEAT)
    expect(advance(greeting.cycle, answered(0), view).effect).toMatchObject({ do: 'push', class: 80 })
  })
  it('tries what failed again soon, and what goes on failing ever more rarely, down to once in the interval', () => {
    const failing = { ...VIEW, hasFailed: true, random: 0.5 }
    let cycle: Cycle = { ...FIRST_CYCLE, state: 'greeting' }
    const pauses = Array.from({ length: 5 }, () => {
      const step = advance({ ...cycle, state: 'greeting' }, answered(0), failing)
      cycle = step.cycle
      return step.effect
    })
    expect(pauses).toEqual([1500, 3000, 6000, 7500, 7500].map((afterMs) => ({ do: 'arm', afterMs })))
    const over = advance({ ...cycle, state: 'greeting' }, answered(0), VIEW)
    expect(over.effect).toEqual(TIMER)
    expect(advance({ ...over.cycle, state: 'greeting' }, answered(0), failing).effect).toEqual(pauses[0])
  })
  it('tells headquarters at once that there are other exceptions, though nothing waits', () => {
    const told = { ...VIEW, hasNews: true }
    expect(advance(resting, { on: 'change' }, told).effect).toEqual(HEARTBEAT)
    expect(advance(resting, { on: 'change' }, { ...told, ours: 80 }).effect).toEqual(push(80))
    // One that came about while the last heartbeat was under way.
    expect(advance({ ...FIRST_CYCLE, state: 'greeting' }, answered(0), told).effect).toEqual(HEARTBEAT)
  })
  it('finds out whether the link is gone as soon as the stream is not found again', () => {
    expect(advance(resting, { on: 'unlinked' }, VIEW).effect).toEqual(HEARTBEAT)
    for (const state of ['waiting', 'refused', 'greeting', 'pushing', 'pausing'] as const) {
      expect(advance({ ...FIRST_CYCLE, state }, { on: 'unlinked' }, VIEW).effect.do).toBe('nothing')
    }
  })
  it('is not hammered by a busy till while the link fails', () => {
    for (const state of ['waiting', 'refused', 'pausing'] as const) {
      expect(advance({ ...FIRST_CYCLE, state }, { on: 'change' }, { ...VIEW, ours: 100 }).effect.do).toBe('nothing')
    }
  })
  it('runs once more, from the heartbeat on, for a person who asked while it ran', () => {
    const { cycle } = advance({ ...FIRST_CYCLE, state: 'pushing' }, { on: 'person' }, VIEW)
    expect(advance(cycle, answered(0), VIEW).effect).toEqual(HEARTBEAT)
  })
  it('begins anew with a heartbeat once, and fails the second time', () => {
    const once = advance({ ...FIRST_CYCLE, state: 'pushing' }, { on: 'anew' }, VIEW)
    expect(once.effect).toEqual(HEARTBEAT)
    expect(advance({ ...once.cycle, state: 'pushing' }, { on: 'anew' }, VIEW).cycle.state).toBe('waiting')
  })
})

const stateNames = Object.keys(CYCLE_STATES) as CycleStateName[]
const eventNames = Object.keys(CYCLE_EVENTS) as CycleEventName[]
/** Mostly nothing, so that a cycle also comes to its end. */
const syncClass = fc.constantFrom(0, 0, 0, 0, 0, 20, 80, 100)
const seldom = fc.constantFrom(true, false, false, false)
const anyCycle: fc.Arbitrary<Cycle> = fc.record({
  state: fc.constantFrom(...stateNames),
  theirs: syncClass,
  failures: fc.nat(40),
  tries: fc.nat(4),
  waits: fc.nat(21),
  isGreetingDue: fc.boolean(),
  greetings: fc.nat(4),
  anew: fc.nat(2),
  isExchanged: seldom,
  nudged: syncClass,
  laneClass: syncClass,
  retried: fc.subarray([20, 80, 100]),
  isCompared: fc.boolean(),
  isReported: fc.boolean(),
  isAgain: seldom,
  greetedAtMs: fc.constantFrom(0, VIEW.nowMs),
  notBeforeMs: fc.constantFrom(0, 0, 0, VIEW.nowMs * 2),
  hurries: fc.nat(4),
})
const anyPatience = fc.oneof(fc.constant(0), fc.nat(700_000))
const anyEvent: fc.Arbitrary<CycleEvent> = fc.oneof(
  ...eventNames.map((on): fc.Arbitrary<CycleEvent> => {
    if (on === 'nudge') return fc.record({ on: fc.constant(on), priority: syncClass })
    if (on === 'answered') return fc.record({ on: fc.constant(on), priority: syncClass, again: fc.boolean() })
    if (on === 'link-failed') return fc.record({ on: fc.constant(on), retryAfterMs: anyPatience })
    return fc.constant({ on })
  }),
)
const anyView: fc.Arbitrary<CycleView> = fc.record({
  limits: fc.constant(SYNC_DEFAULTS),
  nowMs: fc.constant(VIEW.nowMs),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
  isEnabled: seldom.map((isOff) => !isOff),
  hasReceipts: seldom,
  ours: syncClass,
  retryClasses: fc.oneof(fc.constant([]), fc.constant([]), fc.subarray([100, 80, 20])),
  wantedClass: syncClass,
  hasFailed: fc.boolean(),
  hasNews: seldom,
  hasOpened: fc.tuple(seldom, seldom).map(([one, other]) => one && other),
  hasDifferences: fc.boolean(),
  hasStats: fc.boolean(),
  suspended: fc.subarray([20, 80, 100]).map((classes) => new Set(classes)),
})

describe('the machine', () => {
  it('goes where its table says, with one timer or one request to go with it', () => {
    const requests: CycleEffect['do'][] = ['heartbeat', 'confirm', 'push', 'pull', 'refresh', 'compare', 'report']
    fc.assert(
      fc.property(anyCycle, anyEvent, anyView, (cycle, event, view) => {
        const { to } = CYCLE_TABLE[cycle.state][event.on]
        const step = advance(cycle, event, view)
        const { state } = step.cycle
        if (step.effect.do === 'nothing') {
          expect(state).toBe(cycle.state)
          return
        }
        expect(to).toContain(state)
        const expected =
          state === 'off' || state === 'stopped'
            ? ['disarm']
            : isIdle(step.cycle) || state === 'pausing'
              ? ['arm']
              : requests
        expect(expected).toContain(step.effect.do)
        if (step.effect.do === 'push') expect(step.effect.class).toBeGreaterThan(0)
        if (step.effect.do === 'pull') expect(view.suspended.has(step.effect.class) && !step.effect.isLane).toBe(false)
      }),
      { numRuns: 5000 },
    )
  })

  it('leads everywhere that its table says', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(anyCycle, anyEvent, anyView, (cycle, event, view) => {
        seen.add(`${cycle.state} ${event.on} ${advance(cycle, event, view).cycle.state}`)
      }),
      { numRuns: 80_000, seed: 1 },
    )
    const told = stateNames.flatMap((state) =>
      eventNames.flatMap((event) => CYCLE_TABLE[state][event].to.map((to) => `${state} ${event} ${to}`)),
    )
    expect(told.filter((one) => !seen.has(one))).toEqual([])
  })

  it('exchanges nothing before its receipts, but for the page behind the one that they are of', () => {
    fc.assert(
      fc.property(anyCycle, anyEvent, anyView, (cycle, event, view) => {
        const { effect } = advance(cycle, event, { ...view, hasReceipts: true })
        expect(['push', 'refresh', 'compare', 'report']).not.toContain(effect.do)
        if (effect.do === 'pull') expect([cycle.state, cycle.laneClass, effect.isLane]).toEqual(['pulling', 0, false])
      }),
      { numRuns: 2000 },
    )
  })

  it('exchanges the higher class of both sides first, ours where both are as high, what was opened or failed last', () => {
    fc.assert(
      fc.property(anyCycle, anyEvent, anyView, (cycle, event, view) => {
        const { effect } = advance(cycle, event, view)
        if (effect.do !== 'push' && effect.do !== 'pull' && effect.do !== 'refresh') return
        const isAnswer = event.on === 'answered' && cycle.state !== 'reporting'
        const told = isAnswer || event.on === 'nudge' ? event.priority : cycle.theirs
        const theirs = Math.max(0, ...[told, cycle.nudged].filter((one) => !view.suspended.has(one)))
        if (effect.do === 'refresh' || effect.isLane) expect([view.ours, theirs]).toEqual([0, 0])
        else if (effect.do === 'push') expect([effect.class, view.ours >= theirs]).toEqual([view.ours, true])
        else expect([effect.class, theirs > view.ours]).toEqual([theirs, true])
      }),
      { numRuns: 2000 },
    )
  })

  it('starts no cycle because of a local write while the link fails or headquarters lets nobody in', () => {
    const resting = fc.constantFrom('waiting' as const, 'refused' as const)
    fc.assert(
      fc.property(anyCycle, resting, anyView, (cycle, state, view) => {
        const failed = { ...cycle, state }
        expect(advance(failed, { on: 'change' }, view)).toEqual({ cycle: failed, effect: { do: 'nothing' } })
      }),
    )
  })

  it('tries, waits, greets and begins anew no more often than its limits say', () => {
    const { linkRetries, maxWaits, maxHeartbeats, maxAnew } = SYNC_DEFAULTS
    const isWithin = ({ tries, waits, greetings, anew }: Cycle) =>
      tries <= linkRetries && waits <= maxWaits && greetings < maxHeartbeats && anew <= maxAnew
    expect(isWithin(FIRST_CYCLE)).toBe(true)
    // Whatever is within them stays so, at each step.
    fc.assert(
      fc.property(anyCycle.filter(isWithin), anyEvent, anyView, (cycle, event, view) => {
        expect(isWithin(advance(cycle, event, view).cycle)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('waits twice as long after each failure, with jitter, up to ten minutes', () => {
    const pauses = [1, 2, 3, 4, 20].map((failures) => pauseAfter(failures, SYNC_DEFAULTS, 1))
    expect(pauses).toEqual([10_000, 20_000, 40_000, 80_000, SYNC_DEFAULTS.maxBackoffMs])
    expect(pauseAfter(2, SYNC_DEFAULTS, 0)).toBe(10_000)
  })
})
