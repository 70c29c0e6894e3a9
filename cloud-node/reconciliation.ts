/**
 * The comparisons of the mirrors' rows with headquarters' documents: on a schedule, when orders come to their end, and when
 * somebody asks; one at a time.
 */
import type { ChangeFeed } from '../adapters/mysql/change-feed.ts'
import type { Mirror } from '../adapters/mysql/mirror.ts'
import {
  reconcileMirror,
  type ReconciledPart,
  type ReconcileRequest,
  type ReconcileResult,
} from '../adapters/reconcile/reconcile-mirror.ts'
import type { Log } from '../adapters/log.ts'
import { withOwnSignal } from '../adapters/own-signal.ts'
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
import { EndedOrders, type TakenOrders } from './ended-orders.ts'
import { firstStartMs } from './first-start.ts'
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
  /** Its rows are counted soon: a run may have found them to be others than they were. */
  countAgain(name: string): void
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

interface Turn {
  /** Absent while orders are looked at that came to their end. */
  readonly run?: ReconcileRun
  found: ReconcileResult
  /** Of a person who stops it. */
  readonly stopped: AbortController
}

interface Running extends Turn {
  /** What a run has to wait for that has not begun to look at anything: a check of orders. */
  behind?: Running | undefined
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
  /** What the schedule has called for and nobody has done yet, and of which mirrors. */
  readonly #due = new Map<ReconcileKind, ReadonlySet<string>>()
  #worked: ReconcileKind | undefined
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
      call: (kind, of) => this.#call(kind, of),
      lastAllMs: () => new Map(mirrors.names.map((name) => [name, this.#lastAllMs(name)])),
    })
  }

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
   * Begins a run; behind a check of orders that is under way it waits for its turn.
   *
   * @throws OutpostError NOT_FOUND, BRANCH_UNKNOWN, RECONCILING, BAD_REQUEST
   */
  async begin({ mirror = DEFAULT_MIRROR, dryRun = false, table, branch, date }: WantedRun): Promise<ReconcileRun> {
    const scope = {
      ...(table !== undefined && { table }),
      ...(branch !== undefined && { branch }),
      ...(date !== undefined && { date }),
    }
    // What cannot be is said before anything is kept of it.
    const { mirrors, store, branches } = this.#parts
    allParts(mirrors.named(mirror), store.declarations, scope)
    if (branch !== undefined && !branches().some(({ id }) => id === branch)) {
      throw new OutpostError('BRANCH_UNKNOWN', 'branch: there is no such branch', { field: 'branch' })
    }
    return this.#beginUnlessOneRuns({ mirror, kind: 'all', scope, dryRun, fromSeq: 0 })
  }

  /** Repairs what a run has found and left to a person, whatever it is by now. @throws OutpostError NOT_FOUND, RECONCILING, BAD_REQUEST */
  async approve(id: number): Promise<ReconcileRun> {
    const { state } = this.#runs.run(id)
    if (state !== 'waiting') {
      throw new OutpostError('BAD_REQUEST', `run ${id} waits for nobody: it is ${state}`, { field: 'run' })
    }
    const again = this.#runs.repeatable(id)
    this.#parts.mirrors.named(again.mirror)
    return this.#beginUnlessOneRuns(again)
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
    if (running.behind) this.#leave(running, running.behind)
    else await running.done
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

  #lastAllMs(mirror: string): number {
    const { store, nowMs } = this.#parts
    return this.#runs.lastBegun(mirror, 'all') ?? firstStartMs(store, mirror, nowMs())
  }

