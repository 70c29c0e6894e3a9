/**
 * Mirrors a store's documents into MySQL: follows the change feed, page by page, for as long as it runs. MySQL away,
 * restarted or restored, tables dropped: the mirror waits, tries again and loses nothing, as it always goes on from
 * the position that MySQL itself holds.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { backoffMs } from '../../schemas/backoff.ts'
import type { ChangeFeed } from './change-feed.ts'
import { positionAt } from './feed-position.ts'
import { LevelWaiters } from './level-waiters.ts'
import type { Log } from '../log.ts'
import { mirroredCollections, type MirroredCollection } from './mirrored-collection.ts'
import { finishRebuild, type FenceOutcome } from './mirror-state.ts'
import type { MirrorStatus } from './mirror-status.ts'
import type { BatchResult } from './mirror-writer.ts'
import { toMirrorError } from './mysql-failure.ts'
import { LONG_STATEMENT_TIMEOUT_MS, MysqlSession } from './mysql-session.ts'
import { parseMysqlUrl, type MysqlTarget } from './mysql-target.ts'
import { openMirror, type OpenMirror } from './open-mirror.ts'
import { listParked, parkedAmong, type ParkedDocument } from './parked-documents.ts'
import { ParkedQuestions } from './parked-questions.ts'
import { renderPage } from './pending-document.ts'
import { retryParked, type RetryResult } from './retry-parked.ts'
import { quoteName } from './table-definition.ts'
import { WakeSignal } from './wake-signal.ts'

export interface MirrorOptions {
  readonly feed: ChangeFeed
  /** Those with a mapping are mirrored. */
  readonly declarations: readonly CollectionDeclaration[]
  /** `mysql://user:password@host:port/database`; see `mysql-target.ts`. */
  readonly url: string
  readonly log: Log
  /** Stops the mirror. */
  readonly signal?: AbortSignal
  readonly time?: MirrorTime
}

export interface MirrorTime {
  /** Milliseconds since 1970. */
  now(): number
  /** Rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** In [0, 1). */
  random(): number
}

/** What MySQL holds of some documents. */
export interface Holding {
  readonly ids: ReadonlySet<string>
  /**
   * As long as it stays the same, what MySQL held it still holds. Another one with each claim, rebuilds too, and with each
   * connection: the number alone comes again where MySQL was emptied or restored.
   */
  readonly term: string
}

/** One mirror a database. */
const NAME = 'outpost'
/** Documents a transaction; what the mirror holds in memory. */
const PAGE = 1000
/** Between two tries to reach MySQL. */
const BACKOFF = { firstMs: 500, capMs: 30_000 } as const
/** How long a stop waits for the transaction under way. */
const STOP_GRACE_MS = 5000

const LOST_STATE = "the mirror's state in MySQL is gone or older than this process: MySQL was restored or emptied"

const SYSTEM_TIME: MirrorTime = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  random: Math.random,
}

interface RetryRequest {
  readonly resolve: (result: RetryResult) => void
  readonly reject: (reason: unknown) => void
}

