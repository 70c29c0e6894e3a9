/**
 * A chain whose time passes when it is told to: real stores, cycles with their own timers, live streams, headquarters'
 * status and alerts; only the line between them is not real. What happened on it is noted for the checker.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { USUAL_THRESHOLDS } from '../../adapters/alerts/thresholds.ts'
import type { ExchangeClient } from '../../adapters/http/exchange-client.ts'
import { exchangeDeadlineMs } from '../../adapters/http/exchange-limits.ts'
import type { ExchangeKind } from '../../adapters/synclog/exchange-load.ts'
import { SyncLog } from '../../adapters/synclog/sync-log.ts'
import { AlertBook } from '../../cloud-node/alert-book.ts'
import { AlertSnapshots } from '../../cloud-node/alert-snapshots.ts'
import { Alerts } from '../../cloud-node/alerts.ts'
import { withAlerts, type CloudStatusSource } from '../../cloud-node/api.ts'
import { CloudOperations } from '../../cloud-node/cloud-operations.ts'
import { BranchOperations } from '../../local-node/branch-operations.ts'
import { suspendedClasses } from '../../local-node/sync/sync-settings.ts'
import type { BranchSide } from '../../adapters/exchange/branch-side.ts'
import { NO_BALANCE } from '../../schemas/contribution.ts'
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { HeartbeatRequest, HeartbeatResponse } from '../../schemas/protocol/exchange.ts'
import {
  CHAIN_KEY,
  CLOUD_SIGNING_KEY,
  CLOUD_VERIFYING_KEY,
  SimulatedChain,
  type SimulatedBranch,
} from '../support/simulated-chain.ts'
import { FakeTime } from './fake-time.ts'
import { createRandom } from '../../scripts/demo/seeded-random.ts'
import { Streams } from './streams.ts'

export const START_MS = Date.UTC(2026, 5, 1, 8)
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** The line between a PC and headquarters. */
export interface Line {
  isCut: boolean
  /** How long a request, and its answer, is under way. */
  requestMs: number
  answerMs: number
  /** What happens to the next requests, in order. */
  faults: ('lose-request' | 'lose-answer')[]
}

/** Hears of all that travels, at the moment at which it does. */
export interface Witness {
  /** A heartbeat leaves the branch. @returns what is called when headquarters has answered it, and when the branch has heard that */
  greets(at: SimulatedBranch, request: HeartbeatRequest): Greeted
  exchanged(at: SimulatedBranch, kind: ExchangeKind, failure: ErrorCode | undefined): void
  nudged(at: SimulatedBranch, priority: number): void
  /** Headquarters was started. */
  opened(): void
  /** Headquarters' store was copied, and goes on from the copy. */
  copied(): void
  wentBack(): void
}

export interface Greeted {
  answered(answer: HeartbeatResponse): void
  heard(answer: HeartbeatResponse): void
}

/** What makes a chain lie, to show that the checker notices. */
export interface Lies {
  readonly heartbeat?: (world: TruthWorld, at: SimulatedBranch, request: HeartbeatRequest) => HeartbeatRequest
}

export interface Tampered {
  /** In whose scope. */
  readonly branchId: string
  readonly kind: 'row' | 'digest' | 'row-and-digest'
  /** Of the document. */
  readonly key: string
}

export interface WorldSettings {
  readonly seed: number
  readonly branches: number
  /** Between two cycles. */
  readonly intervalMs: number
  readonly lies?: Lies | undefined
}

export class TruthWorld {
  readonly settings: WorldSettings
  readonly time = new FakeTime(START_MS)
  readonly chain: SimulatedChain
  readonly syncLog: SyncLog
  readonly streams: Streams
  witness: Witness
  operations!: CloudOperations
  alerts!: Alerts
  source!: CloudStatusSource
  /** Since headquarters runs. */
  upSinceMs = START_MS
  /** How far the clock of a branch's PC is from the true time, ms. */
  readonly osOffsets = new Map<string, number>()
  /** What somebody has changed below Outpost. */
  readonly tampered: Tampered[] = []
  readonly #lines = new Map<SimulatedBranch, Line>()
  readonly #off = new Set<SimulatedBranch>()
  /** Those that wait for a line on which requests are under way for long. */
  readonly #waiting = new Set<SimulatedBranch>()
  /** Those that have asked something since their last cycle ended. */
  readonly #active = new Set<SimulatedBranch>()
  readonly #operations = new WeakMap<BranchSide, BranchOperations>()
  readonly #folder: string
  readonly #random: ReturnType<typeof createRandom>
  readonly #bringBack: () => void
  #requests = 0
  #names = 0

