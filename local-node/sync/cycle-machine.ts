/**
 * The sync cycle as a state machine: what a branch does next, decided purely. Each pair of state and event has an entry;
 * one that changes nothing says why. `SPEC.md` beside it is generated from here; `sync-cycle.ts` does what it says.
 * Long, since the table and what its entries do are read together.
 */
import { backoffMs } from '../../schemas/backoff.ts'

export const CYCLE_STATES = {
  off: 'Synchronisation is switched off.',
  resting: 'The last cycle came to its end; the timer runs.',
  waiting: 'The last cycle failed; the timer runs, longer after each failure.',
  refused: 'Headquarters does not let the branch in, and said why; the timer runs.',
  greeting: 'A heartbeat is under way.',
  confirming: 'Receipts of one delivery are under way.',
  pushing: 'A batch of one class is on its way to headquarters.',
  pulling: 'A page of one class was asked for.',
  comparing: 'Nothing waits and the digests differ: the documents of both sides are compared.',
  reporting: 'The live stats of today are under way.',
  pausing: 'The link failed a request; it is sent again when the short pause is over.',
  stopped: 'The node has stopped.',
} as const
export type CycleStateName = keyof typeof CYCLE_STATES

export const CYCLE_EVENTS = {
  timer: 'The timer or the pause is over.',
  change: 'Something was written here.',
  nudge: 'The live stream says that headquarters has something, and of which class.',
  linked: 'The live stream is there (again): the link works.',
  unlinked: 'The live stream has ended, and was not found again at once.',
  opened: 'Somebody opened a document: its newest state is wanted.',
  person: 'Somebody asked for a cycle.',
  switched: 'Settings have changed: on or off, which classes take part.',
  stop: 'The node stops.',
  answered: 'Headquarters did what was asked, and said what it has.',
  'link-failed': 'Refused, reset, cut, timed out, 429, 5xx, or not how headquarters answers.',
  'locked-out': 'BRANCH_DISABLED, BRANCH_RETIRED, BRANCH_UNKNOWN, CLONE_SUSPECTED or PROTOCOL_OUTDATED.',
  anew: 'HEARTBEAT_FIRST or POSITION_UNKNOWN.',
  'too-large': 'BODY_TOO_LARGE: the batch was halved.',
  'receipts-refused': 'DELIVERY_UNKNOWN: headquarters takes no receipts of this delivery.',
  failed: 'Anything else: the store, a defect.',
} as const
export type CycleEventName = keyof typeof CYCLE_EVENTS

interface Nudged {
  readonly on: 'nudge'
  readonly priority: number
}
interface Answered {
  readonly on: 'answered'
  readonly priority: number
  /** Of a heartbeat: its answer asks for another one. */
  readonly again?: boolean
}
interface LinkFailed {
  readonly on: 'link-failed'
  readonly retryAfterMs?: number | undefined
}
interface Plain {
  readonly on: Exclude<CycleEventName, 'nudge' | 'answered' | 'link-failed'>
}
export type CycleEvent = Nudged | Answered | LinkFailed | Plain

export interface Cycle {
  readonly state: CycleStateName
  /** The highest class that headquarters has something of, as it last said; 0 for none. */
  readonly theirs: number
  /** Cycles in a row that failed. */
  readonly failures: number
  /** Link failures of the request that is being tried. */
  readonly tries: number
  /** Times that headquarters has asked for patience with it. */
  readonly waits: number
  /** What the pause comes before. */
  readonly isGreetingDue: boolean
  /** Heartbeats in a row that asked for another one. */
  readonly greetings: number
  /** Times that this cycle has begun anew. */
  readonly anew: number
  /** Whether anything was exchanged since the last heartbeat: whether both sides agree is known only after another one. */
  readonly isExchanged: boolean
  /** What a nudge has said while a request is under way: its answer may be older. */
  readonly nudged: number
  /** The class whose failed documents are on their way, 0 for none. */
  readonly laneClass: number
  /** Classes whose failed documents have had their turn in this cycle. */
  readonly retried: readonly number[]
  /** Whether both sides' documents have been compared in this cycle. */
  readonly isCompared: boolean
  /** Whether the live stats have had theirs. */
  readonly isReported: boolean
  /** Somebody asked while the cycle ran: one more, from the heartbeat on. */
  readonly isAgain: boolean
  /** When a heartbeat was last answered, on the monotonic clock; absent when a change needs a new one. */
  readonly greetedAtMs?: number
  /** Headquarters asked for patience until then, on the monotonic clock. */
  readonly notBeforeMs: number
  /** Cycles in a row after which something that failed was to be tried again. */
  readonly hurries: number
}

