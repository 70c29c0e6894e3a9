/**
 * The comparisons of the mirrors' rows with headquarters' documents: on a schedule, when orders come to their end, and when
 * somebody asks; one at a time.
 */
import type { ChangeFeed } from '../adapters/mysql/change-feed.ts'
import type { Mirror } from '../adapters/mysql/mirror.ts'
import { reconcileMirror, type ReconcileRequest, type ReconcileResult } from '../adapters/reconcile/reconcile-mirror.ts'
import type { Log } from '../adapters/log.ts'
import type { Store } from '../adapters/sqlite/store.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import { DEFAULT_MIRROR } from '../schemas/protocol/mirrors.ts'
import type {
  ReconcileKind,
  ReconcileReport,
  ReconcileRun,
  ReconcileScope,
  ReconciliationStatus,
} from '../schemas/protocol/reconciliation.ts'
import { EndedOrders } from './ended-orders.ts'
import { RecentMark } from './recent-mark.ts'
import { allParts, documentParts, recentParts } from './reconcile-parts.ts'
import { NODE_STOPPED, ReconcileRuns, type EndedRun, type NewRun } from './reconcile-runs.ts'
import { ReconcileSchedule, type ReconcilePlan } from './reconcile-schedule.ts'

export interface ReconciledMirrors {
  readonly names: readonly string[]
  /** @throws OutpostError NOT_FOUND */
  named(name: string): Mirror
  /** Resolves once everything has been taken that other programs have changed in its tables until now. */
  takeChanges(name: string): Promise<void>
}

export interface ReconciliationParts {
  readonly store: Store
  readonly feed: ChangeFeed
  readonly mirrors: ReconciledMirrors
  readonly plan: ReconcilePlan
  readonly branches: () => NonNullable<ReconcileRun['branches']>
  readonly nowMs: () => number
  readonly log: Log
}

export interface WantedRun extends ReconcileScope {
  readonly mirror?: string | undefined
  readonly dryRun?: boolean | undefined
}

interface Running {
  /** Absent while orders are looked at that came to their end. */
  readonly run?: ReconcileRun
  found: ReconcileResult
  /** Of a person who stops it. */
  readonly stopped: AbortController
  readonly done: Promise<void>
}

const NOTHING: ReconcileResult = {
  documents: 0,
  rows: 0,
  different: 0,
  repaired: 0,
  open: 0,
  inFlight: 0,
  parked: 0,
  differences: [],
}
const MOST_LISTED = 100

export class Reconciliation {
  readonly #parts: ReconciliationParts
  readonly #runs: ReconcileRuns
  readonly #mark: RecentMark
  readonly #ended: EndedOrders
  readonly #schedule: ReconcileSchedule
  readonly #stopping = new AbortController()
  readonly #listeners = new Set<() => void>()
  /** What the schedule has called for and nobody has done yet. */
  readonly #due = new Set<ReconcileKind>()
  #running: Running | undefined
  #working: Promise<void> | undefined
  #closed = 0
  #status: Pick<ReconciliationStatus, 'last' | 'open' | 'waiting'> | undefined

  constructor(parts: ReconciliationParts) {
    const { store, plan, mirrors } = parts
    this.#parts = parts
    this.#runs = new ReconcileRuns(store)
    this.#mark = new RecentMark(store)
    this.#ended = new EndedOrders(store, () => this.#call('closed'))
    this.#schedule = new ReconcileSchedule(plan, {
      call: (kind) => this.#call(kind),
      lastAllMs: () => Math.min(...mirrors.names.map((name) => this.#runs.lastBegun(name, 'all') ?? this.#startedMs)),
    })
    this.#startedMs = parts.nowMs()
  }
  readonly #startedMs: number