  #call(kind: ReconcileKind, mirrors = this.#parts.mirrors.names): void {
    // Its hour, and that it is not over yet at that hour, both call for it.
    if (kind === 'all' && this.#worked === 'all') return
    this.#due.set(kind, new Set([...(this.#due.get(kind) ?? []), ...mirrors]))
    this.#working ??= this.#workOff()
      .catch((err: unknown) => this.#parts.log.warn({ err, kind }, 'the reconciliation could not begin'))
      .finally(() => (this.#worked = this.#working = undefined))
  }

  /** What the schedule has called for; what is about more goes first. */
  async #workOff(): Promise<void> {
    while (this.#due.size > 0) {
      const kind = (['all', 'recent', 'closed'] as const).find((one) => this.#due.has(one))!
      const mirrors = this.#due.get(kind)!
      this.#due.delete(kind)
      this.#worked = kind
      const orders = kind === 'closed' ? this.#ended.take() : undefined
      for (const mirror of mirrors) {
        while (this.#running) await this.#running.done
        if (this.#stopping.signal.aborted) return
        if (orders) await this.#occupy((turn) => this.#lookAtEnded(mirror, orders, turn))
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

  #beginUnlessOneRuns(wanted: NewRun): ReconcileRun {
    const run = this.#running?.run
    if (!run) return this.#begin(wanted)
    throw new OutpostError('RECONCILING', `run ${run.id} is under way since ${run.startedAt}; wait for its end`)
  }

  #begin(wanted: NewRun): ReconcileRun {
    this.#stopping.signal.throwIfAborted()
    const run = this.#runs.begin(wanted, this.#parts.nowMs())
    void this.#occupy((turn) => this.#run(run, wanted, turn), run)
    return this.#asItIs(run)
  }

  /** Nobody else has a turn until it is done; it has its own after what is under way. Never rejects. */
  #occupy(work: (turn: Turn) => Promise<void>, run?: ReconcileRun): Promise<void> {
    const behind = this.#running
    const turn: Turn & Pick<Running, 'behind'> = {
      ...(run && { run }),
      found: NOTHING,
      stopped: new AbortController(),
      behind,
    }
    const done = Promise.resolve(behind?.done)
      .then(() => {
        const hasLeft = turn.behind !== undefined && turn.stopped.signal.aborted
        turn.behind = undefined
        return hasLeft ? undefined : work(turn)
      })
      .catch((err: unknown) => {
        if (!this.#stopping.signal.aborted) this.#parts.log.warn({ err }, 'a comparison of rows with documents failed')
      })
      .finally(() => {
        if (this.#running === running) this.#running = undefined
        this.#status = undefined
        this.#tell()
      })
    const running: Running = Object.assign(turn, { done })
    this.#running = running
    this.#tell()
    return done
  }

  /** Ends a run that has not had its turn. */
  #leave({ run }: Running, behind: Running): void {
    this.#running = behind
    const { differences: _, ...figures } = NOTHING
    this.#runs.end(run!.id, { state: 'stopped', figures }, this.#parts.nowMs())
    this.#status = undefined
    this.#tell()
  }

  async #run(run: ReconcileRun, wanted: NewRun, turn: Turn): Promise<void> {
    const { mirrors, feed } = this.#parts
    const { mirror, kind, approves } = wanted
    const head = feed.head().seq
    const passed = kind === 'recent' ? (mirrors.named(mirror).status().position?.seq ?? 0) : 0
    const ended = await this.#compare(wanted, turn)
    this.#end(run.id, wanted, ended)
    mirrors.countAgain(mirror)
    if (kind === 'recent' && approves === undefined && (ended.state === 'done' || ended.state === 'waiting')) {
      // What was on its way to the end is looked at once more.
      this.#mark.write(mirror, ended.figures.inFlight === 0 ? head : Math.min(head, passed))
    }
  }

  async #lookAtEnded(mirror: string, orders: TakenOrders, turn: Turn): Promise<void> {
    const { nowMs, log } = this.#parts
    const wanted: NewRun = { mirror, kind: 'closed', scope: {}, dryRun: false, ...orders }
    const beganMs = nowMs()
    const ended = await this.#compare(wanted, turn)
    this.#closed += ended.figures.documents
    // Only what was found is kept: there are as many orders as there are.
    if (ended.figures.different > 0) this.#end(this.#runs.begin(wanted, beganMs).id, wanted, ended)
    else if (ended.state === 'failed') {
      log.warn({ mirror, code: ended.error?.code }, 'orders that came to their end could not be compared')
    }
  }

  /** Never rejects: what was found until it failed is told too. */
  async #compare(wanted: NewRun, turn: Turn): Promise<EndedRun> {
    const { mirrors, plan, branches } = this.#parts
    const { kind, scope, dryRun, approves } = wanted
    try {
      const mirror = mirrors.named(wanted.mirror)
      const repairUpTo = dryRun ? 0 : approves === undefined ? plan.repairUpTo : undefined
      const request = { mirror, parts: this.#partsOf(wanted, mirror), repairUpTo }
      const { differences, ...figures } = await this.#reconcile(request, turn)
      const isTooMuch = !dryRun && approves === undefined && figures.different > plan.repairUpTo
      const told =
        kind === 'all' ? branches().filter(({ id }) => scope.branch === undefined || id === scope.branch) : undefined
      return { state: isTooMuch ? 'waiting' : 'done', figures, differences, ...(told && { branches: told }) }
    } catch (error) {
      const { differences, ...figures } = turn.found
      const { code, message } =
        error instanceof OutpostError ? error : { code: 'INTERNAL' as const, message: String(error) }
      // That a person has stopped it is no error.
      if (turn.stopped.signal.aborted) return { state: 'stopped', figures, differences }
      const state = this.#stopping.signal.aborted ? 'stopped' : 'failed'
      return { state, figures, differences, error: { code, message } }
    }
  }

  #partsOf({ kind, scope, fromSeq, documents }: NewRun, mirror: Mirror): readonly ReconciledPart[] {
    const { feed, store } = this.#parts
    if (documents) return documentParts(mirror, feed, documents)
    return kind === 'recent' ? recentParts(mirror, feed, fromSeq) : allParts(mirror, store.declarations, scope)
  }

  #end(id: number, { mirror, kind }: NewRun, ended: EndedRun): void {
    const { log, nowMs } = this.#parts
    const { state, figures, error } = ended
    this.#runs.end(id, ended, nowMs())
    const said = { run: id, mirror, kind, ...figures }
    if (state === 'failed') log.warn({ run: id, mirror, code: error?.code }, 'a run of the reconciliation failed')
    else if (state === 'waiting')
      log.error(said, 'more rows differ from their documents than is repaired without a person')
    else if (state === 'done' && figures.different > 0)
      log.warn(said, 'rows of the mirror differed from their documents')
    else if (state === 'done' && figures.parked > 0)
      log.warn(said, 'documents that MySQL refuses have no rows as they say; the other rows are as theirs say')
    else if (state === 'done') log.info(said, 'the rows of the mirror are as their documents say')
  }

  #reconcile(request: Pick<ReconcileRequest, 'mirror' | 'parts' | 'repairUpTo'>, turn: Turn): Promise<ReconcileResult> {
    const { feed, mirrors } = this.#parts
    const onProgress = (found: ReconcileResult): void => {
      turn.found = found
      this.#tell()
    }
    const takeChanges = (): Promise<void> => mirrors.takeChanges(request.mirror.name)
    return withOwnSignal([this.#stopping.signal, turn.stopped.signal], ({ signal }) =>
      reconcileMirror({ ...request, feed, signal, onProgress, takeChanges }),
    )
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