export const FIRST_CYCLE: Cycle = {
  state: 'off',
  theirs: 0,
  failures: 0,
  tries: 0,
  waits: 0,
  isGreetingDue: false,
  greetings: 0,
  anew: 0,
  isExchanged: false,
  nudged: 0,
  laneClass: 0,
  retried: [],
  isCompared: false,
  isReported: false,
  isAgain: false,
  notBeforeMs: 0,
  hurries: 0,
}

export interface CycleLimits {
  readonly intervalMs: number
  readonly failedPauseMs: number
  readonly linkRetries: number
  readonly retryPauseMs: number
  readonly maxRetryPauseMs: number
  readonly maxWaits: number
  readonly maxBackoffMs: number
  readonly freshMs: number
  readonly maxHeartbeatAgeMs: number
  readonly maxHeartbeats: number
  readonly maxAnew: number
}

/** What the machine sees beside the event. Suspended classes count nowhere. */
export interface CycleView {
  readonly limits: CycleLimits
  /** Monotonic, ms. */
  readonly nowMs: number
  /** In [0, 1). */
  readonly random: number
  readonly isEnabled: boolean
  /** Whether there are receipts that headquarters has not confirmed. */
  readonly hasReceipts: boolean
  /** The highest class of which fresh changes wait here, 0 for none. */
  readonly ours: number
  /** Classes of which documents wait that headquarters refused before, highest first. */
  readonly retryClasses: readonly number[]
  /** The class of a document that is asked for again, and was not yet in this cycle; 0 for none. */
  readonly wantedClass: number
  /** Whether documents that failed have another try to come, in this cycle or a later one. */
  readonly hasFailed: boolean
  /** Whether headquarters was told of another number of exceptions than there are now. */
  readonly hasNews: boolean
  /** Whether there are documents that somebody has opened. They are few, and asked for whatever class is suspended. */
  readonly hasOpened: boolean
  /** Whether the digests differ although nothing waits, and it is time to find out in what. */
  readonly hasDifferences: boolean
  /** Whether the live stats have changed since headquarters was told. */
  readonly hasStats: boolean
  readonly suspended: ReadonlySet<number>
}

export type CycleRequest =
  | { readonly do: 'heartbeat' }
  | { readonly do: 'confirm' }
  | { readonly do: 'compare' }
  | { readonly do: 'report' }
  | { readonly do: 'refresh' }
  | { readonly do: 'push' | 'pull'; readonly class: number; readonly isLane: boolean }
export type CycleEffect =
  | CycleRequest
  | { readonly do: 'nothing' }
  | { readonly do: 'disarm' }
  | { readonly do: 'arm'; readonly afterMs: number }

export interface CycleStep {
  readonly cycle: Cycle
  readonly effect: CycleEffect
}

interface Entry<Event extends CycleEvent = CycleEvent> {
  /** Where it may lead; empty where the state stays. */
  readonly to: readonly CycleStateName[]
  readonly why: string
  readonly next: (cycle: Cycle, event: Event, view: CycleView) => CycleStep
}
interface Row extends Readonly<Record<Plain['on'], Entry>> {
  readonly nudge: Entry<Nudged>
  readonly answered: Entry<Answered>
  readonly 'link-failed': Entry<LinkFailed>
}