  start(): void {
    if (this.#parts.mirrors.names.length === 0) return
    this.#schedule.start()
    this.#ended.start()
  }

  /** Gives up what is under way; call before the mirrors are stopped. */
  async stop(): Promise<void> {
    this.#schedule.stop()
    this.#ended.stop()
    this.#stopping.abort(new OutpostError('MIRROR_UNAVAILABLE', NODE_STOPPED))
    await this.#working
    await this.#running?.done
  }

  /**
   * Begins a run.
   *
   * @throws OutpostError NOT_FOUND, RECONCILING, BAD_REQUEST
   */
  async begin({ mirror = DEFAULT_MIRROR, dryRun = false, table, branch, date }: WantedRun): Promise<ReconcileRun> {
    const scope = {
      ...(table !== undefined && { table }),
      ...(branch !== undefined && { branch }),
      ...(date !== undefined && { date }),
    }
    // What cannot be is said before anything is kept of it.
    allParts(this.#parts.mirrors.named(mirror), this.#parts.store.declarations, scope)
    return this.#beginWhenFree({ mirror, kind: 'all', scope, dryRun, fromSeq: 0 })
  }

  /** Repairs what a run has found and left to a person, whatever it is by now. @throws OutpostError NOT_FOUND, RECONCILING, BAD_REQUEST */
  async approve(id: number): Promise<ReconcileRun> {
    const { state } = this.#runs.run(id)
    if (state !== 'waiting') {
      throw new OutpostError('BAD_REQUEST', `run ${id} waits for nobody: it is ${state}`, { field: 'run' })
    }
    return this.#beginWhenFree(this.#runs.repeatable(id))
  }

  /**
   * Ends a run where it is: what it has found is kept, what it has repaired stays so. Resolves when it has ended.
   *
   * @throws OutpostError NOT_FOUND, BAD_REQUEST
   */
  async stopRun(id: number): Promise<ReconcileRun> {
    const running = this.#running
    if (running?.run?.id !== id) {
      const { state } = this.#runs.run(id)
      throw new OutpostError('BAD_REQUEST', `run ${id} is not under way: it is ${state}`, { field: 'run' })
    }
    running.stopped.abort(new OutpostError('MIRROR_UNAVAILABLE', 'a person has stopped the run'))
    await running.done
    return this.#runs.run(id)
  }

  /** Newest first. */
  list(): readonly ReconcileRun[] {
    return this.#runs.list(MOST_LISTED).map((run) => this.#asItIs(run))
  }

  /** @throws OutpostError NOT_FOUND */
  report(id: number): ReconcileReport {
    return { ...this.#runs.report(id), ...this.#asItIs(this.#runs.run(id)) }
  }

  /** `undefined` where there is no mirror. */
  status(): ReconciliationStatus | undefined {
    if (this.#parts.mirrors.names.length === 0) return undefined
    this.#status ??= this.#lookUp()
    const run = this.#running?.run
    return {
      ...this.#status,
      ...(run && { running: this.#asItIs(run) }),
      closed: this.#closed,
      next: this.#schedule.next(),
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #lookUp(): Pick<ReconciliationStatus, 'last' | 'open' | 'waiting'> {
    const { documents: open, waiting } = this.#runs.open()
    const last = this.#runs.list(2).find(({ state }) => state !== 'running')
    return { ...(last && { last }), open, waiting }
  }

  #call(kind: ReconcileKind): void {
    this.#due.add(kind)
    this.#working ??= this.#workOff()
      .catch((err: unknown) => this.#parts.log.warn({ err, kind }, 'the reconciliation could not begin'))
      .finally(() => (this.#working = undefined))
  }

  /** What the schedule has called for; what is about more goes first. */
  async #workOff(): Promise<void> {
    while (this.#due.size > 0) {
      const kind = (['all', 'recent', 'closed'] as const).find((one) => this.#due.has(one))!
      this.#due.delete(kind)
      const orders = kind === 'closed' ? this.#ended.take() : undefined
      for (const mirror of this.#parts.mirrors.names) {
        while (this.#running) await this.#running.done
        if (this.#stopping.signal.aborted) return
        if (orders) await this.#occupy(() => this.#lookAtEnded(mirror, orders))
        else
          this.#begin({
            mirror,
            kind,
            scope: {},
            dryRun: false,
            fromSeq: kind === 'recent' ? this.#mark.read(mirror) : 0,
          })
      }
      if (this.#running) await this.#running.done
    }
  }

  async #beginWhenFree(wanted: NewRun): Promise<ReconcileRun> {
    while (this.#running) {
      const { run } = this.#running
      if (run) {
        throw new OutpostError('RECONCILING', `run ${run.id} is under way since ${run.startedAt}; wait for its end`)
      }
      await this.#running.done
    }
    return this.#begin(wanted)
  }

  #begin(wanted: NewRun): ReconcileRun {
    this.#stopping.signal.throwIfAborted()
    const run = this.#runs.begin(wanted, this.#parts.nowMs())
    void this.#occupy(() => this.#run(run, wanted), run)
    return this.#asItIs(run)
  }

  /** Nobody else has a turn until it is done. Never rejects. */
  #occupy(work: () => Promise<void>, run?: ReconcileRun): Promise<void> {
    const done = Promise.resolve()
      .then(work)
      .catch((err: unknown) => {
        if (!this.#stopping.signal.aborted) this.#parts.log.warn({ err }, 'a comparison of rows with documents failed')
      })
      .finally(() => {
        this.#running = undefined
        this.#status = undefined
        this.#tell()
      })
    this.#running = { ...(run && { run }), found: NOTHING, stopped: new AbortController(), done }
    this.#tell()
    return done
  }

  async #run(run: ReconcileRun, wanted: NewRun): Promise<void> {
    const { mirrors, store, feed, plan, log, nowMs, branches } = this.#parts
    const { mirror: name, kind, scope, dryRun, fromSeq, approves } = wanted
    let ended: EndedRun
    try {
      const mirror = mirrors.named(name)
      const head = feed.head().seq
      const passed = Math.min(head, mirror.status().position?.seq ?? 0)
      const parts = kind === 'recent' ? recentParts(mirror, feed, fromSeq) : allParts(mirror, store.declarations, scope)
      const repairUpTo = dryRun ? 0 : approves === undefined ? plan.repairUpTo : undefined
      const { differences, ...figures } = await this.#reconcile({ mirror, parts, repairUpTo })
      const isTooMuch = !dryRun && approves === undefined && figures.different > plan.repairUpTo
      const told =
        kind === 'all' ? branches().filter(({ id }) => scope.branch === undefined || id === scope.branch) : undefined
      ended = { state: isTooMuch ? 'waiting' : 'done', figures, differences, ...(told && { branches: told }) }
      if (kind === 'recent' && approves === undefined) {
        // What was on its way to the end is looked at once more.
        this.#mark.write(name, figures.inFlight === 0 ? head : passed)
      }
      const said = { run: run.id, mirror: name, kind, ...figures }
      if (isTooMuch) log.error(said, 'more rows differ from their documents than is repaired without a person')
      else if (figures.different > 0) log.warn(said, 'rows of the mirror differed from their documents')
      else log.info(said, 'the rows of the mirror are as their documents say')
    } catch (error) {
      const { differences, ...figures } = this.#running?.found ?? NOTHING
      const { code, message } =
        error instanceof OutpostError ? error : { code: 'INTERNAL' as const, message: String(error) }
      const isOfPerson = this.#running?.stopped.signal.aborted === true
      const isStopped = isOfPerson || this.#stopping.signal.aborted
      if (!isStopped) log.warn({ run: run.id, mirror: name, code }, 'a run of the reconciliation failed')
      // That a person has stopped it is no error.
      const told = isOfPerson ? {} : { error: { code, message } }
      ended = { state: isStopped ? 'stopped' : 'failed', figures, differences, ...told }
    }
    this.#runs.end(run.id, ended, nowMs())
  }

  async #lookAtEnded(name: string, orders: ReadonlyMap<string, ReadonlySet<string>>): Promise<void> {
    const { mirrors, feed, nowMs, plan } = this.#parts
    const mirror = mirrors.named(name)
    const parts = documentParts(mirror, feed, orders)
    const { differences, ...figures } = await this.#reconcile({ mirror, parts, repairUpTo: plan.repairUpTo })
    this.#closed += figures.documents
    if (figures.different === 0) return
    // Only what was found is kept: there are as many orders as there are.
    const { id } = this.#runs.begin({ mirror: name, kind: 'closed', scope: {}, dryRun: false, fromSeq: 0 }, nowMs())
    const state = figures.different > plan.repairUpTo ? 'waiting' : 'done'
    this.#runs.end(id, { state, figures, differences }, nowMs())
  }

  #reconcile(request: Pick<ReconcileRequest, 'mirror' | 'parts' | 'repairUpTo'>) {
    const { feed, mirrors } = this.#parts
    const running = this.#running!
    const onProgress = (found: ReconcileResult): void => {
      running.found = found
      this.#tell()
    }
    const { name } = request.mirror
    return reconcileMirror({
      ...request,
      feed,
      signal: AbortSignal.any([this.#stopping.signal, running.stopped.signal]),
      onProgress,
      takeChanges: () => mirrors.takeChanges(name),
    })
  }

  #asItIs(run: ReconcileRun): ReconcileRun {
    const running = this.#running
    if (running?.run?.id !== run.id) return run
    const { mirrors, store } = this.#parts
    const collections = mirrors.named(run.mirror).collections.map(({ name }) => name)
    const isWhole = run.kind === 'all' && run.table === undefined && run.branch === undefined && run.date === undefined
    const of = collections.reduce((sum, name) => sum + store.countLive(name), 0)
    const { differences: _, ...figures } = running.found
    return { ...run, ...figures, ...(isWhole && { of }) }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
