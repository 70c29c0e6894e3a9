/**
 * The sync cycle: does what `cycle-machine.ts` decides, one thing at a time, and tells it what came of it. It is started
 * by the timer, a local write, the live stream or a person. Long, since all that wakes it and all that it does share one state.
 */
import { LinkFailure } from '../../adapters/http/link-failure.ts'
import { Waiting } from '../../adapters/http/waiting.ts'
import type { BranchSide } from '../../adapters/exchange/branch-side.ts'
import { declarationOf } from '../../adapters/exchange/replica.ts'
import type { Log } from '../../adapters/log.ts'
import { ROW_STATE, type RowState } from '../../adapters/sqlite/document-row.ts'
import { collectionsByClass, type CollectionDeclaration } from '../../schemas/collection.ts'
import { isLockedOut } from '../../schemas/locked-out.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { StatusError } from '../../schemas/protocol/status.ts'
import { UNUSED_BUCKET, refill, spend, waitMs, type Bucket } from './bandwidth.ts'
import { advance, FIRST_CYCLE, isIdle, type Cycle, type CycleEffect, type CycleEvent } from './cycle-machine.ts'
import type { CycleLimits, CycleRequest, CycleStateName, CycleView } from './cycle-machine.ts'
import { CycleRequests, type CycleRequestsOptions } from './cycle-requests.ts'
import type { CycleStatus } from './cycle-status.ts'
import { lazily } from './lazily.ts'
import type { OpenedDocument } from './refreshes.ts'
import { NO_SETTINGS, suspendedClasses, type SyncSettings } from './sync-settings.ts'
import { SYNC_DEFAULTS } from './sync-defaults.ts'

export interface SyncCycleOptions extends CycleRequestsOptions {
  readonly enabled: () => boolean
  readonly settings?: () => SyncSettings
  readonly intervalMs?: number
  /** Tries of a request that the link failed, within its cycle; simulations, which have no time to wait, take none. */
  readonly linkRetries?: number
}

export class SyncCycle {
  readonly #options: SyncCycleOptions
  readonly #branch: BranchSide
  readonly #requests: CycleRequests
  readonly #log: Log
  readonly #limits: CycleLimits
  readonly #classes: ReadonlyMap<number, readonly CollectionDeclaration[]>
  readonly #random: () => number
  readonly #stopping = new AbortController()
  readonly #pausing = new Waiting()
  readonly #listeners = new Set<() => void>()
  #cycle: Cycle = FIRST_CYCLE
  /** Whoever waits for the cycle to end. */
  #running: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined
  #asking: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  /** On the monotonic clock. */
  #nextAttemptMs: number | undefined
  #bucket: Bucket = UNUSED_BUCKET
  /** Of the traffic. */
  #counted = 0
  #lastError: StatusError | undefined
  #refused: StatusError | undefined