/** States in which no request and no pause is under way: whoever waits for the cycle is answered. */
export function isIdle({ state }: Cycle): boolean {
  return IDLE.has(state)
}
const IDLE: ReadonlySet<CycleStateName> = new Set(['off', 'resting', 'waiting', 'refused', 'stopped'])

/** Pure and total. */
export function advance(cycle: Cycle, event: CycleEvent, view: CycleView): CycleStep {
  const entry = CYCLE_TABLE[cycle.state][event.on] as Entry
  return entry.next(cycle, event, view)
}

// --- what entries are made of ---------------------------------------------------------------------------------------

const NOTHING = { do: 'nothing' } as const

function ignored(why: string): Entry {
  return { to: [], why, next: (cycle) => ({ cycle, effect: NOTHING }) }
}

function goes<Event extends CycleEvent = CycleEvent>(
  to: readonly CycleStateName[],
  why: string,
  next: Entry<Event>['next'],
): Entry<Event> {
  return { to, why, next }
}

function ask(cycle: Cycle, state: CycleStateName, effect: CycleEffect): CycleStep {
  return { cycle: { ...cycle, state, nudged: 0 }, effect }
}

function greet(cycle: Cycle): CycleStep {
  return ask({ ...cycle, theirs: 0, isExchanged: false, laneClass: 0 }, 'greeting', { do: 'heartbeat' })
}

/** A cycle from its heartbeat on. */
function begin(cycle: Cycle, view: CycleView): CycleStep {
  if (!view.isEnabled) return SWITCHED_OFF
  return greet(fresh(cycle))
}

/** A request that nothing has come of yet. */
const UNTRIED = { tries: 0, waits: 0 } as const

/** What a cycle knows of itself alone. */
function fresh(cycle: Cycle): Cycle {
  return {
    ...cycle,
    ...UNTRIED,
    greetings: 0,
    anew: 0,
    retried: [],
    isCompared: false,
    isReported: false,
    isAgain: false,
  }
}

/** A heartbeat is not older than its limit: what it said of whether the branch may come holds until somebody refuses. */
function open(cycle: Cycle, view: CycleView): CycleStep {
  const isFresh = cycle.greetedAtMs !== undefined && view.nowMs - cycle.greetedAtMs < view.limits.freshMs
  return isFresh ? decide(fresh(cycle), view) : begin(cycle, view)
}

/**
 * The next request. Receipts go first, or with the next page; then the higher class, ours where both are equal; what
 * somebody opened and what failed before have lanes of their own when nothing fresh is left; what differs although nothing
 * waits is looked for last.
 */
function decide(cycle: Cycle, view: CycleView): CycleStep {
  // Settings may have changed since headquarters named a class; the heartbeat at the end brings the next one.
  const named = [cycle.theirs, cycle.nudged].filter((one) => !view.suspended.has(one))
  const theirs = Math.max(0, ...named)
  if (!view.isEnabled) return SWITCHED_OFF
  if (cycle.isExchanged && view.nowMs - (cycle.greetedAtMs ?? view.nowMs) > view.limits.maxHeartbeatAgeMs) {
    // What has come through of a long cycle so far, headquarters shows to whoever waits for it.
    return greet(cycle)
  }
  // Receipts of a page go with the request for the next one of the class; everything else waits for them.
  const isNextPage = cycle.state === 'pulling' && cycle.laneClass === 0 && theirs > view.ours
  if (view.hasReceipts && !isNextPage) return ask({ ...cycle, isExchanged: true }, 'confirming', { do: 'confirm' })
  if (view.ours > 0 && view.ours >= theirs) return exchange(cycle, 'push', view.ours, false)
  if (theirs > 0) return exchange(cycle, 'pull', theirs, false)
  if (view.hasOpened) return ask({ ...cycle, isExchanged: true, laneClass: 0 }, 'pulling', { do: 'refresh' })
  const retry = view.retryClasses.find((one) => !cycle.retried.includes(one))
  if (retry !== undefined) return exchange(cycle, 'push', retry, true)
  if (view.wantedClass > 0) return exchange(cycle, 'pull', view.wantedClass, true)
  if (cycle.isExchanged || view.hasNews) return greet(cycle)
  if (view.hasDifferences && !cycle.isCompared) return ask(cycle, 'comparing', { do: 'compare' })
  if (view.hasStats && !cycle.isReported) return ask({ ...cycle, isReported: true }, 'reporting', { do: 'report' })
  if (cycle.isAgain) return begin(cycle, view)
  return rest(cycle, view)
}