export class Mirror {
  readonly #feed: ChangeFeed
  readonly #collections: ReadonlyMap<string, MirroredCollection>
  readonly #target: MysqlTarget
  readonly #log: Log
  readonly #time: MirrorTime
  readonly #stopping = new AbortController()
  readonly #wake = new WakeSignal()
  readonly #levelWaiters = new LevelWaiters()
  readonly #listeners = new Set<() => void>()
  readonly #questions = new ParkedQuestions()
  #retries: RetryRequest[] = []
  #running: Promise<void> | undefined
  #session: MysqlSession | undefined
  /** The term that this process writes in, from its first claim on. */
  #term: number | undefined
  /** Of the present connection. */
  #termOfHolding = ''
  #failures = 0
  #status: Omit<MirrorStatus, 'lag'> = {
    state: 'stopped',
    position: undefined,
    rebuilding: false,
    parked: 0,
    written: 0,
  }

  /** @throws OutpostError BAD_CONFIGURATION for a URL or a mapping that cannot work */
  constructor({ feed, declarations, url, log, signal, time = SYSTEM_TIME }: MirrorOptions) {
    this.#feed = feed
    this.#collections = new Map(mirroredCollections(declarations).map((collection) => [collection.name, collection]))
    this.#target = parseMysqlUrl(url)
    this.#log = log
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
    this.#update({ state: 'starting' })
    const unsubscribe = this.#feed.onCommit(this.#wake.wake)
    this.#running = this.#run().finally(unsubscribe)
  }

  /** Finishes the transaction under way, or gives it up after five seconds; nothing is lost either way. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  status(): MirrorStatus {
    const { position } = this.#status
    return { ...this.#status, lag: Math.max(0, this.#feed.head().seq - (position?.seq ?? 0)) }
  }

  /** Calls back after each change of the status; returns the unsubscribe function. */
  onStatus(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /**
   * Resolves when MySQL holds everything that was committed before this call. Waits for a MySQL that is away.
   *
   * @throws the signal's reason; OutpostError MIRROR_UNAVAILABLE when the mirror has ended
   */
  async level(signal?: AbortSignal): Promise<void> {
    this.#refuseWhenEnded()
    const { seq } = this.#feed.head()
    const { position, rebuilding } = this.#status
    if (position && position.seq >= seq && !rebuilding) return
    await this.#levelWaiters.wait(seq, signal)
  }

  /** Whether a collection has tables here. */
  mirrors(collection: string): boolean {
    return this.#collections.has(collection)
  }

  /**
   * Which of these states of the feed MySQL holds: those that were passed, in a rebuild anew, and are not parked.
   *
   * @returns `undefined` while the mirror does not run: MySQL may have been restored since
   */
  async holding(
    collection: string,
    states: readonly { readonly id: string; readonly seq: number }[],
  ): Promise<Holding | undefined> {
    const term = this.#termOfHolding
    const { state, position, parked } = this.#status
    if (state !== 'running' || !position) return undefined
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
    return this.#aside(async (session) => {
      const counts: Record<string, number> = {}
      for (const { definition } of [...this.#collections.values()].flatMap(({ tables }) => tables)) {
        const sql = `SELECT COUNT(*) AS n FROM ${quoteName(definition.name)}`
        const [row] = await session.rows<{ n: number | string }>(sql, [], LONG_STATEMENT_TIMEOUT_MS)
        counts[definition.name] = Number(row?.n ?? 0)
      }
      return counts
    })
  }

  /** Documents that MySQL refused, in key order. @throws OutpostError MIRROR_UNAVAILABLE */
  parked(limit = 1000): Promise<readonly ParkedDocument[]> {
    return this.#aside((session) => listParked(session, limit))
  }

  /**
   * Writes the parked documents again, as they are now; those that MySQL refuses stay. Waits for its turn.
   *
   * @throws OutpostError MIRROR_UNAVAILABLE when the mirror has ended or MySQL went away meanwhile
   */
  async retryParked(): Promise<RetryResult> {
    this.#refuseWhenEnded()
    return new Promise((resolve, reject) => {
      this.#retries.push({ resolve, reject })
      this.#wake.wake()
    })
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
      try {
        const outcome = await this.#follow(signal)
        if (outcome === 'deposed') break
        if (outcome === 'lost') this.#fail(new OutpostError('MIRROR_UNAVAILABLE', LOST_STATE))
      } catch (error) {
        if (signal.aborted) break
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

  /** One connection's life. Returns when another writer has taken over, the state is lost, or the mirror stops. */
  async #follow(signal: AbortSignal): Promise<FenceOutcome> {
    const session = await MysqlSession.open(this.#target, signal)
    this.#session = session
    // A server that goes away while nothing is to be written is noticed too.
    session.onEnd(this.#wake.wake)
    const mirror = await openMirror(session, {
      name: NAME,
      feed: this.#feed,
      collections: [...this.#collections.values()],
      ownTerm: this.#term,
      now: () => this.#time.now(),
    })
    if (mirror === 'deposed') return mirror
    const { term, writer, rebuildBefore } = mirror
    this.#term = term
    this.#termOfHolding = `${term}-${randomUUID()}`
    let { position } = mirror
    let rebuilding = rebuildBefore !== undefined
    this.#log.info({ host: this.#target.host, database: this.#target.database, term, position }, 'mirror is running')
    this.#update({ state: 'running', position, rebuilding, parked: writer.parkedCount })

    while (!signal.aborted) {
      const retry = await this.#serveRetries(session, mirror)
      if (retry !== 'passed') return retry
      await this.#answerQuestions(session)
      const { changes, upTo } = this.#feed.changesSince(position.seq, PAGE, [...this.#collections.keys()])
      const to = positionAt(this.#feed, Math.max(upTo, position.seq))
      if (changes.length > 0) {
        const result = await writer.writePage(renderPage(changes, this.#collections), to)
        if (result.outcome === 'deposed' || result.outcome === 'lost') return result.outcome
        this.#noteParked(result)
        this.#update({ written: this.#status.written + result.written, parked: writer.parkedCount })
      }
      // Commits without a mirrored document move the position in memory only: nothing to write, nothing to lose.
      position = to
      this.#failures = 0
      const isLevel = position.seq >= this.#feed.head().seq
      if (isLevel && rebuilding) {
        const outcome = await this.#finishRebuild(session, mirror)
        if (outcome !== 'passed') return outcome
        rebuilding = false
      }
      this.#update({ position, rebuilding })
      if (!rebuilding) this.#levelWaiters.reached(position.seq)
      if (isLevel) await this.#wake.wait()
      session.throwIfEnded()
    }
    return 'passed'
  }

  async #finishRebuild(session: MysqlSession, { writer, term, rebuildBefore }: OpenMirror): Promise<FenceOutcome> {
    const outcome = await writer.deleteLeftovers([...this.#collections.values()], rebuildBefore!)
    if (outcome === 'passed') await finishRebuild(session, NAME, term)
    return outcome
  }

  async #serveRetries(session: MysqlSession, { writer }: OpenMirror): Promise<FenceOutcome> {
    const requests = this.#retries
    if (requests.length === 0) return 'passed'
    this.#retries = []
    try {
      const { outcome, ...result } = await retryParked(session, writer, this.#feed, this.#collections)
      this.#update({ written: this.#status.written + result.written, parked: writer.parkedCount })
      for (const { resolve, reject } of requests) {
        if (outcome === 'passed') resolve(result)
        else reject(ended(outcome))
      }
      return outcome
    } catch (error) {
      for (const { reject } of requests) reject(toMirrorError(error, this.#target.host))
      throw error
    }
  }

  async #answerQuestions(session: MysqlSession): Promise<void> {
    for (let question = this.#questions.next(); question; question = this.#questions.next()) {
      const { collection, ids, answer } = question
      try {
        answer(await parkedAmong(session, collection, ids))
      } catch (error) {
        answer(undefined)
        throw error
      }
    }
  }

  /** A connection of its own, so that a long question keeps no change waiting. */
  async #aside<T>(work: (session: MysqlSession) => Promise<T>): Promise<T> {
    let session: MysqlSession | undefined
    try {
      session = await MysqlSession.open(this.#target)
      return await work(session)
    } catch (error) {
      throw toMirrorError(error, this.#target.host)
    } finally {
      session?.destroy()
    }
  }

  #noteParked({ parked }: BatchResult): void {
    const [first] = parked
    if (!first) return
    const { collection, id, column } = first
    this.#log.warn(
      { documents: parked.length, first: { collection: collection.name, id, column } },
      'MySQL refused documents; they are parked',
    )
  }

  #fail(error: OutpostError): void {
    const at = new Date(this.#time.now()).toISOString()
    this.#log.warn({ code: error.code, attempt: this.#failures }, error.message)
    this.#update({ state: 'waiting', lastError: { code: error.code, message: error.message, at } })
  }

  #end(state: 'stopped' | 'deposed'): void {
    if (state === 'deposed') this.#log.error({ term: this.#term }, 'another process has taken this mirror over')
    this.#update({ state })
    this.#levelWaiters.fail(ended(state))
    for (const { reject } of this.#retries) reject(ended(state))
    this.#retries = []
  }

  #refuseWhenEnded(): void {
    const { state } = this.#status
    if (state === 'deposed' || (state === 'stopped' && this.#running)) throw ended(state)
  }

  #update(change: Partial<Omit<MirrorStatus, 'lag'>>): void {
    this.#status = { ...this.#status, ...change }
    for (const listener of this.#listeners) listener()
  }
}

function ended(how: 'stopped' | 'deposed' | FenceOutcome): OutpostError {
  return new OutpostError('MIRROR_UNAVAILABLE', `the mirror is ${how}`)
}