  constructor(options: SyncCycleOptions) {
    this.#options = options
    this.#branch = options.branch
    this.#requests = new CycleRequests(options, this.#stopping.signal)
    this.#log = options.log
    this.#limits = {
      ...SYNC_DEFAULTS,
      intervalMs: options.intervalMs ?? SYNC_DEFAULTS.intervalMs,
      linkRetries: options.linkRetries ?? SYNC_DEFAULTS.linkRetries,
    }
    this.#random = options.random ?? Math.random
    this.#classes = collectionsByClass(this.#branch.replica.store.declarations)
  }

  start(): void {
    const unsubscribe = this.#branch.replica.store.onCommit(({ context }) => {
      if (context !== 'exchange') this.#dispatch({ on: 'change' })
    })
    this.#stopping.signal.addEventListener('abort', unsubscribe)
    const forget = this.#branch.exceptions.onChange(() => this.#dispatch({ on: 'change' }))
    this.#stopping.signal.addEventListener('abort', forget)
    this.#dispatch({ on: 'switched' })
  }

  /**
   * Ends the cycle that runs. What headquarters has answered is settled or taken; a batch that it has not answered stays
   * pending, and a page that has not come is asked for again: nothing hangs on a request that is given up.
   */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#dispatch({ on: 'stop' })
    await this.#asking
    const failure = this.#finishAfter(undefined)
    if (failure !== undefined) this.#noteError(failure)
  }

  /** Runs one cycle, or one more after the one that runs. Resolves when it is through or has failed; never rejects. */
  run(): Promise<void> {
    this.#dispatch({ on: 'person' })
    return this.#running?.promise ?? Promise.resolve()
  }

  /** The live stream says that headquarters has something. */
  nudge(priority: number): void {
    if (priority > 0) this.#requests.overtake()
    this.#dispatch({ on: 'nudge', priority })
  }

  /** The live stream is there (again). */
  linked(): void {
    this.#dispatch({ on: 'linked' })
  }

  /** The live stream has ended, and was not found again. */
  unlinked(): void {
    this.#dispatch({ on: 'unlinked' })
  }

  /**
   * Somebody has opened a document: headquarters is asked for its newest state, also while its collection waits for its
   * time of day, unless a person has suspended it. Nothing is kept for a link that fails.
   *
   * @returns whether it is asked because of this
   * @throws OutpostError COLLECTION_UNKNOWN
   */
  refresh(opened: OpenedDocument): boolean {
    const { replica } = this.#branch
    const { syncClass } = declarationOf(replica, opened.collection)
    if (this.contact() === undefined || this.#branch.loadedClass() === undefined) return false
    const { suspended } = this.#options.settings?.() ?? NO_SETTINGS
    const byPeople = suspendedClasses({ suspended }, replica.store.declarations, () => 0)
    if (byPeople.has(syncClass)) return false
    if (!this.#requests.opened.add(opened)) return false
    this.#dispatch({ on: 'opened' })
    return true
  }

  /** When headquarters was last heard, ms since 1970; `undefined` while it is not asked, or since something went wrong. */
  contact(): number | undefined {
    const { state, failures } = this.#cycle
    const isUp = failures === 0 && !UNLINKED.has(state) && this.#options.enabled()
    return isUp ? this.#requests.lastContactMs : undefined
  }

  /** What people set has changed. */
  settingsChanged(): void {
    this.#requests.opened.drop()
    this.#pausing.wake()
    this.#dispatch({ on: 'switched' })
  }

  status(): CycleStatus {
    const { state, failures } = this.#cycle
    const nowMs = this.#branch.replica.clock.wallMs()
    const { batch, verdict, lastContactMs, disk } = this.#requests
    const loading = this.#requests.loading()
    const traffic = this.#options.traffic?.()
    return {
      running: this.#running !== undefined,
      state,
      failures,
      batch,
      verdict,
      ...(lastContactMs !== undefined && { lastContactAt: isoTime(lastContactMs) }),
      ...(this.#lastError && { lastError: this.#lastError }),
      ...(this.#refused && { refused: this.#refused }),
      ...(this.#nextAttemptMs !== undefined && {
        nextAttemptAt: isoTime(nowMs + this.#nextAttemptMs - performance.now()),
      }),
      ...(loading && { loading }),
      ...(traffic && { traffic: { sent: traffic.sent, received: traffic.received } }),
      ...(disk && { disk }),
    }
  }

  /** Calls back after each cycle. */
  onCycle(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  // --- the machine and what it asks for -------------------------------------------------------------------------------

  #dispatch(event: CycleEvent): void {
    let step: ReturnType<typeof advance>
    try {
      step = advance(this.#cycle, event, this.#look())
    } catch (error) {
      // A store that cannot be read any more must not take the node down with it: its log says so.
      this.#noteError(error)
      step = advance(this.#cycle, { on: 'failed' }, { ...BLIND_VIEW, ...this.#surroundings() })
    }
    const before = this.#cycle
    this.#cycle = step.cycle
    this.#enter(before, step.cycle)
    this.#perform(step.effect)
    if (isIdle(step.cycle)) this.#end(before)
  }

  #enter(before: Cycle, after: Cycle): void {
    if (before.state === after.state) return
    if (UNLINKED.has(after.state) && after.state !== 'pausing') this.#requests.opened.drop()
    if (after.state === 'resting' || after.state === 'off') this.#lastError = this.#refused = undefined
    if (!isIdle(before) || isIdle(after)) return
    this.#requests.begin()
    this.#running = newPromise()
  }

  #end(before: Cycle): void {
    if (this.#cycle.state !== 'stopped') {
      const failure = this.#finishAfter(undefined)
      if (failure !== undefined) this.#noteError(failure)
    }
    const running = this.#running
    this.#running = undefined
    if (!running || isIdle(before)) return
    running.resolve()
    for (const listener of this.#listeners) {
      try {
        listener()
      } catch (err) {
        this.#log.error({ err }, 'a listener of the sync cycle failed')
      }
    }
  }

  #perform(effect: CycleEffect): void {
    if (effect.do === 'nothing') return
    clearTimeout(this.#timer)
    this.#nextAttemptMs = undefined
    switch (effect.do) {
      case 'disarm':
        return
      case 'arm':
        this.#nextAttemptMs = performance.now() + effect.afterMs
        this.#timer = setTimeout(() => this.#dispatch({ on: 'timer' }), effect.afterMs)
        return
      default:
        this.#asking = this.#ask(effect)
    }
  }

  /** Never rejects. */
  async #ask(effect: CycleRequest): Promise<void> {
    // In the next turn: what whoever woke the cycle writes besides goes with it.
    await Promise.resolve()
    let event: CycleEvent
    try {
      await this.#pace()
      event = await this.#requests.send(effect, { theirs: this.#cycle.theirs, lastError: this.#lastError })
      if (effect.do === 'heartbeat') this.#refused = undefined
      // A nudge that came meanwhile may be newer than the answer.
      const priority = event.on === 'answered' ? Math.max(event.priority, this.#cycle.nudged) : 0
      if (priority > 0) this.#requests.overtake()
      this.#countSpent()
    } catch (error) {
      this.#countSpent()
      if (this.#stopping.signal.aborted) return
      event = this.#eventOf(this.#finishAfter(error), effect.do)
    }
    if (!this.#stopping.signal.aborted) this.#dispatch(event)
  }

  /** What was answered before counts though this request failed. */
  #finishAfter(error: unknown): unknown {
    try {
      this.#requests.finish()
      return error
    } catch (failure) {
      return failure
    }
  }

  #eventOf(error: unknown, what: CycleRequest['do']): CycleEvent {
    const code = error instanceof OutpostError ? error.code : 'INTERNAL'
    // What never holds up anything is no trouble of the cycle.
    if (what === 'report') {
      this.#log.debug({ code }, 'the live stats were not taken')
      return { on: 'failed' }
    }
    if (code === 'DELIVERY_UNKNOWN' && (what === 'confirm' || what === 'pull')) return { on: 'receipts-refused' }
    if (code === 'BODY_TOO_LARGE' && this.#requests.batch > 1) {
      this.#requests.noteTooLarge()
      return { on: 'too-large' }
    }
    // What is begun anew once heals by itself; a heartbeat need not tell of it.
    if (ANEW.has(code) && this.#cycle.anew < this.#limits.maxAnew) return { on: 'anew' }
    this.#noteError(error)
    const retryAfterMs = error instanceof LinkFailure ? error.retryAfterMs : undefined
    // Many small requests are what a headquarters that asks for patience can use least.
    if ((what === 'push' || what === 'pull') && retryAfterMs === undefined) this.#requests.halve()
    if (code === 'LINK_FAILED') return { on: 'link-failed', retryAfterMs }
    if (isLockedOut(code)) {
      this.#refused = this.#lastError
      return { on: 'locked-out' }
    }
    return { on: ANEW.has(code) ? 'anew' : 'failed' }
  }

  // --- what the machine sees ------------------------------------------------------------------------------------------

  #surroundings(): Pick<CycleView, 'limits' | 'nowMs' | 'random'> {
    return { limits: this.#limits, nowMs: performance.now(), random: this.#random() }
  }

  /** Looked up only as far as the decision needs it. */
  #look(): CycleView {
    const { store, clock } = this.#branch.replica
    const { declarations } = store
    const settings = this.#options.settings?.() ?? NO_SETTINGS
    const suspended = suspendedClasses(settings, declarations, () => clock.wallMs())
    this.#requests.takePart(suspended)
    const surroundings = this.#surroundings()
    return lazily<CycleView>({
      limits: () => surroundings.limits,
      nowMs: () => surroundings.nowMs,
      random: () => surroundings.random,
      suspended: () => suspended,
      isEnabled: () => this.#options.enabled(),
      hasReceipts: () => this.#branch.openReceipts().length > 0,
      ours: () => this.#classesIn(ROW_STATE.dirty, suspended).next().value ?? 0,
      retryClasses: () => [...this.#classesIn(ROW_STATE.retry, suspended)],
      wantedClass: () => this.#requests.wanted(1)[0]?.class ?? 0,
      hasFailed: () => this.#hasFailed(suspended),
      hasNews: () => this.#requests.hasNews(),
      hasOpened: () => this.#requests.opened.size > 0,
      hasDifferences: () => this.#requests.hasDifferences(surroundings.nowMs),
      hasStats: () => this.#requests.hasStats(),
    })
  }

  #hasFailed(suspended: ReadonlySet<number>): boolean {
    return !this.#classesIn(ROW_STATE.retry, suspended).next().done || this.#branch.wanted(1, suspended).length > 0
  }

  /** Highest first. */
  *#classesIn(state: RowState, suspended: ReadonlySet<number>): Generator<number, undefined> {
    const { store } = this.#branch.replica
    for (const [syncClass, declarations] of this.#classes) {
      if (suspended.has(syncClass)) continue
      if (declarations.some(({ name }) => store.table(name).hasState(state))) yield syncClass
    }
    return undefined
  }

  // --- what is learned ------------------------------------------------------------------------------------------------

  /** Waits until the cap on the line allows the next exchange. */
  async #pace(): Promise<void> {
    const { signal } = this.#stopping
    for (let pauseMs = this.#overdrawnMs(); pauseMs > 0 && !signal.aborted; pauseMs = this.#overdrawnMs()) {
      await this.#pausing.sleep(pauseMs, signal)
    }
    signal.throwIfAborted()
  }

  /** What people have switched off or set otherwise meanwhile counts at once. */
  #overdrawnMs(): number {
    const bandwidth = this.#options.settings?.().bandwidth
    if (bandwidth === undefined) this.#bucket = UNUSED_BUCKET
    if (bandwidth === undefined || !this.#options.enabled()) return 0
    const bytesPerSecond = bandwidth * 1000
    this.#bucket = refill(this.#bucket, bytesPerSecond, performance.now())
    return waitMs(this.#bucket, bytesPerSecond)
  }

  #countSpent(): void {
    const traffic = this.#options.traffic?.()
    if (!traffic) return
    const total = traffic.sent + traffic.received
    this.#bucket = spend(this.#bucket, total - this.#counted)
    this.#counted = total
  }

  #noteError(error: unknown): void {
    const known = error instanceof OutpostError
    const code = known ? error.code : 'INTERNAL'
    const message = (error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE)
    this.#lastError = { code, message, at: this.#branch.replica.clock.now() }
    this.#requests.doubt()
    const { failures } = this.#cycle
    this.#log.warn({ code, failures, ...(known ? {} : { err: error }) }, `synchronisation was held up: ${message}`)
  }
}

/** Where nothing can be looked up. */
const BLIND_VIEW = {
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
  suspended: new Set<number>(),
} as const

/** No request is made, or the last one failed. */
const UNLINKED: ReadonlySet<CycleStateName> = new Set(['off', 'waiting', 'refused', 'pausing', 'stopped'])
/** A heartbeat puts it right. */
const ANEW: ReadonlySet<string> = new Set(['HEARTBEAT_FIRST', 'POSITION_UNKNOWN'])
/** What a heartbeat may carry of an error, characters. */
const MAX_MESSAGE = 500

function newPromise(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