function exchange(cycle: Cycle, direction: 'push' | 'pull', syncClass: number, isLane: boolean): CycleStep {
  const state = direction === 'push' ? 'pushing' : 'pulling'
  const laneClass = isLane ? syncClass : 0
  return ask({ ...cycle, isExchanged: true, laneClass }, state, { do: direction, class: syncClass, isLane })
}

/** What failed is not kept waiting for the whole interval; what goes on failing is, after a while. */
function rest(cycle: Cycle, { limits, hasFailed, random }: CycleView): CycleStep {
  const { failedPauseMs: firstMs, intervalMs: capMs } = limits
  const afterMs = hasFailed ? backoffMs(cycle.hurries, { firstMs, capMs }, random) : capMs
  const state = {
    ...fresh(cycle),
    state: 'resting',
    theirs: 0,
    nudged: 0,
    failures: 0,
    isExchanged: false,
    notBeforeMs: 0,
    hurries: hasFailed ? cycle.hurries + 1 : 0,
  } as const
  return { cycle: state, effect: { do: 'arm', afterMs } }
}

const SWITCHED_OFF: CycleStep = { cycle: FIRST_CYCLE, effect: { do: 'disarm' } }

function stop(cycle: Cycle): CycleStep {
  return { cycle: { ...cycle, state: 'stopped' }, effect: { do: 'disarm' } }
}

/** The cycle failed: nothing but the timer, people and the live stream start another. */
function fail(cycle: Cycle, { limits, random, nowMs }: CycleView, retryAfterMs = 0): CycleStep {
  const { greetedAtMs: _, ...rest } = cycle
  const failures = cycle.failures + 1
  const pauseMs = pauseAfter(failures, limits, random)
  // Spread, so that those who were asked for the same patience do not come back together.
  const afterMs = Math.max(pauseMs, retryAfterMs * (1 + random / 4))
  const waiting = { ...rest, state: 'waiting', failures, theirs: 0, isAgain: false } as const
  return { cycle: { ...waiting, notBeforeMs: nowMs + retryAfterMs }, effect: { do: 'arm', afterMs } }
}

/** The pause after so many failed cycles, ms. */
export function pauseAfter(failures: number, limits: CycleLimits, random: number): number {
  return backoffMs(failures - 1, { firstMs: limits.intervalMs, capMs: limits.maxBackoffMs }, random)
}

function refuse(cycle: Cycle, { limits }: CycleView): CycleStep {
  const { greetedAtMs: _, ...rest } = cycle
  const refused = { ...rest, state: 'refused', failures: cycle.failures + 1, theirs: 0, isAgain: false } as const
  return { cycle: refused, effect: { do: 'arm', afterMs: limits.intervalMs } }
}

/**
 * The same request once more after a short pause, three times; then the cycle has failed. A headquarters that asks for
 * patience works: to wait as long as it says is no failure, and the cycle goes on where it was.
 */
