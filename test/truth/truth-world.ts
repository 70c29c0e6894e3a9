/**
 * A chain whose time passes when it is told to: real stores, cycles with their own timers, live streams, headquarters'
 * status and alerts; only the line between them is not real. What happened on it is noted for the checker.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { USUAL_THRESHOLDS } from '../../adapters/alerts/thresholds.ts'
import { SyncLog } from '../../adapters/synclog/sync-log.ts'
import { AlertBook } from '../../cloud-node/alert-book.ts'
import { AlertSnapshots } from '../../cloud-node/alert-snapshots.ts'
import { chainFigures } from '../../cloud-node/chain-figures.ts'
import { Alerts } from '../../cloud-node/alerts.ts'
import { withAlerts, type CloudStatusSource } from '../../cloud-node/api.ts'
import { CloudOperations } from '../../cloud-node/cloud-operations.ts'
import { BranchOperations } from '../../local-node/branch-operations.ts'
import type { BranchSide } from '../../adapters/exchange/branch-side.ts'
import { NO_BALANCE } from '../../schemas/contribution.ts'
import type { HeartbeatRequest } from '../../schemas/protocol/exchange.ts'
import {
  CHAIN_KEY,
  CLOUD_SIGNING_KEY,
  CLOUD_VERIFYING_KEY,
  SimulatedChain,
  type SimulatedBranch,
} from '../support/simulated-chain.ts'
import { createRandom } from '../../scripts/demo/seeded-random.ts'
import { FakeTime } from './fake-time.ts'
import { Lines, type Line, type Witness } from './lines.ts'
import { Streams } from './streams.ts'

export const START_MS = Date.UTC(2026, 5, 1, 8)
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }

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
  readonly #lines: Lines
  readonly #off = new Set<SimulatedBranch>()
  /** Those that have asked something since their last cycle ended. */
  readonly #active = new Set<SimulatedBranch>()
  readonly #operations = new WeakMap<BranchSide, BranchOperations>()
  readonly #folder: string
  readonly #random: ReturnType<typeof createRandom>
  readonly #bringBack: () => void
  #names = 0

  constructor(settings: WorldSettings, witness: (world: TruthWorld) => Witness) {
    this.settings = settings
    this.#folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'outpost-truth-'))
    this.#random = createRandom(settings.seed)
    this.#bringBack = this.time.install()
    const nowMs = () => this.time.nowMs
    this.syncLog = new SyncLog({ file: join(this.#folder, 'log.sqlite'), log: SILENT, nowMs })
    this.#lines = new Lines({
      time: this.time,
      syncLog: this.syncLog,
      witness: () => this.witness,
      admit: (branchId) => this.chain.registry.admit(branchId),
      sent: (at, request) => settings.lies?.heartbeat?.(this, at, request) ?? request,
      onRequest: (at) => this.#active.add(at),
    })
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
        client: this.#lines.client(self, client),
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
    const figures = chainFigures({ syncLog, branchIds: () => registry.branches().map(({ id }) => id), retries, nowMs })
    const snapshots = new AlertSnapshots({ status: source.status, retries, figures, syncLog, file, nowMs })
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
    return this.#lines.of(at)
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
    if (!this.#active.has(at) || !this.isOn(at) || this.#lines.isWaiting(at)) return false
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
