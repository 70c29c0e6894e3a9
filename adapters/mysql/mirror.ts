/**
 * Mirrors a store's documents into MySQL: follows the change feed, page by page, for as long as it runs. MySQL away,
 * restarted or restored, tables dropped: the mirror waits, tries again and loses nothing, as it always goes on from
 * the position that MySQL itself holds. Long, since all that is asked of a mirror has its turn in one loop.
 */
import { randomUUID } from 'node:crypto'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { DEFAULT_MIRROR } from '../../schemas/protocol/mirrors.ts'
import { backoffMs } from '../../schemas/backoff.ts'
import { AsideSessions } from './aside-sessions.ts'
import type { ChangeFeed } from './change-feed.ts'
import { positionAt } from './feed-position.ts'
import { fillNextPage } from './fill-collection.ts'
import { countRows } from './count-rows.ts'
import { LevelWaiters } from './level-waiters.ts'
import type { Log } from '../log.ts'
import { mirroredCollections, type MirroredCollection } from './mirrored-collection.ts'
import { ended, MirrorJobs, type JobPatience, type JobStep } from './mirror-jobs.ts'
import { putBack, type FenceOutcome } from './mirror-state.ts'
import { SYSTEM_TIME, type MirrorOptions, type MirrorTime } from './mirror-options.ts'
import type { MirrorStatus } from './mirror-status.ts'
import type { Batch, BatchResult } from './mirror-writer.ts'
import { asTold, missesTables, whyNoView } from './missing-tables.ts'
import { toMirrorError } from './mysql-failure.ts'
import { MysqlSession } from './mysql-session.ts'
import { parseMysqlUrl, type MysqlTarget } from './mysql-target.ts'
import { openMirror, type OpenMirror } from './open-mirror.ts'
import { listParked, parkedAmong, type ParkedDocument } from './parked-documents.ts'
import { ParkedQuestions } from './parked-questions.ts'
import { renderPage } from './pending-document.ts'
import { retryParked, type RetryResult } from './retry-parked.ts'
import { MOST_SETTLED, settleDocuments, type Settlement } from './settle-documents.ts'
import { StatusBoard } from './status-board.ts'
import { WakeSignal } from './wake-signal.ts'

/** What MySQL holds of some documents. */
export interface Holding {
  readonly ids: ReadonlySet<string>
  /**
   * As long as it stays the same, what MySQL held it still holds. Another one with each claim, rebuilds too, and with each
   * connection: the number alone comes again where MySQL was emptied or restored.
   */
  readonly term: string
}

/** Documents a transaction; what the mirror holds in memory. */
const PAGE = 1000
/** Between two tries to reach MySQL. */
const BACKOFF = { firstMs: 500, capMs: 30_000 } as const
/** What a person has asked for begins within this time, or not at all; their command waits a minute for its answer. */
const ASKED_MS = 45_000
/** What a process has asked for. */
const SETTLED_MS = 300_000
/** Between two looks at the tables for those who read views. */
const LOOK_AGAIN_MS = 30_000
/** How long a stop waits for the transaction under way. */
const STOP_GRACE_MS = 5000

const MOVED_BY_HAND =
  "another program has changed the mirror's position in outpost_mirror; it was put back, and what that had hidden is written now"
const LOST_STATE = "the mirror's state in MySQL is gone or older than this process: MySQL was restored or emptied"

/** What a job works with: this connection's mirror, and how far it has come. */
interface Turn extends OpenMirror {
  readonly session: MysqlSession
  readonly passed: number
  readonly fill: Map<string, string>
}

const NO_BATCH: Batch = { documents: [], unfit: [] }

export class Mirror {
  readonly name: string
  readonly #feed: ChangeFeed
  readonly #collections: ReadonlyMap<string, MirroredCollection>
  readonly #target: MysqlTarget
  readonly #create: boolean
  readonly #log: Log
  readonly #onBatch: MirrorOptions['onBatch']
  readonly #time: MirrorTime
  readonly #stopping = new AbortController()
  readonly #wake = new WakeSignal()
  readonly #levelWaiters = new LevelWaiters()
  readonly #board = new StatusBoard()
  readonly #questions = new ParkedQuestions()
  readonly #jobs = new MirrorJobs<Turn>((error) => this.#inWords(error))
  readonly #asides: AsideSessions
  #paused: boolean
  /** What a question beside the mirror's own connection has met. */
  #tablesGone: OutpostError | undefined
  /** Those that it makes; unknown before it has connected. */
  #views: ReadonlySet<string> | undefined
  /** When it has looked at its tables for somebody who reads views. */
  #lookedAt = -Infinity
  #running: Promise<void> | undefined
  #session: MysqlSession | undefined
  /** The term that this process writes in, from its first claim on. */
  #term: number | undefined
  /** Of the present connection. */
  #termOfHolding = ''
  /** Documents written in the present filling, by collection. */
  readonly #written = new Map<string, number>()
  #failures = 0