function tryAgain(cycle: Cycle, event: LinkFailed, view: CycleView, isGreetingDue: boolean): CycleStep {
  const { limits, random, nowMs } = view
  const { retryAfterMs = 0 } = event
  const pausing = { ...cycle, state: 'pausing', isGreetingDue } as const
  if (retryAfterMs > 0) {
    if (cycle.waits >= limits.maxWaits || retryAfterMs > limits.maxRetryPauseMs) return fail(cycle, view, retryAfterMs)
    const waits = cycle.waits + 1
    const effect = { do: 'arm', afterMs: retryAfterMs } as const
    return { cycle: { ...pausing, waits, notBeforeMs: nowMs + retryAfterMs }, effect }
  }
  if (cycle.tries >= limits.linkRetries) return fail(cycle, view)
  const pauseMs = backoffMs(cycle.tries, { firstMs: limits.retryPauseMs, capMs: limits.maxRetryPauseMs }, random)
  return { cycle: { ...pausing, tries: cycle.tries + 1 }, effect: { do: 'arm', afterMs: pauseMs } }
}

function resume(cycle: Cycle, view: CycleView): CycleStep {
  if (!view.isEnabled) return SWITCHED_OFF
  return cycle.isGreetingDue ? greet(cycle) : decide(cycle, view)
}

function beginAnew(cycle: Cycle, view: CycleView): CycleStep {
  if (cycle.anew >= view.limits.maxAnew) return fail(cycle, view)
  return greet({ ...cycle, anew: cycle.anew + 1 })
}

function answeredWith(cycle: Cycle, { priority }: Answered, view: CycleView): CycleStep {
  return decide({ ...cycle, theirs: priority, ...UNTRIED }, view)
}

/** The lane's batch of a class has had its turn, whatever became of its documents. */
function pushed(cycle: Cycle, event: Answered, view: CycleView): CycleStep {
  const retried = cycle.laneClass > 0 ? [...cycle.retried, cycle.laneClass] : cycle.retried
  return answeredWith({ ...cycle, retried }, event, view)
}

function greeted(cycle: Cycle, { priority, again = false }: Answered, view: CycleView): CycleStep {
  if (again) {
    const greetings = cycle.greetings + 1
    return greetings >= view.limits.maxHeartbeats ? fail(cycle, view) : greet({ ...cycle, ...UNTRIED, greetings })
  }
  return answeredWith({ ...cycle, greetings: 0, greetedAtMs: view.nowMs }, { on: 'answered', priority }, view)
}

// --- the table --------------------------------------------------------------------------------------------------------

/** Where `decide` may lead. */
const DECIDED = ['confirming', 'pushing', 'pulling', 'greeting', 'comparing', 'reporting', 'resting', 'off'] as const
/** Where it may lead while one side has something. */
const EXCHANGED = ['confirming', 'pushing', 'pulling', 'greeting', 'off'] as const
const NOT_ASKED = ignored('nothing was asked of headquarters')
const NO_RECEIPTS = ignored('no receipts are under way')
const STOPS: Entry = goes(['stopped'], 'nothing more is begun', stop)

const NOTHING_ASKED = {
  answered: NOT_ASKED,
  'link-failed': NOT_ASKED,
  'locked-out': NOT_ASKED,
  anew: NOT_ASKED,
  'too-large': NOT_ASKED,
  'receipts-refused': NOT_ASKED,
} as const

const BEGINS = ['greeting', 'off'] as const
const SWITCHED: Entry = goes(BEGINS, 'off, or a cycle with what is set now', (cycle, _, view) => begin(cycle, view))

/** What is the same whatever request is under way. */
const REQUEST = {
  timer: ignored('the timer is not armed while a cycle runs'),
  change: ignored('what waits is looked up after the answer'),
  nudge: goes<Nudged>([], 'it is remembered: the answer may be older', (cycle, { priority }) => ({
    cycle: { ...cycle, nudged: Math.max(cycle.nudged, priority) },
    effect: NOTHING,
  })),
  linked: ignored('the request under way will tell'),
  unlinked: ignored('the request under way will tell'),
  opened: ignored('what was opened is looked up after the answer'),
  person: goes([], 'one more cycle follows this one', (cycle) => ({
    cycle: { ...cycle, isAgain: true },
    effect: NOTHING,
  })),
  switched: ignored('settings are looked up after the answer'),
  stop: STOPS,
} as const

