/**
 * The sync cycle: heartbeat, receipts, then exchanges by priority until both sides have nothing left. Started by the
 * timer, a local write or a person; one at a time.
 */
import { hostname } from 'node:os'
import type { ExchangeClient } from '../../adapters/http/exchange-client.ts'
import { BranchHeartbeat } from '../../adapters/exchange/branch-heartbeat.ts'
import type { BranchSide } from '../../adapters/exchange/branch-side.ts'
import type { Log } from '../../adapters/log.ts'
import { ROW_STATE } from '../../adapters/sqlite/document-table.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { StatusError, SyncVerdict } from '../../schemas/protocol/status.ts'
import { noteOverdraft } from '../overdraft.ts'
import { nextStep, pauseAfter, SYNC_DEFAULTS } from './cycle-state.ts'

export interface SyncCycleOptions {
  readonly branch: BranchSide
  readonly client: ExchangeClient
  readonly log: Log
  readonly enabled: () => boolean
  readonly intervalMs?: number
  readonly batchSize?: number
  readonly random?: () => number
}

export class SyncCycle {
  readonly #branch: BranchSide
  readonly #heartbeats: BranchHeartbeat
  readonly #client: ExchangeClient
  readonly #log: Log
  readonly #enabled: () => boolean
  readonly #intervalMs: number
  readonly #batchSize: number
  readonly #random: () => number
  readonly #stopping = new AbortController()
  readonly #listeners = new Set<() => void>()
  #running: Promise<void> | undefined
  #again = false
  #timer: NodeJS.Timeout | undefined
  #failures = 0
  /** Documents of the next exchange: half as many after a failure, twice as many after a success. */
  #batch: number
  #lastContactMs: number | undefined
  #lastError: StatusError | undefined
  #verdict: SyncVerdict = { state: 'unknown' }

  constructor(options: SyncCycleOptions) {
    this.#branch = options.branch
    this.#heartbeats = new BranchHeartbeat(options.branch)
    this.#client = options.client
    this.#log = options.log
    this.#enabled = options.enabled
    this.#intervalMs = options.intervalMs ?? SYNC_DEFAULTS.intervalMs
    this.#batchSize = options.batchSize ?? SYNC_DEFAULTS.batchSize
    this.#batch = this.#batchSize
    this.#random = options.random ?? Math.random
  }

