/**
 * The requests of a sync cycle: what each of them carries, and what becomes of its answer. A batch is settled, and a page
 * taken, while headquarters works on the next request; long, since all of them share what is unfinished.
 */
import { hostname } from 'node:os'
import { BranchHeartbeat, type NodeFigures } from '../../adapters/exchange/branch-heartbeat.ts'
import type { Batch, BranchSide } from '../../adapters/exchange/branch-side.ts'
import type { DayFigures } from '../../adapters/exchange/day-sales.ts'
import { repair } from '../../adapters/exchange/repair.ts'
import { documentKey } from '../../adapters/exchange/replica.ts'
import type { ExchangeClient, Traffic } from '../../adapters/http/exchange-client.ts'
import type { Log } from '../../adapters/log.ts'
import { ROW_STATE } from '../../adapters/sqlite/document-row.ts'
import { backoffMs } from '../../schemas/backoff.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type {
  DigestsRequest,
  HeartbeatResponse,
  Page,
  Position,
  Positions,
  PushResponse,
  Standpoint,
} from '../../schemas/protocol/exchange.ts'
import type { StatusError, SyncVerdict } from '../../schemas/protocol/status.ts'
import { noteOverdraft } from '../overdraft.ts'
import { halved, nextBatchSize } from './batch-size.ts'
import type { CycleEvent, CycleRequest } from './cycle-machine.ts'
import { Refreshes } from './refreshes.ts'
import { SYNC_DEFAULTS } from './sync-defaults.ts'
import { TakingPart } from './taking-part.ts'

export interface CycleRequestsOptions {
  readonly branch: BranchSide
  readonly client: ExchangeClient
  readonly log: Log
  /** Documents that an exchange grows to. */
  readonly batchSize?: number
  readonly random?: () => number
  /** What the client has sent and received. */
  readonly traffic?: () => Traffic
  /** What headquarters is shown live; nothing is reported without it. */
  readonly figures?: () => DayFigures
  readonly disk?: () => Promise<NodeFigures['disk']>
}

/** What the cycle knows when it asks. */
export interface CycleNews {
  /** The highest class of which something waits at headquarters. */
  readonly theirs: number
  readonly lastError?: StatusError | undefined
}

export class CycleRequests {
  /** What somebody has opened, and headquarters is still to be asked for. */
  readonly opened = new Refreshes()
  readonly #options: CycleRequestsOptions
  readonly #branch: BranchSide
  readonly #client: ExchangeClient
  readonly #signal: AbortSignal
  readonly #heartbeats: BranchHeartbeat
  readonly #random: () => number
  readonly #maxBatch: number
  #batch: number
  /** What the line has taken since it refused more, in this cycle. */
  #takenBatch = Number.POSITIVE_INFINITY
  /** Opened documents that go in one request, in this cycle. */
  #mostOpened = Number.POSITIVE_INFINITY
  /** For the next request: what people set meanwhile is none of the one that is under way. */
  #part: TakingPart
  /** Documents that were asked for again in this cycle, and have not come or failed once more. */
  readonly #askedAgain = new Set<string>()
  #fruitless = 0
  /** What headquarters has answered last, until it is settled or taken. */
  #unfinished: Unfinished | undefined
  /** The next batch, read while headquarters worked on the one before. */
  #ahead: ReadAhead | undefined
  /** Comparisons since both sides last held the same, and when the next one may be; on the monotonic clock. */
  #compared = 0
  #compareAtMs = 0
  #reported: string | undefined
  /** Exceptions that headquarters was told of last. */
  #told: number | undefined
  #lastContactMs: number | undefined
  #disk: NodeFigures['disk']
  #verdict: SyncVerdict = { state: 'unknown' }

  constructor(options: CycleRequestsOptions, signal: AbortSignal) {
    this.#options = options
    this.#branch = options.branch
    this.#client = options.client
    this.#signal = signal
    this.#heartbeats = new BranchHeartbeat(options.branch)
    this.#random = options.random ?? Math.random
    this.#maxBatch = options.batchSize ?? SYNC_DEFAULTS.maxBatchSize
    this.#batch = Math.min(this.#maxBatch, SYNC_DEFAULTS.batchSize)
    this.#part = new TakingPart(options.branch.replica.store.declarations, new Set())
  }

  /** Documents of the next exchange at most. */
  get batch(): number {
    return this.#batch
  }

  get verdict(): SyncVerdict {
    return this.#verdict
  }

  get lastContactMs(): number | undefined {
    return this.#lastContactMs
  }

  /** As it was when headquarters was to be told of it last, whether that came through or not. */
  get disk(): NodeFigures['disk'] {
    return this.#disk
  }