const LOCKED_OUT: Entry = goes(['refused'], 'the reason is shown; asked again at the timer', (c, _, v) => refuse(c, v))
const ANEW: Entry = goes(['greeting', 'waiting'], 'a heartbeat, once in a cycle; then it has failed', (c, _, v) =>
  beginAnew(c, v),
)
const FAILED: Entry = goes(['waiting'], 'the cycle ends', (c, _, v) => fail(c, v))

const AGAIN = 'three more times, then the cycle ends; what headquarters asks to wait does not count'

/** The requests of an exchange. */
const EXCHANGE = {
  ...REQUEST,
  'link-failed': goes<LinkFailed>(['pausing', 'waiting'], AGAIN, (c, e, v) => tryAgain(c, e, v, false)),
  'locked-out': LOCKED_OUT,
  anew: ANEW,
  'too-large': goes(DECIDED, 'with half as many documents', (c, _, v) => decide(c, v)),
  'receipts-refused': NO_RECEIPTS,
  failed: FAILED,
} as const

export const CYCLE_TABLE: { readonly [State in CycleStateName]: Row } = {
  off: {
    ...NOTHING_ASKED,
    timer: ignored('the timer is not armed'),
    change: ignored('it waits until synchronisation is on'),
    nudge: ignored('synchronisation is off'),
    linked: ignored('synchronisation is off'),
    unlinked: ignored('synchronisation is off'),
    opened: ignored('synchronisation is off'),
    person: goes(BEGINS, 'a cycle, unless it is still off', (c, _, v) => begin(c, v)),
    switched: SWITCHED,
    stop: STOPS,
    failed: goes(['waiting'], 'the settings cannot be read; asked again at the timer', (c, _, v) => fail(c, v)),
  },
  resting: {
    ...NOTHING_ASKED,
    timer: goes(BEGINS, 'the next cycle', (c, _, v) => begin(c, v)),
    change: goes(
      EXCHANGED,
      'pushed at once after a fresh heartbeat, else a cycle; another number of exceptions is told; else nothing',
      (c, _, v) => {
        if (v.ours > 0) return open(c, v)
        return v.hasNews ? begin(c, v) : { cycle: c, effect: NOTHING }
      },
    ),
    nudge: goes(EXCHANGED, 'fetched at once after a fresh heartbeat, else a cycle', (c, { priority }, v) => {
      if (priority === 0) return { cycle: c, effect: NOTHING }
      // What waits behind a class that takes no part, only a heartbeat tells.
      return v.suspended.has(priority) ? begin(c, v) : open({ ...c, theirs: priority }, v)
    }),
    linked: ignored('a nudge follows if headquarters has something'),
    unlinked: goes(BEGINS, 'the heartbeat shows whether the link is gone', (c, _, v) => begin(c, v)),
    opened: goes(EXCHANGED, 'asked for at once after a fresh heartbeat, else with a cycle', (c, _, v) =>
      v.hasOpened ? open(c, v) : { cycle: c, effect: NOTHING },
    ),
    person: goes(BEGINS, 'a cycle', (c, _, v) => begin(c, v)),
    switched: SWITCHED,
    stop: STOPS,
    failed: FAILED,
  },
  waiting: {
    ...NOTHING_ASKED,
    timer: goes(BEGINS, 'the heartbeat shows whether the link is back', (c, _, v) => begin(c, v)),
    change: ignored('a busy till must not hammer a link that fails'),
    nudge: ignored('the stream works and the cycle does not: the timer decides'),
    linked: goes(BEGINS, 'the link is back, unless headquarters asked for patience', (c, _, v) =>
      v.nowMs < c.notBeforeMs ? { cycle: c, effect: NOTHING } : begin(c, v),
    ),
    unlinked: ignored('the cycle has failed already'),
    opened: ignored('the link fails: what is here is shown'),
    person: goes(BEGINS, 'at once', (c, _, v) => begin(c, v)),
    switched: SWITCHED,
    stop: STOPS,
    failed: FAILED,
  },
  refused: {
    ...NOTHING_ASKED,
    timer: goes(BEGINS, 'asked again', (c, _, v) => begin(c, v)),
    change: ignored('headquarters does not let the branch in'),
    nudge: ignored('headquarters does not let the branch in'),
    linked: ignored('the link was not the reason'),
    unlinked: ignored('the link was not the reason'),
    opened: ignored('headquarters does not let the branch in'),
    person: goes(BEGINS, 'asked again', (c, _, v) => begin(c, v)),
    switched: SWITCHED,
    stop: STOPS,
    failed: FAILED,
  },
  greeting: {
    ...REQUEST,
    answered: goes(
      [...DECIDED, 'waiting'],
      'receipts, then the higher class; another heartbeat where it asks',
      greeted,
    ),
    'link-failed': goes(['pausing', 'waiting'], AGAIN, (c, e, v) => tryAgain(c, e, v, true)),
    'locked-out': LOCKED_OUT,
    anew: ANEW,
    'too-large': goes(['waiting'], 'a heartbeat cannot be smaller', (c, _, v) => fail(c, v)),
    'receipts-refused': NO_RECEIPTS,
    failed: FAILED,
  },
  confirming: {
    ...EXCHANGE,
    answered: goes(DECIDED, 'the next delivery, then exchanges', answeredWith),
    'receipts-refused': goes(DECIDED, 'once more; the second refusal parks them, and the cycle goes on', (c, _, v) =>
      decide({ ...c, ...UNTRIED }, v),
    ),
  },
  pushing: { ...EXCHANGE, answered: goes(DECIDED, 'the higher class of both sides is next', pushed) },
  pulling: {
    ...EXCHANGE,
    answered: goes(DECIDED, 'receipts are next, with the next page of the class if there is one', answeredWith),
    'receipts-refused': goes(DECIDED, 'sent by themselves, they are refused or taken', (c, _, v) =>
      decide({ ...c, state: 'confirming', ...UNTRIED }, v),
    ),
  },
  comparing: {
    ...EXCHANGE,
    answered: goes(
      DECIDED.filter((state) => state !== 'comparing'),
      'what differs is offered, or asked for',
      (c, e, v) => answeredWith({ ...c, isCompared: true }, e, v),
    ),
  },
  reporting: {
    ...REQUEST,
    ...(() => {
      const over: Entry = goes(DECIDED, 'whatever became of it: it never holds up anything', (c, _, v) => decide(c, v))
      return { answered: over, 'link-failed': over, 'locked-out': over, anew: over, 'too-large': over, failed: over }
    })(),
    'receipts-refused': NO_RECEIPTS,
  },
  pausing: {
    ...NOTHING_ASKED,
    timer: goes(DECIDED, 'the request that failed, or what is more urgent by now', (c, _, v) => resume(c, v)),
    change: ignored('what waits is looked up after the pause'),
    nudge: REQUEST.nudge,
    linked: goes(DECIDED, 'the link is back: at once, unless headquarters asked for patience', (c, _, v) =>
      v.nowMs < c.notBeforeMs ? { cycle: c, effect: NOTHING } : resume(c, v),
    ),
    unlinked: ignored('the request after the pause will tell'),
    opened: ignored('what was opened is looked up after the pause'),
    person: goes(DECIDED, 'at once', (c, _, v) => resume(c, v)),
    switched: goes(DECIDED, 'at once, with what is set now', (c, _, v) => resume(c, v)),
    stop: STOPS,
    failed: FAILED,
  },
  stopped: {
    ...NOTHING_ASKED,
    timer: ignored('the node has stopped'),
    change: ignored('it waits in the store'),
    nudge: ignored('the node has stopped'),
    linked: ignored('the node has stopped'),
    unlinked: ignored('the node has stopped'),
    opened: ignored('the node has stopped'),
    person: ignored('the node has stopped'),
    switched: ignored('the node has stopped'),
    stop: ignored('the node has stopped'),
    failed: ignored('the node has stopped'),
  },
}
