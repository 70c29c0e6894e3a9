/**
 * The sync cycle: does what `cycle-machine.ts` decides, one thing at a time, and tells it what came of it. It is started
 * by the timer, a local write, the live stream or a person.
 */
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { ExchangeClient, Traffic } from '../../adapters/http/exchange-client.ts'
import { LinkFailure } from '../../adapters/http/link-failure.ts'
import { BranchHeartbeat, type NodeFigures } from '../../adapters/exchange/branch-heartbeat.ts'
import type { BranchSide } from '../../adapters/exchange/branch-side.ts'
import { repair } from '../../adapters/exchange/repair.ts'
import type { DayFigures } from '../../adapters/exchange/day-sales.ts'
import type { Log } from '../../adapters/log.ts'
import { ROW_STATE, type RowState } from '../../adapters/sqlite/document-table.ts'
import { backoffMs } from '../../schemas/backoff.ts'
import { collectionsByClass, type CollectionDeclaration } from '../../schemas/collection.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type {
  HeartbeatResponse,
  Page,
  Position,
  Positions,
  PushResponse,
  Standpoint,
} from '../../schemas/protocol/exchange.ts'
import type { StatusError, SyncVerdict } from '../../schemas/protocol/status.ts'
import { noteOverdraft } from '../overdraft.ts'
import { FULL_BUCKET, refill, spend, waitMs, type Bucket } from './bandwidth.ts'
import { halved, nextBatchSize } from './batch-size.ts'
import { advance, FIRST_CYCLE, isIdle, type Cycle, type CycleEffect, type CycleEvent } from './cycle-machine.ts'
import type { CycleLimits, CycleRequest, CycleStateName, CycleView } from './cycle-machine.ts'
import { NO_SETTINGS, suspendedClasses, type SyncSettings } from './sync-settings.ts'
import { SYNC_DEFAULTS } from './sync-defaults.ts'
import { TakingPart } from './taking-part.ts'

export interface SyncCycleOptions {
  readonly branch: BranchSide
  readonly client: ExchangeClient
  readonly log: Log
  readonly enabled: () => boolean
  readonly settings?: () => SyncSettings
  readonly intervalMs?: number
  /** Documents that an exchange grows to. */
  readonly batchSize?: number
  /** Tries of a request that the link failed, within its cycle. */
  readonly linkRetries?: number
  readonly random?: () => number
  /** What the client has sent and received; needed for a cap on it. */
  readonly traffic?: () => Traffic
  /** What headquarters is shown live; nothing is reported without it. */
  readonly figures?: () => DayFigures
  readonly disk?: () => Promise<NodeFigures['disk']>
}

export class SyncCycle {
  readonly #options: SyncCycleOptions
  readonly #branch: BranchSide
  readonly #heartbeats: BranchHeartbeat
  readonly #client: ExchangeClient
  readonly #log: Log
  readonly #limits: CycleLimits
  readonly #classes: ReadonlyMap<number, readonly CollectionDeclaration[]>
  readonly #maxBatch: number
  readonly #random: () => number
  readonly #stopping = new AbortController()
  readonly #listeners = new Set<() => void>()
  #cycle: Cycle = FIRST_CYCLE
  /** Whoever waits for the cycle to end. */
  #running: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined
  #asking: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  /** On the monotonic clock. */
  #nextAttemptMs: number | undefined
  #batch: number
  #bucket: Bucket = FULL_BUCKET
  /** Of the traffic. */
  #counted = 0
  #part: TakingPart
  /** Documents that were asked for again in this cycle. */
  readonly #askedAgain = new Set<string>()
  #fruitless = 0
  /** What headquarters has answered last, until it is settled or taken. */
  #unfinished: Unfinished | undefined
  /** Comparisons since both sides last held the same, and when the next one may be; on the monotonic clock. */
  #compared = 0
  #compareAtMs = 0
  #reported: string | undefined
  #lastContactMs: number | undefined
  #lastError: StatusError | undefined
  #refused: StatusError | undefined
  #verdict: SyncVerdict = { state: 'unknown' }