  constructor(settings: WorldSettings, witness: (world: TruthWorld) => Witness) {
    this.settings = settings
    this.#folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'outpost-truth-'))
    this.#random = createRandom(settings.seed)
    this.#bringBack = this.time.install()
    const nowMs = () => this.time.nowMs
    this.syncLog = new SyncLog({ file: join(this.#folder, 'log.sqlite'), log: SILENT, nowMs })
    this.streams = new Streams({
      nowMs,
      reaches: (at) => this.isOn(at) && this.operationsOf(at).syncEnabled && !this.lineOf(at).isCut,
      onNudge: (at, priority) => {
        if (!this.isOn(at) || this.lineOf(at).isCut) return
        this.witness.nudged(at, priority)
        at.cycle.nudge(priority)
      },
    })
    const ids = Array.from({ length: settings.branches }, (_, i) => `b${i + 1}`)
    this.chain = new SimulatedChain(this.#folder, ids, {
      nowMs,
      osMs: (branchId) => this.time.nowMs + (this.osOffsets.get(branchId) ?? 0),
      monotonicMs: nowMs,
      newId: (bytes) => this.#newId(bytes),
      cycle: (self, client) => ({
        client: this.#client(self, client),
        enabled: () => this.operationsOf(self()).syncEnabled,
        settings: () => this.operationsOf(self()).syncSettings,
        random: () => this.#random.below(1000) / 1000,
        intervalMs: settings.intervalMs,
        linkRetries: 1,
      }),
    })
    this.witness = witness(this)
    this.chain.observe = (at) => {
      if (!at) this.#serve()
    }
    this.#serve()
    for (const at of this.chain.branches) this.#start(at)
  }

  // --- headquarters ---------------------------------------------------------------------------------------------------

  #serve(): void {
    const { cloud, registry, identity } = this.chain
    const nowMs = () => cloud.replica.clock.wallMs()
    const signing = { key: CLOUD_SIGNING_KEY, publicKey: CLOUD_VERIFYING_KEY }
    const chain = { key: CHAIN_KEY, signing, country: 'CN', currency: 'CNY', overdraft: NO_BALANCE }
    this.operations = new CloudOperations({ cloud, registry, chain, identity })
    const { operations, syncLog } = this
    const source = {
      status: () => operations.status(),
      onChange: (listener: () => void) => operations.rows.onChange(listener),
    }
    const retries = () => cloud.exceptions.countWaiting()
    // The disk of the machine that runs this is nobody's here.
    const file = join(this.#folder, 'nowhere', 'store.sqlite')
    const snapshots = new AlertSnapshots({ status: source.status, retries, figures: syncLog, file, nowMs })
    this.alerts = new Alerts({
      book: new AlertBook(cloud.replica.store),
      plan: {
        thresholds: USUAL_THRESHOLDS,
        quietHours: undefined,
        timeZone: 'UTC',
        repeatMs: undefined,
        language: 'en',
        link: undefined,
      },
      channels: [],
      snapshot: () => snapshots.take(),
      onChange: source.onChange,
      nowMs,
      steadyMs: () => this.time.nowMs,
      log: SILENT,
    })
    this.source = withAlerts(source, this.alerts)
    this.upSinceMs = this.time.nowMs
    this.streams.serve(cloud.replica.store, {
      ...operations.exchangeHooks,
      admit: ({ branchId }) => void registry.admit(branchId),
    })
    this.witness.opened()
  }

  backUpCloud(): void {
    this.witness.copied()
    this.chain.backUpCloud()
  }

  restoreCloud(): void {
    this.witness.wentBack()
    this.chain.restoreCloud()
  }

  // --- branches -------------------------------------------------------------------------------------------------------

  /** One of the PCs. */
  pc(pick: number): SimulatedBranch {
    const { branches } = this.chain
    return branches[pick % branches.length]!
  }

  isOn(at: SimulatedBranch): boolean {
    return !this.#off.has(at) && this.chain.branches.includes(at)
  }

  lineOf(at: SimulatedBranch): Line {
    let line = this.#lines.get(at)
    if (!line) this.#lines.set(at, (line = { isCut: false, requestMs: 0, answerMs: 0, faults: [] }))
    return line
  }

  /** As the API of a branch's running node answers. */
  operationsOf(at: SimulatedBranch): BranchOperations {
    const { branch, book } = at
    let operations = this.#operations.get(branch)
    if (!operations) {
      const names = { branchId: at.id, branchName: at.id, country: 'CN', currency: 'CNY' }
      const facts = { ...names, chainKey: CHAIN_KEY, cloudKey: CLOUD_VERIFYING_KEY, overdraft: NO_BALANCE }
      const stream = () => (this.streams.isOpen(at) ? ('open' as const) : ('connecting' as const))
      const runningSync = () => ({
        run: () => at.cycle.run(),
        settingsChanged: () => {
          this.#followSetting(at)
          at.cycle.settingsChanged()
        },
        status: () => ({ ...at.cycle.status(), stream: stream() }),
      })
      operations = new BranchOperations({ branch, book, facts, cloudUrl: 'https://hq.example', runningSync })
      this.#operations.set(branch, operations)
    }
    return operations
  }

  /** Classes that people have suspended. */
  suspendedAt(at: SimulatedBranch): ReadonlySet<number> {
    const { declarations } = at.branch.replica.store
    return suspendedClasses(this.operationsOf(at).syncSettings, declarations, () => this.time.nowMs)
  }

  #start(at: SimulatedBranch): void {
    this.#off.delete(at)
    this.#followSetting(at)
    at.cycle.onCycle(() => this.#active.delete(at))
    at.cycle.start()
  }

  #followSetting(at: SimulatedBranch): void {
    if (this.operationsOf(at).syncEnabled) this.streams.start(at)
    else this.streams.stop(at)
  }

  /** The PC is switched off. */
  async switchOff(at: SimulatedBranch): Promise<void> {
    if (!this.isOn(at)) return
    this.#off.add(at)
    this.streams.stop(at)
    await at.cycle.stop()
  }

  /** @param work what happens to its store before the PC is there (again) */
  async begin(at: SimulatedBranch, work: () => Promise<unknown> = () => this.chain.restart(at)): Promise<void> {
    await this.switchOff(at)
    await work()
    this.#start(at)
  }

  async clone(at: SimulatedBranch): Promise<void> {
    await this.begin(at, async () => this.#start(await this.chain.clone(at)))
  }

  /** A person has said that another PC is the branch. */
  async remove(at: SimulatedBranch): Promise<void> {
    await this.switchOff(at)
    await this.chain.switchOff(at)
  }

  /** @param isNoticed by both ends at once */
  cut(at: SimulatedBranch, isNoticed: boolean): void {
    this.lineOf(at).isCut = true
    this.streams.cut(at, isNoticed)
  }

  // --- time -----------------------------------------------------------------------------------------------------------

  async pass(ms: number): Promise<void> {
    await this.time.pass(ms, () => this.settled())
  }

  /** Nobody does anything any more but wait for time to pass, or for a person. */
  async settled(): Promise<void> {
    await nextTurn()
    await nextTurn()
    while (this.chain.branches.some((at) => this.#isBusy(at))) await nextTurn()
  }

  #isBusy(at: SimulatedBranch): boolean {
    if (!this.#active.has(at) || !this.isOn(at) || this.#waiting.has(at)) return false
    const { running, state } = at.cycle.status()
    return running && state !== 'pausing'
  }

  count(): number {
    return (this.#names += 1)
  }

  at(): string {
    return new Date(this.time.nowMs).toISOString()
  }

  async close(): Promise<void> {
    try {
      for (const at of this.chain.branches.slice()) await this.switchOff(at)
      this.chain.close()
      this.syncLog.close()
    } finally {
      this.#bringBack()
      rmSync(this.#folder, { recursive: true, force: true })
    }
  }

  // --- the line -------------------------------------------------------------------------------------------------------

  #client(self: () => SimulatedBranch, inner: ExchangeClient): ExchangeClient {
    const over =
      <Request, Answer>(kind: ExchangeKind, ask: (request: Request, signal: AbortSignal) => Promise<Answer>) =>
      (request: Request, signal: AbortSignal): Promise<Answer> =>
        this.#carry(self(), kind, signal, () => ask(request, signal))
    const { lies } = this.settings
    return {
      heartbeat: async (request, signal) => {
        const at = self()
        const sent = lies?.heartbeat?.(this, at, request) ?? request
        const greeted = this.witness.greets(at, request)
        const answer = await this.#carry(at, 'heartbeat', signal, async () => {
          const told = await inner.heartbeat(sent, signal)
          greeted.answered(told)
          return told
        })
        greeted.heard(answer)
        return answer
      },
      push: over('push', inner.push),
      pull: over('pull', inner.pull),
      receipts: over('receipts', inner.receipts),
      digests: over('digests', inner.digests),
      stats: over('stats', inner.stats),
    }
  }

  /** One request and its answer, or what became of them. */
  async #carry<Answer>(
    at: SimulatedBranch,
    kind: ExchangeKind,
    signal: AbortSignal,
    ask: () => Promise<Answer>,
  ): Promise<Answer> {
    const { requestMs, answerMs } = this.lineOf(at)
    this.#active.add(at)
    const fault = this.lineOf(at).faults.shift()
    const deadlineMs = exchangeDeadlineMs(5)
    const travel = async (ms: number) => {
      if (ms > 0) await this.time.sleep(ms, signal)
      if (this.lineOf(at).isCut) throw new OutpostError('LINK_FAILED', 'the line is cut')
    }
    const travelling = (async () => {
      await travel(requestMs)
      if (fault === 'lose-request') throw new OutpostError('LINK_FAILED', 'lost on the way')
      const told = await this.#answer(at, kind, ask)
      await travel(answerMs)
      if (fault === 'lose-answer') throw new OutpostError('LINK_FAILED', 'the answer was lost')
      return told()
    })()
    if (requestMs + answerMs === 0) return travelling
    this.#waiting.add(at)
    const over = new AbortController()
    const giveUp = this.time.sleep(deadlineMs, AbortSignal.any([signal, over.signal])).then(() => {
      throw new OutpostError('LINK_FAILED', 'headquarters did not answer in time')
    })
    // Whoever is later is heard by nobody.
    for (const one of [travelling, giveUp]) one.catch(nothing)
    try {
      return await Promise.race([travelling, giveUp])
    } finally {
      over.abort()
      this.#waiting.delete(at)
    }
  }

  /** @returns what the branch is told: an answer, or a refusal */
  async #answer<Answer>(at: SimulatedBranch, kind: ExchangeKind, ask: () => Promise<Answer>): Promise<() => Answer> {
    try {
      this.chain.registry.admit(at.id)
      const answer = await ask()
      this.#note(at, kind, undefined)
      return () => answer
    } catch (error) {
      if (!(error instanceof OutpostError)) throw error
      this.#note(at, kind, error.code)
      return () => {
        throw error
      }
    }
  }

  #note(at: SimulatedBranch, kind: ExchangeKind, code: ErrorCode | undefined): void {
    this.#requests += 1
    const nothing = { sent: 0, received: 0, bytesSent: 0, bytesReceived: 0, ms: 1 }
    const how = code === undefined ? ({ outcome: 'ok' } as const) : ({ outcome: 'failed', code } as const)
    const note = { at: this.at(), branchId: at.id, kind, ...nothing, ...how, requestId: `r${this.#requests}` }
    this.syncLog.note(note, { documents: [], delaysMs: [] })
    this.witness.exchanged(at, kind, code)
  }

  #newId(bytes: number): string {
    return Buffer.from(Array.from({ length: bytes }, () => this.#random.below(256))).toString('base64url')
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function nothing(): void {
  // The checker reads the stores, not the log.
}