  loading(): ReturnType<BranchHeartbeat['loading']> {
    return this.#heartbeats.loading()
  }

  /** A PC's own clock may be years off. */
  #nowMs(): number {
    return this.#branch.replica.clock.wallMs()
  }

  /** Another cycle begins. */
  begin(): void {
    this.#askedAgain.clear()
    this.#fruitless = 0
    this.#takenBatch = this.#mostOpened = Number.POSITIVE_INFINITY
    this.#ahead = undefined
  }

  /** Who takes part in what is asked from now on. */
  takePart(suspended: ReadonlySet<number>): void {
    this.#part = new TakingPart(this.#branch.replica.store.declarations, suspended)
  }

  /** Fewer documents with the next exchange. */
  halve(): void {
    this.#batch = halved(this.#batch)
  }

  /** Something on the line takes no request of this size: it would not take the next one either. */
  noteTooLarge(): void {
    this.halve()
    this.#takenBatch = this.#batch
  }

  /** Nobody knows any more whether both sides hold the same. */
  doubt(): void {
    this.#isNoMore('unknown')
  }

  /** Headquarters has something that it had not when both sides held the same. */
  overtake(): void {
    this.#isNoMore('behind')
  }

  #isNoMore(state: 'unknown' | 'behind'): void {
    if (this.#verdict.state === 'in-sync') this.#verdict = { ...this.#verdict, state }
  }

  hasDifferences(nowMs: number): boolean {
    return this.#verdict.state === 'differs' && nowMs >= this.#compareAtMs
  }

  hasStats(): boolean {
    const { figures } = this.#options
    return figures !== undefined && JSON.stringify(figures()) !== this.#reported
  }

  /** Whether there are other exceptions by now than headquarters was told: somebody there waits to see them, or their end. */
  hasNews(): boolean {
    return this.#told !== undefined && this.#told !== this.#branch.exceptions.countParked()
  }

  /** What is to be asked for again and was not yet in this cycle. */
  wanted(limit: number): ReturnType<BranchSide['wanted']> {
    const unasked = (most: number) =>
      this.#branch.wanted(most, this.#part.suspended).filter((one) => !this.#askedAgain.has(documentKey(one)))
    const first = unasked(limit)
    // Of those that fail, whoever failed last stands behind the others.
    if (first.length === limit || this.#askedAgain.size === 0) return first
    return unasked(limit + this.#askedAgain.size).slice(0, limit)
  }

  /** Nothing that is settled needs to be told from what is still to be asked for. */
  #forgetSettled(asked: readonly { collection: string; id: string }[]): void {
    for (const one of asked) {
      const isFailing = this.#branch.exceptions.ofDocument('pull', one.collection, one.id).length > 0
      if (!isFailing) this.#askedAgain.delete(documentKey(one))
    }
  }

  /** Settles the batch or takes the page that was answered last; the first to come does. */
  readonly finish = (): void => {
    const unfinished = this.#unfinished
    this.#unfinished = undefined
    unfinished?.finish()
  }

  /** @throws what the link or either side's store throws; what was answered before is still to be finished then */
  send(effect: CycleRequest, news: CycleNews): Promise<CycleEvent> {
    if (effect.do !== 'push' && effect.do !== 'pull') this.finish()
    if (effect.do === 'heartbeat') return this.#heartbeat(news)
    if (effect.do === 'confirm') return this.#confirm(news)
    if (effect.do === 'compare') return this.#compare(news)
    if (effect.do === 'report') return this.#report()
    if (effect.do === 'refresh') return this.#refresh(news)
    // It was suspended while the cap on the line let nothing through: headquarters would take it for fetched.
    if (this.#part.suspended.has(effect.class)) return Promise.resolve({ on: 'answered', priority: news.theirs })
    if (effect.do === 'push') return this.#push(effect.class, effect.isLane, news)
    return this.#pull(effect.class, effect.isLane)
  }

  async #heartbeat({ lastError }: CycleNews): Promise<CycleEvent> {
    const disk = (this.#disk = await this.#options.disk?.())
    const figures = { host: hostname(), ...(lastError && { lastError }), ...(disk && { disk }) }
    const part = this.#part
    const request = part.narrow(this.#heartbeats.request(figures))
    const answer: HeartbeatResponse = part.narrowLevel(await this.#client.heartbeat(request, this.#signal))
    this.#told = request.figures.exceptions
    const { verdict, again } = this.#heartbeats.take(answer)
    this.#lastContactMs = this.#nowMs()
    this.#verdict = verdict
    if (verdict.state === 'in-sync') this.#compared = this.#compareAtMs = 0
    if (answer.overdraft) noteOverdraft(this.#branch.replica.store, answer.overdraft)
    return { on: 'answered', priority: answer.priority, again }
  }

  /** Of the oldest delivery. */
  async #confirm(news: CycleNews): Promise<CycleEvent> {
    const [open] = this.#branch.openReceipts()
    if (!open) return this.#nothingDone(news)
    const { delivery, class: syncClass, receipts } = open
    const request = this.#part.narrow({ delivery, class: syncClass, ...this.#branch.standpoint(), receipts })
    try {
      const answer = await this.#client.receipts(request, this.#signal)
      this.#branch.receiptsConfirmed(delivery, answer.head)
      return { on: 'answered', priority: answer.priority }
    } catch (error) {
      if (!(error instanceof OutpostError) || error.code !== 'DELIVERY_UNKNOWN') throw error
      this.#branch.receiptsRefused(open, error.message, this.#nowMs())
      throw error
    }
  }

  /** The answer to the batch before is settled, and the next batch read, while headquarters works on this one. */
  async #push(syncClass: number, isLane: boolean, news: CycleNews): Promise<CycleEvent> {
    const before = isLane ? undefined : this.#unfinished
    const isNext = before?.do === 'push' && before.class === syncClass
    if (!isNext) this.finish()
    const size = this.#batch
    const state = isLane ? ROW_STATE.retry : ROW_STATE.dirty
    const after = isNext ? before.upTo : 0
    const ahead = this.#ahead
    this.#ahead = undefined
    const isRead = isNext && ahead?.batch.class === syncClass && ahead.size === size && ahead.after === after
    const batch = isRead ? ahead.batch : this.#branch.nextBatch(syncClass, size, state, after)
    if (!batch) return this.#nothingLeft(news)
    const { documents } = batch
    const part = this.#part
    const request = part.narrow({ class: syncClass, documents, ...this.#standpoint() })
    const startedAt = performance.now()
    const onSent = () => {
      this.finish()
      const next = isLane ? undefined : this.#branch.nextBatch(syncClass, size, state, batch.upTo)
      this.#ahead = next && { batch: next, size, after: batch.upTo }
    }
    let answer: PushResponse
    try {
      answer = part.narrowLevel(await this.#client.push(request, this.#signal, onSent))
    } catch (error) {
      // Several go in halves; one that nobody takes alone must not keep the others waiting.
      if (documents.length > 1 || !(error instanceof OutpostError) || error.code !== 'BODY_TOO_LARGE') throw error
      this.finish()
      this.#branch.refuse(batch, { code: error.code, reason: error.message }, this.#nowMs())
      this.#noteFruit(1)
      return { on: 'answered', priority: news.theirs }
    }
    const tookMs = performance.now() - startedAt
    this.finish()
    const { head, foldedUpTo, priority } = answer
    const finish = () => this.#branch.settle(batch, answer, this.#nowMs())
    this.#unfinished = {
      do: 'push',
      class: syncClass,
      upTo: batch.upTo,
      known: { witness: head, folded: foldedUpTo },
      finish,
    }
    // Where there was too much to tell, nothing was taken; what was refused has its turn in another lane.
    if (isLane || answer.outcomes.length < documents.length) this.finish()
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
    if (isLane || before?.do !== 'pull' || before.class !== syncClass) this.finish()
    const limit = this.#batch
    const wanted = isLane ? this.wanted(limit).map(({ collection, id }) => ({ collection, id })) : []
    const taken = this.#unfinished?.confirmed ?? []
    const open = this.#branch.openReceipts().filter(({ delivery }) => !taken.includes(delivery))
    const receipts = open.slice(0, MAX_RECEIPTS)
    const part = this.#part
    const request = part.narrow({
      class: syncClass,
      ...this.#standpoint(),
      limit,
      wanted,
      ...(receipts.length > 0 && { receipts }),
    })
    const startedAt = performance.now()
    const page: Page = part.narrowLevel(await this.#client.pull(request, this.#signal, this.finish))
    const tookMs = performance.now() - startedAt
    this.finish()
    const { head, foldedUpTo, upTo, more, documents, priority } = page
    const confirmed = receipts.map(({ delivery }) => delivery)
    const noteConfirmed = () => this.#branch.noteConfirmed(confirmed)
    const finish = () => {
      this.#branch.applyPage(syncClass, page, this.#nowMs(), wanted, noteConfirmed)
      this.#forgetSettled(wanted)
    }
    for (const one of wanted) this.#askedAgain.add(documentKey(one))
    const loading = request.positions[syncClass]?.loading ?? true
    const known = { witness: head, folded: foldedUpTo, position: { ...upTo, loading } }
    this.#unfinished = { do: 'pull', class: syncClass, known, confirmed, finish }
    // The last page, and one that only says what was folded, has none behind it that could be asked for meanwhile.
    if (!more || documents.length < limit) this.finish()
    this.#learn(limit, documents.length, tookMs)
    this.#noteFruit(documents.length + page.contained.length + wanted.length)
    return { on: 'answered', priority }
  }

  /**
   * What somebody opened, and nothing else: no collection is named, so the answer has no page, and what it says of classes
   * is of none. One that headquarters does not have is no failure of anybody; one that is too large alone is given up.
   */
  async #refresh(news: CycleNews): Promise<CycleEvent> {
    const opened = this.opened.list().slice(0, Math.min(this.#batch, this.#mostOpened))
    const syncClass = this.#branch.loadedClass()
    if (syncClass === undefined) {
      this.opened.drop()
      return this.#nothingDone(news)
    }
    const wanted = opened.map(({ collection, id }) => ({ collection, id }))
    const request = { ...this.#branch.standpoint(), class: syncClass, collections: [], limit: 1, wanted }
    let page: Page
    try {
      page = await this.#client.pull(request, this.#signal)
    } catch (error) {
      if (!(error instanceof OutpostError) || error.code !== 'BODY_TOO_LARGE') throw error
      // Twenty are few for a batch: halving that one might change nothing here.
      if (opened.length > 1) this.#mostOpened = halved(opened.length)
      else this.opened.settle(opened)
      this.#noteFruit(opened.length)
      return { on: 'answered', priority: news.theirs }
    }
    this.#branch.takeAsked(syncClass, page, this.#nowMs())
    // Where there was too much to tell of what was folded, nothing came yet.
    if (page.foldedUpTo.seq >= page.head.seq) this.opened.settle(opened)
    this.#noteFruit(opened.length)
    return { on: 'answered', priority: news.theirs }
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
  #nothingLeft(news: CycleNews): CycleEvent {
    if (!this.#unfinished) return this.#nothingDone(news)
    this.finish()
    return { on: 'answered', priority: news.theirs }
  }

  async #compare({ theirs }: CycleNews): Promise<CycleEvent> {
    const signal = this.#signal
    const compare = (request: DigestsRequest) => this.#client.digests(this.#part.narrow(request), signal)
    const found = await repair(this.#branch, compare, signal)
    // What does not heal is compared ever more rarely.
    this.#compareAtMs = performance.now() + backoffMs(this.#compared, COMPARE_BACKOFF, this.#random())
    this.#compared += 1
    this.#options.log.info(
      { ...found, comparisons: this.#compared },
      'compared with headquarters, since the digests differed',
    )
    return { on: 'answered', priority: theirs }
  }

  async #report(): Promise<CycleEvent> {
    const figures = this.#options.figures!()
    const request = this.#part.narrow({ ...this.#branch.standpoint(), ...figures })
    const answer = await this.#client.stats(request, this.#signal)
    this.#reported = JSON.stringify(figures)
    return { on: 'answered', priority: answer.priority }
  }

  /** What was to be done has been done otherwise meanwhile. */
  #nothingDone({ theirs }: CycleNews): CycleEvent {
    this.#noteFruit(0)
    return { on: 'answered', priority: theirs }
  }

  /** Something was announced again and again, and nothing comes of it: the timer decides. */
  #noteFruit(carried: number): void {
    this.#fruitless = carried > 0 ? 0 : this.#fruitless + 1
    if (this.#fruitless <= SYNC_DEFAULTS.maxFruitless) return
    throw new OutpostError('INTERNAL', 'something is announced to be exchanged, and nothing comes of it')
  }

  /** Waiting behind other branches says nothing of the link: smaller batches would only make the queue longer. */
  #learn(size: number, documents: number, sinceMs: number): void {
    const { largest: bytes, queuedMs } = this.#options.traffic?.() ?? { largest: 0, queuedMs: 0 }
    const tookMs = Math.max(0, sinceMs - queuedMs)
    const most = Math.min(this.#maxBatch, this.#takenBatch)
    this.#batch = nextBatchSize(size, { documents, bytes, tookMs }, most, SYNC_DEFAULTS.maxRequestBytes)
  }
}

interface ReadAhead {
  readonly batch: Batch
  /** Documents that were asked for. */
  readonly size: number
  /** Where the batch before ends. */
  readonly after: number
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

/** The second comparison comes with the next cycle, the third later. */
const COMPARE_BACKOFF = { firstMs: 5_000, capMs: 600_000 }
/** Pages whose receipts go with the request for another one. */
const MAX_RECEIPTS = 2