  start(): void {
    const { store } = this.#branch.replica
    const unsubscribe = store.onCommit(({ context }) => {
      // While the link fails only the timer and people start a cycle: a busy till must not hammer it.
      if (context !== 'exchange' && this.#failures === 0 && this.#branch.priority() > 0) void this.run()
    })
    this.#stopping.signal.addEventListener('abort', unsubscribe)
    void this.run()
  }

  /** Ends the cycle that runs, at its next answer or deadline at the latest. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    clearTimeout(this.#timer)
    await this.#running
  }

  /** Runs one cycle, or one more after the one that runs. Resolves when it is through; never rejects. */
  run(): Promise<void> {
    if (this.#running) {
      this.#again = true
      return this.#running
    }
    if (this.#stopping.signal.aborted) return Promise.resolve()
    clearTimeout(this.#timer)
    this.#running = this.#runAll().finally(() => {
      this.#running = undefined
      if (this.#stopping.signal.aborted) return
      this.#timer = setTimeout(() => void this.run(), pauseAfter(this.#failures, this.#intervalMs, this.#random()))
    })
    return this.#running
  }

  status(): {
    running: boolean
    lastContactAt: string | undefined
    lastError: StatusError | undefined
    verdict: SyncVerdict
  } {
    return {
      running: this.#running !== undefined,
      lastContactAt: this.#lastContactMs === undefined ? undefined : new Date(this.#lastContactMs).toISOString(),
      lastError: this.#lastError,
      verdict: this.#verdict,
    }
  }

  /** Calls back after each cycle. */
  onCycle(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async #runAll(): Promise<void> {
    // Whoever asked was answered by the caller's promise; this one starts in the next turn, so that it sees their write.
    await Promise.resolve()
    do {
      this.#again = false
      if (!this.#isEnabled()) return
      await this.#runOne()
      for (const listener of this.#listeners) this.#call(listener)
    } while (this.#again && this.#failures === 0 && !this.#stopping.signal.aborted)
  }

  /** A store that cannot be read any more must not take the node down with it: its log says so. */
  #isEnabled(): boolean {
    try {
      return this.#enabled()
    } catch (error) {
      this.#failed(error)
      return false
    }
  }

  #call(listener: () => void): void {
    try {
      listener()
    } catch (err) {
      this.#log.error({ err }, 'a listener of the sync cycle failed')
    }
  }

  async #runOne(): Promise<void> {
    try {
      let exchanged = false
      let theirs = await this.#heartbeat()
      let retried = false
      for (;;) {
        this.#stopping.signal.throwIfAborted()
        const retries = this.#branch.retryBatches(this.#batch)
        const wanted = this.#branch.wanted(1)
        const next = nextStep({
          openReceipts: this.#branch.openReceipts().length,
          ours: this.#branch.priority(),
          theirs,
          retried,
          retries: retries.length + wanted.length,
        })
        if (next.step === 'rest') break
        exchanged = true
        if (next.step === 'confirm') theirs = await this.#confirm()
        else if (next.step === 'push') theirs = await this.#push(next.class)
        else if (next.step === 'pull') theirs = await this.#pull(next.class)
        else {
          retried = true
          for (const batch of retries) theirs = await this.#send(batch)
          for (const { class: syncClass } of wanted) theirs = await this.#pull(syncClass)
        }
      }
      // Whether both sides hold the same is known only after they have been compared.
      if (exchanged) await this.#heartbeat()
      this.#failures = 0
      this.#lastError = undefined
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      this.#failed(error)
    }
  }

  async #heartbeat(): Promise<number> {
    for (let tries = 0; tries < MAX_HEARTBEATS; tries++) {
      const figures = { host: hostname(), ...(this.#lastError && { lastError: this.#lastError }) }
      const answer = await this.#client.heartbeat(this.#heartbeats.request(figures), this.#stopping.signal)
      const { verdict, again } = this.#heartbeats.take(answer)
      this.#lastContactMs = Date.now()
      this.#verdict = verdict
      if (answer.overdraft) noteOverdraft(this.#branch.replica.store, answer.overdraft)
      if (!again) return answer.priority
    }
    throw new OutpostError('POSITION_UNKNOWN', 'headquarters and this branch do not come to an understanding')
  }

  async #confirm(): Promise<number> {
    let theirs = 0
    for (const { delivery, class: syncClass, receipts } of this.#branch.openReceipts()) {
      const request = { delivery, class: syncClass, ...this.#branch.standpoint(), receipts }
      const answer = await this.#client.receipts(request, this.#stopping.signal)
      this.#branch.receiptsConfirmed(delivery, answer.head)
      theirs = answer.priority
    }
    return theirs
  }

  #push(syncClass: number): Promise<number> {
    return this.#send(this.#branch.nextBatch(syncClass, this.#batch, ROW_STATE.dirty)!)
  }

  async #send(batch: NonNullable<ReturnType<BranchSide['nextBatch']>>): Promise<number> {
    const { class: syncClass, documents } = batch
    const request = { class: syncClass, documents, ...this.#branch.standpoint() }
    const answer = await this.#client.push(request, this.#stopping.signal)
    this.#branch.settle(batch, answer, Date.now())
    this.#grow()
    return answer.priority
  }

  async #pull(syncClass: number): Promise<number> {
    const wanted = this.#branch.wanted(this.#batch).map(({ collection, id }) => ({ collection, id }))
    const request = { class: syncClass, ...this.#branch.standpoint(), limit: this.#batch, wanted }
    const page = await this.#client.pull(request, this.#stopping.signal)
    this.#branch.applyPage(syncClass, page, Date.now(), wanted)
    this.#grow()
    return page.priority
  }

  /** A slow link gets somewhere with less at once. */
  #grow(): void {
    this.#batch = Math.min(this.#batchSize, this.#batch * 2)
  }

  #failed(error: unknown): void {
    this.#failures += 1
    this.#batch = Math.max(1, Math.floor(this.#batch / 2))
    const known = error instanceof OutpostError
    const code = known ? error.code : 'INTERNAL'
    const message = (error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE)
    this.#lastError = { code, message, at: new Date().toISOString() }
    if (this.#verdict.state === 'in-sync') this.#verdict = { ...this.#verdict, state: 'unknown' }
    this.#log.warn({ code, failures: this.#failures, ...(known ? {} : { err: error }) }, `sync cycle ended: ${message}`)
  }
}

/** What a heartbeat may carry of an error, characters. */
const MAX_MESSAGE = 500
/** Of one cycle: each one more follows from something that the one before has told. */
const MAX_HEARTBEATS = 4