  /** @throws OutpostError BAD_CONFIGURATION for a URL or a mapping that cannot work */
  constructor(options: MirrorOptions) {
    const { name = DEFAULT_MIRROR, feed, declarations, url, log, signal, paused = false, time = SYSTEM_TIME } = options
    this.name = name
    this.#create = options.create ?? true
    this.#paused = paused
    this.#feed = feed
    this.#collections = new Map(mirroredCollections(declarations).map((collection) => [collection.name, collection]))
    this.#target = parseMysqlUrl(url)
    this.#asides = new AsideSessions(this.#target, this.#stopping.signal)
    this.#log = log
    this.#onBatch = options.onBatch
    this.#time = time
    if (signal?.aborted) this.#stopping.abort()
    signal?.addEventListener('abort', () => this.#stopping.abort(), {
      once: true,
      signal: this.#stopping.signal,
    })
  }

  /** Returns at once: a MySQL that is away keeps nobody from starting. Legal once; a stopped mirror stays stopped. */
  start(): void {
    if (this.#running) return
    this.#board.note({ state: 'starting' })
    const unsubscribe = this.#feed.onCommit(this.#wake.wake)
    this.#running = this.#run().finally(unsubscribe)
  }

  /** Finishes the transaction under way, or gives it up after five seconds; nothing is lost either way. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  status(): MirrorStatus {
    const { noted } = this.#board
    return { ...noted, lag: Math.max(0, this.#feed.head().seq - (noted.position?.seq ?? 0)) }
  }

  /** Calls back after each change of the status; returns the unsubscribe function. */
  onStatus(listener: () => void): () => void {
    return this.#board.onChange(listener)
  }

  /**
   * Resolves when MySQL holds everything that was committed before this call. Waits for a MySQL that is away.
   *
   * @throws the signal's reason; OutpostError MIRROR_UNAVAILABLE when the mirror has ended
   */
  async level(signal?: AbortSignal): Promise<void> {
    const refusal = this.#board.whyEnded()
    if (refusal) throw refusal
    const { seq } = this.#feed.head()
    const { position, filling } = this.#board.noted
    if (position && position.seq >= seq && filling.length === 0) return
    await this.#levelWaiters.wait(seq, signal)
  }

  /** Those that have tables here. */
  get collections(): readonly MirroredCollection[] {
    return [...this.#collections.values()]
  }

  /** Whether a collection has tables here. */
  mirrors(collection: string): boolean {
    return this.#collections.has(collection)
  }

  /**
   * Which of these states of the feed MySQL holds: those that were passed, of a collection that is filled, and are not
   * parked.
   *
   * @returns `undefined` while the mirror does not run: MySQL may have been restored since
   */
  async holding(
    collection: string,
    states: readonly { readonly id: string; readonly seq: number }[],
  ): Promise<Holding | undefined> {
    const term = this.#termOfHolding
    const { state, position, parked, filling } = this.#board.noted
    if (state !== 'running' || !position) return undefined
    if (filling.some((one) => one.collection === collection)) return { ids: new Set(), term }
    const passed = states.flatMap(({ id, seq }) => (seq <= position.seq ? id : []))
    if (passed.length === 0 || parked === 0) return { ids: new Set(passed), term }
    const asking = this.#questions.ask(collection, passed)
    this.#wake.wake()
    const bad = await asking
    return bad && { ids: new Set(passed.filter((id) => !bad.has(id))), term }
  }

  /**
   * Rows of each mirrored table, counted in MySQL.
   *
   * @throws OutpostError MIRROR_UNAVAILABLE; MIRROR_TABLES where one is missing
   */
  counts(): Promise<Record<string, number>> {
    const tables = [...this.#collections.values()].flatMap(({ tables }) => tables)
    return this.aside((session) => countRows(session, tables))
  }

  /**
   * A connection of its own, so that a long question keeps no change waiting. It ends when the mirror stops. A table that
   * it misses is missed by the mirror too, which may have nothing to write into it for days.
   *
   * @throws OutpostError MIRROR_UNAVAILABLE, MIRROR_TABLES
   */
  async aside<T>(work: (session: MysqlSession) => Promise<T>): Promise<T> {
    try {
      return await this.#asides.use(work)
    } catch (error) {
      const failure = toMirrorError(error, this.#target.host)
      if (missesTables(failure)) this.#lookAgain(failure)
      throw asTold(failure, this.#create)
    }
  }

  /**
   * For those who read views on connections of their own: what they miss the mirror makes again, where it may. Now and then
   * only, since what it cannot mend would end its connection with each read.
   *
   * @returns the failure as whoever has asked hears it
   */
  missed(failure: OutpostError, views: readonly string[]): OutpostError {
    if (!missesTables(failure)) return failure
    const tables = [...this.#collections.values()].flatMap(({ tables }) => tables)
    const definitions = tables.map(({ definition }) => definition)
    const whyNot = whyNoView(failure, views, { made: this.#views, create: this.#create, definitions })
    if (whyNot) return whyNot
    if (this.#time.now() - this.#lookedAt >= LOOK_AGAIN_MS) this.#lookAgain(failure)
    return asTold(failure, this.#create)
  }

  /** Documents that MySQL refused, in key order. @throws OutpostError MIRROR_UNAVAILABLE */
  parked(limit = 1000): Promise<readonly ParkedDocument[]> {
    return this.aside((session) => listParked(session, this.name, limit))
  }

  /**
   * Writes the parked documents again, as they are now; those that MySQL refuses stay. Waits for its turn.
   *
   * @param signal gives it up as long as it has not begun
   * @throws OutpostError MIRROR_UNAVAILABLE when the mirror has ended, or MySQL is away or went away meanwhile; MIRROR_TABLES
   */
  retryParked(signal?: AbortSignal): Promise<RetryResult> {
    const patience = { withinMs: ASKED_MS, signal }
    return this.#ask(patience, async ({ session, writer }) => {
      const { outcome, ...result } = await retryParked(session, this.name, writer, this.#feed, this.#collections)
      this.#board.noteWritten(result.written, writer.parkedCount)
      return { outcome, result }
    })
  }

  /**
   * Writes the tables of a collection anew from its documents, whatever they hold, while the rest goes on. Resolves when
   * it has begun; the status says how far it is.
   *
   * @param signal gives it up as long as it has not begun
   * @throws OutpostError NOT_FOUND where it has no tables here; MIRROR_UNAVAILABLE, MIRROR_TABLES
   */
  async rebuild(collection: string, signal?: AbortSignal): Promise<void> {
    const { fingerprint } = this.#collectionOf(collection)
    await this.#ask({ withinMs: ASKED_MS, signal }, async ({ writer, fill, term }) => {
      const outcome = await writer.beginFilling(collection, fingerprint)
      if (outcome === 'passed') {
        this.#termOfHolding = `${term}-${randomUUID()}`
        fill.set(collection, '')
        this.#written.delete(collection)
        this.#board.note({ filling: this.#fillStatus(fill), parked: writer.parkedCount })
      }
      return { outcome, result: undefined }
    })
  }

  /**
   * Compares documents with their rows, and with `repair` writes those anew whose rows differ. Nothing of the mirror
   * writes meanwhile, so what differs is wrong and not just under way.
   *
   * @param ids at most `MOST_SETTLED`, of documents or of rows
   * @param signal gives it up as long as it has not begun
   * @throws OutpostError NOT_FOUND where the collection has no tables here; MIRROR_UNAVAILABLE, MIRROR_TABLES
   */
  async settle(collection: string, ids: readonly string[], repair: boolean, signal?: AbortSignal): Promise<Settlement> {
    const mirrored = this.#collectionOf(collection)
    if (ids.length > MOST_SETTLED) throw new RangeError(`more than ${MOST_SETTLED} documents at once`)
    return this.#ask({ withinMs: SETTLED_MS, signal }, async ({ writer, term, passed, fill }) => {
      if (fill.has(collection)) {
        // Its rows are being written anyway.
        return { outcome: 'passed', result: { different: [], parked: [], inFlight: ids, repaired: 0 } }
      }
      const request = { name: this.name, term, passed, feed: this.#feed, collection: mirrored, ids, repair }
      const step = await settleDocuments(writer, request)
      if (step.result.repaired > 0) this.#board.noteWritten(step.result.repaired, writer.parkedCount)
      return step
    })
  }

  /**
   * Ends the connection to MySQL after the transaction under way, or after five seconds, and waits; what is committed
   * meanwhile is written later. Resolves when nothing more is written.
   */
  async pause(): Promise<void> {
    if (this.#board.whyEnded()) return
    this.#paused = true
    if (!this.#session) this.#board.note({ state: 'paused' })
    this.#wake.wake()
    const grace = setTimeout(() => this.#paused && this.#session?.destroy(), STOP_GRACE_MS)
    await this.#board.until(({ state }) => state === 'paused' || !this.#paused)
    clearTimeout(grace)
  }

  resume(): void {
    if (this.#board.whyEnded()) return
    this.#paused = false
    this.#failures = 0
    // It may take long until MySQL answers.
    if (this.#board.noted.state === 'paused') this.#board.note({ state: 'starting' })
    this.#wake.wake()
  }

  /**
   * The collection of a table, and all tables that hold the same documents.
   *
   * @throws OutpostError NOT_FOUND
   */
  tableNamed(name: string): { readonly collection: string; readonly tables: readonly string[] } {
    for (const [collection, { tables }] of this.#collections) {
      const names = tables.map(({ definition }) => definition.name)
      if (names.includes(name)) return { collection, tables: names }
    }
    const known = [...this.#collections.values()].flatMap(({ tables }) =>
      tables.map(({ definition }) => definition.name),
    )
    throw new OutpostError('NOT_FOUND', `there is no table "${name}" in the mirror; there are ${known.join(', ')}`, {
      field: 'table',
    })
  }

  /** While MySQL is away it is refused at once, with the reason: done hours later, it would surprise whoever has asked. */
  #ask<T>(patience: JobPatience, work: (turn: Turn) => Promise<JobStep<T>>): Promise<T> {
    const refusal = this.#board.whyEnded() ?? (this.#paused ? ended('paused') : this.#board.whyWaiting())
    if (refusal) return Promise.reject(refusal)
    const asked = this.#jobs.ask(work, patience)
    this.#wake.wake()
    return asked
  }

  #lookAgain(failure: OutpostError): void {
    if (this.#board.noted.state !== 'running') return
    this.#lookedAt = this.#time.now()
    this.#tablesGone = failure
    this.#wake.wake()
  }

  #inWords(error: unknown): OutpostError {
    return asTold(toMirrorError(error, this.#target.host), this.#create)
  }

  #collectionOf(name: string): MirroredCollection {
    const collection = this.#collections.get(name)
    if (!collection)
      throw new OutpostError('NOT_FOUND', `${name} has no tables in this mirror`, { field: 'collection' })
    return collection
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    let grace: NodeJS.Timeout | undefined
    const stop = (): void => {
      this.#wake.wake()
      grace = setTimeout(() => this.#session?.destroy(), STOP_GRACE_MS)
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    while (!signal.aborted) {
      if (this.#paused) {
        this.#board.note({ state: 'paused' })
        this.#jobs.fail(ended('paused'))
        await this.#wake.wait()
        continue
      }
      try {
        const outcome = await this.#follow(signal)
        if (outcome === 'deposed') break
        if (outcome === 'paused') continue
        if (outcome === 'lost') this.#noteFailure(new OutpostError('MIRROR_UNAVAILABLE', LOST_STATE))
      } catch (error) {
        if (signal.aborted) break
        if (this.#paused) continue
        this.#fail(toMirrorError(error, this.#target.host))
      } finally {
        this.#session?.destroy()
        this.#session = undefined
        this.#questions.giveUp()
      }
      await this.#time.sleep(backoffMs(this.#failures++, BACKOFF, this.#time.random()), signal).catch(() => undefined)
    }
    clearTimeout(grace)
    this.#end(signal.aborted ? 'stopped' : 'deposed')
  }

  /** One connection's life. Returns when another writer has taken over, the state is lost, or the mirror stops or pauses. */
  async #follow(signal: AbortSignal): Promise<FenceOutcome | 'paused'> {
    const session = await MysqlSession.open(this.#target, signal)
    this.#session = session
    // A server that goes away while nothing is to be written is noticed too.
    session.onEnd(this.#wake.wake)
    if (this.#paused) return 'paused'
    this.#tablesGone = undefined
    const mirror = await openMirror(session, {
      name: this.name,
      feed: this.#feed,
      collections: [...this.#collections.values()],
      create: this.#create,
      ownTerm: this.#term,
      now: () => this.#time.now(),
    })
    if (mirror === 'deposed') return mirror
    const { term, writer, views, warnings } = mirror
    this.#views = views
    if (warnings.length > 0)
      this.#log.warn({ warnings }, 'MySQL may refuse some documents, by what its tables are like')
    const fill = new Map(mirror.filling)
    this.#term = term
    this.#termOfHolding = `${term}-${randomUUID()}`
    let { position } = mirror
    this.#log.info({ host: this.#target.host, database: this.#target.database, term, position }, 'mirror is running')
    this.#written.clear()
    this.#board.note({ state: 'running', position, filling: this.#fillStatus(fill), parked: writer.parkedCount })

    while (!signal.aborted) {
      if (this.#paused) return 'paused'
      if (this.#tablesGone) throw this.#tablesGone
      const served = await this.#jobs.serve({ ...mirror, session, passed: position.seq, fill })
      if (served !== 'passed') return served
      await this.#answerQuestions(session)
      const { changes, upTo } = this.#feed.changesSince(position.seq, PAGE, [...this.#collections.keys()])
      const to = positionAt(this.#feed, Math.max(upTo, position.seq))
      if (changes.length > 0) {
        const startedAt = performance.now()
        const page = renderPage(changes, this.#collections)
        const result = await writer.writePage(page, to)
        if (result.outcome === 'deposed' || result.outcome === 'lost') return result.outcome
        if (result.outcome === 'repeated') {
          // Whoever holds the term alone moves it; after a commit without an answer the connection is another one.
          await putBack(session, this.name, term, position)
          throw new OutpostError('MIRROR_UNAVAILABLE', MOVED_BY_HAND)
        }
        this.#note(result, writer.parkedCount)
        this.#tell(result, startedAt, page)
      }
      // Commits without a mirrored document move the position in memory only: nothing to write, nothing to lose.
      position = to
      this.#failures = 0
      const filled = await this.#fillOnePage(mirror, fill)
      if (filled !== 'passed') return filled
      this.#board.note({ position, filling: this.#fillStatus(fill) })
      if (fill.size > 0) continue
      this.#levelWaiters.reached(position.seq)
      if (position.seq >= this.#feed.head().seq) await this.#wake.wait()
      session.throwIfEnded()
    }
    return 'passed'
  }

  /** One page of one of the collections that are written anew; the feed has its turn in between. */
  async #fillOnePage({ writer }: OpenMirror, fill: Map<string, string>): Promise<FenceOutcome> {
    const [next] = fill
    if (!next) return 'passed'
    const [name, after] = next
    const startedAt = performance.now()
    const step = await fillNextPage(writer, this.#feed, this.#collections.get(name)!, after)
    if (step.outcome !== 'passed') return step.outcome
    this.#note(step, writer.parkedCount)
    this.#tell(step, startedAt)
    this.#written.set(name, (this.#written.get(name) ?? 0) + step.written)
    if (step.to === undefined) fill.delete(name)
    else fill.set(name, step.to)
    return 'passed'
  }

  #fillStatus(fill: ReadonlyMap<string, string>): MirrorStatus['filling'] {
    return [...fill.keys()].map((collection) => ({ collection, written: this.#written.get(collection) ?? 0 }))
  }

  async #answerQuestions(session: MysqlSession): Promise<void> {
    for (let question = this.#questions.next(); question; question = this.#questions.next()) {
      const { collection, ids, answer } = question
      try {
        answer(await parkedAmong(session, this.name, collection, ids))
      } catch (error) {
        answer(undefined)
        throw error
      }
    }
  }

  #note({ written, parked }: BatchResult, parkedCount: number): void {
    this.#board.noteWritten(written, parkedCount)
    const [first] = parked
    if (!first) return
    const { collection, id, column } = first
    this.#log.warn(
      { documents: parked.length, first: { collection: collection.name, id, column } },
      'MySQL refused documents; they are parked',
    )
  }

  #tell({ written, parked }: BatchResult, startedAt: number, { documents, unfit }: Batch = NO_BATCH): void {
    const named = [...documents, ...unfit].map(({ collection, id, seq }) => ({ collection: collection.name, id, seq }))
    const ms = performance.now() - startedAt
    this.#onBatch?.({ documents: named, written, parked: parked.length, ms })
  }

  #fail(error: OutpostError): void {
    this.#noteFailure(error)
    this.#jobs.fail(this.#board.whyWaiting())
  }

  #noteFailure(error: OutpostError): void {
    this.#onBatch?.({ documents: [], written: 0, parked: 0, ms: 0, code: error.code })
    this.#log.warn({ code: error.code, attempt: this.#failures }, error.message)
    this.#board.noteFailure(error, this.#time.now())
  }

  #end(state: 'stopped' | 'deposed'): void {
    if (state === 'deposed') this.#log.error({ term: this.#term }, 'another process has taken this mirror over')
    this.#board.noteEnd(state)
    this.#levelWaiters.fail(ended(state))
    this.#jobs.fail(ended(state))
  }
}