  constructor(options: SyncCycleOptions) {
    this.#options = options
    this.#branch = options.branch
    this.#heartbeats = new BranchHeartbeat(options.branch)
    this.#client = options.client
    this.#log = options.log
    this.#limits = {
      ...SYNC_DEFAULTS,
      intervalMs: options.intervalMs ?? SYNC_DEFAULTS.intervalMs,
      linkRetries: options.linkRetries ?? SYNC_DEFAULTS.linkRetries,
    }
    this.#maxBatch = options.batchSize ?? SYNC_DEFAULTS.maxBatchSize
    this.#batch = Math.min(this.#maxBatch, SYNC_DEFAULTS.batchSize)
    this.#random = options.random ?? Math.random
    const { declarations } = this.#branch.replica.store
    this.#classes = collectionsByClass(declarations)
    this.#part = new TakingPart(declarations, new Set())
  }

  start(): void {
    const unsubscribe = this.#branch.replica.store.onCommit(({ context }) => {
      if (context !== 'exchange') this.#dispatch({ on: 'change' })
    })
    this.#stopping.signal.addEventListener('abort', unsubscribe)
    this.#dispatch({ on: 'switched' })
  }

  /** Ends the cycle that runs, at its next answer or deadline at the latest. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#dispatch({ on: 'stop' })
    await this.#asking
  }

  /** Runs one cycle, or one more after the one that runs. Resolves when it is through or has failed; never rejects. */
  run(): Promise<void> {
    this.#dispatch({ on: 'person' })
    return this.#running?.promise ?? Promise.resolve()
  }

  /** The live stream says that headquarters has something. */
  nudge(priority: number): void {
    this.#dispatch({ on: 'nudge', priority })
  }

  /** The live stream is there (again). */
  linked(): void {
    this.#dispatch({ on: 'linked' })
  }

  /** What people set has changed. */
  settingsChanged(): void {
    this.#dispatch({ on: 'switched' })
  }

  status(): CycleStatus {
    const { state, failures } = this.#cycle
    const nowMs = this.#branch.replica.clock.wallMs()
    const loading = this.#heartbeats.loading()
    const traffic = this.#options.traffic?.()
    return {
      running: this.#running !== undefined,
      state,
      failures,
      batch: this.#batch,
      verdict: this.#verdict,
      ...(this.#lastContactMs !== undefined && { lastContactAt: isoTime(this.#lastContactMs) }),
      ...(this.#lastError && { lastError: this.#lastError }),
      ...(this.#refused && { refused: this.#refused }),
      ...(this.#nextAttemptMs !== undefined && {
        nextAttemptAt: isoTime(nowMs + this.#nextAttemptMs - performance.now()),
      }),
      ...(loading && { loading }),
      ...(traffic && { traffic: { sent: traffic.sent, received: traffic.received } }),
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
    if (after.state === 'resting' || after.state === 'off') this.#lastError = this.#refused = undefined
    if (!isIdle(before) || isIdle(after)) return
    this.#askedAgain.clear()
    this.#fruitless = 0
    this.#running = newPromise()
  }

  #end(before: Cycle): void {
    if (this.#unfinished && this.#cycle.state !== 'stopped') {
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
      event = await this.#request(effect)
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
      this.#finishAnswer()
      return error
    } catch (failure) {
      return failure
    }
  }

  #request(effect: CycleRequest): Promise<CycleEvent> {
    if (effect.do !== 'push' && effect.do !== 'pull') this.#finishAnswer()
    if (effect.do === 'heartbeat') return this.#heartbeat()
    if (effect.do === 'confirm') return this.#confirm()
    if (effect.do === 'compare') return this.#compare()
    if (effect.do === 'report') return this.#report()
    return effect.do === 'push' ? this.#push(effect.class, effect.isLane) : this.#pull(effect.class, effect.isLane)
  }

  #eventOf(error: unknown, what: CycleRequest['do']): CycleEvent {
    const code = error instanceof OutpostError ? error.code : 'INTERNAL'
    // What never holds up anything is no trouble of the cycle.
    if (what === 'report') {
      this.#log.debug({ code }, 'the live stats were not taken')
      return { on: 'failed' }
    }
    if (code === 'DELIVERY_UNKNOWN' && (what === 'confirm' || what === 'pull')) return { on: 'receipts-refused' }
    if (code === 'BODY_TOO_LARGE' && this.#batch > 1) {
      this.#batch = halved(this.#batch)
      return { on: 'too-large' }
    }
    // What is begun anew once heals by itself; a heartbeat need not tell of it.
    if (ANEW.has(code) && this.#cycle.anew < this.#limits.maxAnew) return { on: 'anew' }
    this.#noteError(error)
    if (what === 'push' || what === 'pull') this.#batch = halved(this.#batch)
    if (code === 'LINK_FAILED') {
      return { on: 'link-failed', retryAfterMs: error instanceof LinkFailure ? error.retryAfterMs : undefined }
    }
    if (LOCKED_OUT.has(code)) {
      this.#refused = this.#lastError
      return { on: 'locked-out' }
    }
    return { on: ANEW.has(code) ? 'anew' : 'failed' }
  }

  // --- requests -------------------------------------------------------------------------------------------------------

  async #heartbeat(): Promise<CycleEvent> {
    const disk = await this.#options.disk?.()
    const lastError = this.#lastError
    const figures = { host: hostname(), ...(lastError && { lastError }), ...(disk && { disk }) }
    const request = this.#part.narrow(this.#heartbeats.request(figures))
    const answer: HeartbeatResponse = this.#part.narrowLevel(
      await this.#client.heartbeat(request, this.#stopping.signal),
    )
    const { verdict, again } = this.#heartbeats.take(answer)
    this.#lastContactMs = this.#branch.replica.clock.wallMs()
    this.#verdict = verdict
    this.#refused = undefined
    if (verdict.state === 'in-sync') this.#compared = this.#compareAtMs = 0
    if (answer.overdraft) noteOverdraft(this.#branch.replica.store, answer.overdraft)
    return { on: 'answered', priority: answer.priority, again }
  }

  /** Of the oldest delivery. */
  async #confirm(): Promise<CycleEvent> {
    const [open] = this.#branch.openReceipts()
    if (!open) return this.#nothingDone()
    const { delivery, class: syncClass, receipts } = open
    const request = this.#part.narrow({ delivery, class: syncClass, ...this.#branch.standpoint(), receipts })
    try {
      const answer = await this.#client.receipts(request, this.#stopping.signal)
      this.#branch.receiptsConfirmed(delivery, answer.head)
      return { on: 'answered', priority: answer.priority }
    } catch (error) {
      if (!(error instanceof OutpostError) || error.code !== 'DELIVERY_UNKNOWN') throw error
      this.#branch.receiptsRefused(open, error.message, Date.now())
      throw error
    }
  }

  /** The answer to the batch before is settled while headquarters works on this one. */
  async #push(syncClass: number, isLane: boolean): Promise<CycleEvent> {
    const before = isLane ? undefined : this.#unfinished
    const isNext = before?.do === 'push' && before.class === syncClass
    if (!isNext) this.#finishAnswer()
    const size = this.#batch
    const state = isLane ? ROW_STATE.retry : ROW_STATE.dirty
    const batch = this.#branch.nextBatch(syncClass, size, state, isNext ? before.upTo : 0)
    if (!batch) return this.#nothingLeft()
    const { documents } = batch
    const request = this.#part.narrow({ class: syncClass, documents, ...this.#standpoint() })
    const startedAt = performance.now()
    const answer: PushResponse = this.#part.narrowLevel(
      await this.#client.push(request, this.#stopping.signal, this.#finishAnswer),
    )
    const tookMs = performance.now() - startedAt
    this.#finishAnswer()
    const { head, foldedUpTo, priority } = answer
    const finish = () => this.#branch.settle(batch, answer, Date.now())
    this.#unfinished = {
      do: 'push',
      class: syncClass,
      upTo: batch.upTo,
      known: { witness: head, folded: foldedUpTo },
      finish,
    }
    // Where there was too much to tell, nothing was taken; what was refused has its turn in another lane.
    if (isLane || answer.outcomes.length < documents.length) this.#finishAnswer()
    this.#learn(size, documents.length, tookMs)
    this.#noteFruit(answer.outcomes.length + answer.contained.length)
    return { on: 'answered', priority }
  }

  /**
   * A page is taken while headquarters puts the next one together; the receipts of the one before go with it. In the lane,
   * the documents that are asked for again come with the page.
   */
  async #pull(syncClass: number, isLane: boolean): Promise<CycleEvent> {
    const before = this.#unfinished
    if (isLane || before?.do !== 'pull' || before.class !== syncClass) this.#finishAnswer()
    const limit = this.#batch
    const wanted = isLane ? this.#wanted(limit).map(({ collection, id }) => ({ collection, id })) : []
    const taken = this.#unfinished?.confirmed ?? []
    const open = this.#branch.openReceipts().filter(({ delivery }) => !taken.includes(delivery))
    const receipts = open.slice(0, MAX_RECEIPTS)
    const request = this.#part.narrow({
      class: syncClass,
      ...this.#standpoint(),
      limit,
      wanted,
      ...(receipts.length > 0 && { receipts }),
    })
    const startedAt = performance.now()
    const page: Page = this.#part.narrowLevel(
      await this.#client.pull(request, this.#stopping.signal, this.#finishAnswer),
    )
    const tookMs = performance.now() - startedAt
    this.#finishAnswer()
    const { head, foldedUpTo, upTo, more, documents, priority } = page
    const confirmed = receipts.map(({ delivery }) => delivery)
    const noteConfirmed = () => this.#branch.noteConfirmed(confirmed)
    const finish = () => this.#branch.applyPage(syncClass, page, Date.now(), wanted, noteConfirmed)
    const loading = request.positions[syncClass]?.loading ?? true
    const known = { witness: head, folded: foldedUpTo, position: { ...upTo, loading } }
    this.#unfinished = { do: 'pull', class: syncClass, known, confirmed, finish }
    // The last page, and one that only says what was folded, has none behind it that could be asked for meanwhile.
    if (!more || documents.length < limit) this.#finishAnswer()
    for (const one of wanted) this.#askedAgain.add(keyOf(one))
    this.#learn(limit, documents.length, tookMs)
    this.#noteFruit(documents.length + page.contained.length + wanted.length)
    return { on: 'answered', priority }
  }

  /** Settles the batch or takes the page that was answered last; the first to come does. */
  readonly #finishAnswer = (): void => {
    const unfinished = this.#unfinished
    this.#unfinished = undefined
    unfinished?.finish()
  }

  /** Where the branch stands once the answer that is not finished is. */
  #standpoint(): Standpoint {
    const standpoint = this.#branch.standpoint()
    if (!this.#unfinished) return standpoint
    const { class: syncClass, known } = this.#unfinished
    const { position, ...heard } = known
    const positions = position ? { ...standpoint.positions, [syncClass]: position } : standpoint.positions
    return { ...standpoint, ...heard, positions }
  }

  /** Whether anything waited is known only once the batch before is settled. */
  #nothingLeft(): CycleEvent {
    if (!this.#unfinished) return this.#nothingDone()
    this.#finishAnswer()
    return { on: 'answered', priority: this.#cycle.theirs }
  }

  async #compare(): Promise<CycleEvent> {
    const { signal } = this.#stopping
    const found = await repair(
      this.#branch,
      (request) => this.#client.digests(this.#part.narrow(request), signal),
      signal,
    )
    this.#compared += 1
    // What does not heal is compared ever more rarely.
    const pauseMs = backoffMs(this.#compared - 1, COMPARE_BACKOFF, this.#random())
    this.#compareAtMs = performance.now() + pauseMs
    this.#log.info({ ...found, comparisons: this.#compared }, 'compared with headquarters, since the digests differed')
    return { on: 'answered', priority: this.#cycle.theirs }
  }

  async #report(): Promise<CycleEvent> {
    const figures = this.#options.figures!()
    const request = this.#part.narrow({ ...this.#branch.standpoint(), ...figures })
    const answer = await this.#client.stats(request, this.#stopping.signal)
    this.#reported = JSON.stringify(figures)
    return { on: 'answered', priority: answer.priority }
  }

  /** What was to be done has been done otherwise meanwhile. */
  #nothingDone(): CycleEvent {
    this.#noteFruit(0)
    return { on: 'answered', priority: this.#cycle.theirs }
  }

  /** Something was announced again and again, and nothing comes of it: the timer decides. */
  #noteFruit(carried: number): void {
    this.#fruitless = carried > 0 ? 0 : this.#fruitless + 1
    if (this.#fruitless <= SYNC_DEFAULTS.maxFruitless) return
    throw new OutpostError('INTERNAL', 'something is announced to be exchanged, and nothing comes of it')
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
    this.#part = new TakingPart(declarations, suspended)
    const { figures } = this.#options
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
      wantedClass: () => this.#wanted(1)[0]?.class ?? 0,
      hasDifferences: () => this.#verdict.state === 'differs' && surroundings.nowMs >= this.#compareAtMs,
      hasStats: () => figures !== undefined && JSON.stringify(figures()) !== this.#reported,
    })
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

  /** What is to be asked for again and was not yet in this cycle. */
  #wanted(limit: number): ReturnType<BranchSide['wanted']> {
    return this.#branch
      .wanted(limit + this.#askedAgain.size)
      .filter((one) => !this.#askedAgain.has(keyOf(one)) && !this.#part.suspended.has(one.class))
      .slice(0, limit)
  }

  // --- what is learned ------------------------------------------------------------------------------------------------

  #learn(size: number, documents: number, tookMs: number): void {
    const bytes = this.#options.traffic?.().largest ?? 0
    this.#batch = nextBatchSize(size, { documents, bytes, tookMs }, this.#maxBatch, SYNC_DEFAULTS.maxRequestBytes)
  }

  /** Waits until the cap on the line allows the next exchange. */
  async #pace(): Promise<void> {
    const bandwidth = this.#options.settings?.().bandwidth
    if (bandwidth === undefined) return
    const bytesPerSecond = bandwidth * 1000
    this.#bucket = refill(this.#bucket, bytesPerSecond, performance.now())
    const pauseMs = waitMs(this.#bucket, bytesPerSecond)
    if (pauseMs > 0) await delay(pauseMs, undefined, { signal: this.#stopping.signal })
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
    this.#lastError = { code, message, at: new Date().toISOString() }
    if (this.#verdict.state === 'in-sync') this.#verdict = { ...this.#verdict, state: 'unknown' }
    const { failures } = this.#cycle
    this.#log.warn({ code, failures, ...(known ? {} : { err: error }) }, `synchronisation was held up: ${message}`)
  }
}

interface Unfinished {
  readonly do: 'push' | 'pull'
  readonly class: number
  /** The last one of the batch. */
  readonly upTo?: number
  /** What the branch relies on and has heard of once it is finished. */
  readonly known: { readonly witness: Position; readonly folded: Position; readonly position?: Positions[string] }
  /** Deliveries whose receipts were taken with it. */
  readonly confirmed?: readonly string[]
  readonly finish: () => unknown
}

export interface CycleStatus {
  readonly running: boolean
  readonly state: CycleStateName
  /** Cycles in a row that failed. */
  readonly failures: number
  /** Documents of the next exchange at most. */
  readonly batch: number
  readonly verdict: SyncVerdict
  readonly lastContactAt?: string
  readonly lastError?: StatusError
  /** Why headquarters does not let the branch in. */
  readonly refused?: StatusError
  readonly nextAttemptAt?: string
  readonly loading?: { readonly here: number; readonly of: number }
  readonly traffic?: Pick<Traffic, 'sent' | 'received'>
}

/** Where nothing can be looked up. */
const BLIND_VIEW = {
  isEnabled: true,
  hasReceipts: false,
  ours: 0,
  retryClasses: [],
  wantedClass: 0,
  hasDifferences: false,
  hasStats: false,
  suspended: new Set<number>(),
} as const

/** Headquarters does not let the branch in until a person has done something. */
const LOCKED_OUT: ReadonlySet<string> = new Set([
  'BRANCH_DISABLED',
  'BRANCH_RETIRED',
  'BRANCH_UNKNOWN',
  'CLONE_SUSPECTED',
  'PROTOCOL_OUTDATED',
])
/** A heartbeat puts it right. */
const ANEW: ReadonlySet<string> = new Set(['HEARTBEAT_FIRST', 'POSITION_UNKNOWN'])
/** The second comparison comes with the next cycle, the third later. */
const COMPARE_BACKOFF = { firstMs: 5_000, capMs: 600_000 }
/** Pages whose receipts go with the request for another one. */
const MAX_RECEIPTS = 2
/** What a heartbeat may carry of an error, characters. */
const MAX_MESSAGE = 500

/** Each looked up once, and only where the decision needs it. */
function lazily<T extends object>(lookups: { readonly [Key in keyof T]: () => T[Key] }): T {
  const view = {}
  for (const [key, lookUp] of Object.entries<() => unknown>(lookups)) {
    let value: { readonly found: unknown } | undefined
    Object.defineProperty(view, key, { get: () => (value ??= { found: lookUp() }).found })
  }
  return view as T
}

function newPromise(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}

function keyOf({ collection, id }: { readonly collection: string; readonly id: string }): string {
  return `${collection}\n${id}`
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
