/** A node's backups: made one at a time, by themselves every day and when somebody asks; acts as `backup-plan.ts` says. */
import { rmSync } from 'node:fs'
import { uptime } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { BackupReport, StoreIdentity } from '../../schemas/protocol/backup.ts'
import type { BackupStatus, StatusError } from '../../schemas/protocol/status.ts'
import type { Log } from '../log.ts'
import { withOwnSignal } from '../own-signal.ts'
import { backUp, type BackupSource } from '../sqlite/backup.ts'
import { newestSeqOf } from '../sqlite/newest-seq.ts'
import {
  backupLabel,
  backupTarget,
  listBackupNames,
  listBackups,
  nextBackupName,
  removePartials,
  type BackupFile,
} from './backup-files.ts'
import { expiredBackups, planBackup, type BackupMoment } from './backup-plan.ts'

export interface BackupsOptions {
  readonly source: BackupSource
  readonly identity: StoreIdentity
  readonly folder: string
  /** The local hour of the day; absent: none are made by themselves. */
  readonly hour?: number | undefined
  /** What the clock says; it may stand, or have been set back. */
  readonly nowMs: () => number
  /** Of a clock that goes on whatever anybody sets, and while the PC sleeps. */
  readonly monotonicMs?: () => number
  readonly log: Log
  /** Rejects when the signal aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

export interface WantedBackup {
  /** As in `backupTarget`. */
  readonly to?: string | undefined
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: number) => void
}

/** A PC that was off at the hour makes its backup up, but lets the shop open first. */
const START_DELAY_MS = 5 * 60_000
/** Looks at the clock at least so often: it may have been set, or the PC asleep. After a failure, the next attempt. */
const LONGEST_SLEEP_MS = 3_600_000

export class Backups {
  readonly #options: BackupsOptions
  readonly #folder: string
  readonly #label: string
  readonly #stopping = new AbortController()
  readonly #listeners = new Set<() => void>()
  readonly #monotonicMs: () => number
  readonly #started: { readonly atMs: number; readonly monotonicMs: number }
  #queue: Promise<unknown> = Promise.resolve()
  #loop: Promise<void> | undefined
  #automatic: readonly BackupFile[] = []
  /** The newest one that this run has made by itself. */
  #made: { readonly file: string; readonly upMs: number } | undefined
  /** How far the store had come in the newest one of an earlier run. */
  #earlier: { readonly file: string; readonly seq: number | undefined } | undefined
  #progress: number | undefined
  #last: BackupStatus['last']
  #lastError: StatusError | undefined

  constructor(options: BackupsOptions) {
    this.#options = options
    this.#folder = resolve(options.folder)
    this.#label = backupLabel(options.identity)
    this.#monotonicMs = options.monotonicMs ?? (() => uptime() * 1000)
    this.#started = { atMs: options.nowMs(), monotonicMs: this.#monotonicMs() }
    const [newest] = this.#look()
    if (newest) this.#last = { file: newest.file, at: new Date(newest.atMs).toISOString(), bytes: newest.bytes }
  }

  start(): void {
    if (this.#options.hour !== undefined) this.#loop = this.#run(this.#options.hour, this.#stopping.signal)
  }

  /** Ends the one that is being made; nothing of it stays. Call before the store is closed. */
  async stop(): Promise<void> {
    this.#stopping.abort(new OutpostError('BACKUP_FAILED', 'the node stops'))
    await Promise.all([this.#loop, this.#queue])
  }

  /** @throws OutpostError BACKUP_FAILED, DISK_FULL, BAD_CONFIGURATION */
  async make(wanted: WantedBackup = {}): Promise<BackupReport> {
    const target = () => backupTarget(this.#folder, this.#label, wanted.to, this.#options.nowMs())
    try {
      return await this.#inTurn(wanted, target)
    } catch (error) {
      const isGivenUp = wanted.signal?.aborted === true || this.#stopping.signal.aborted
      // A wrong wish is told to whoever has it.
      const isWrongWish = error instanceof OutpostError && error.code === 'BAD_CONFIGURATION'
      if (!isGivenUp && !isWrongWish) this.#failed(error)
      throw error
    }
  }

  status(): BackupStatus {
    const { hour, identity } = this.#options
    const next = hour === undefined ? undefined : this.#plan(hour).nextAtMs
    return {
      state: this.#progress !== undefined ? 'running' : hour === undefined ? 'off' : 'waiting',
      identity,
      folder: this.#folder,
      ...(this.#last && { last: this.#last }),
      ...(next !== undefined && { nextAt: new Date(next).toISOString() }),
      ...(this.#progress !== undefined && { progress: this.#progress }),
      ...(this.#lastError && { lastError: this.#lastError }),
    }
  }

  /** Calls back when the status has changed. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async #run(hour: number, signal: AbortSignal): Promise<void> {
    const { sleep = sleepUnreferenced, log } = this.#options
    let sleepMs = START_DELAY_MS
    try {
      while (!signal.aborted) {
        await sleep(sleepMs, signal)
        sleepMs = await this.#makeIfDue(hour)
      }
    } catch (err) {
      if (!signal.aborted) log.error({ err }, 'the daily backups have ended')
    }
  }

  /** @returns when to look again, in ms. Whatever goes wrong may be well again by then. */
  async #makeIfDue(hour: number): Promise<number> {
    try {
      this.#look()
      const { due, nextAtMs } = this.#plan(hour)
      if (!due) return Math.min(LONGEST_SLEEP_MS, Math.max(1000, nextAtMs - this.#options.nowMs()))
      await this.#makeDaily()
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#failed(error)
    }
    return LONGEST_SLEEP_MS
  }

  #plan(hour: number): ReturnType<typeof planBackup> {
    return planBackup(this.#automatic, hour, this.#moment())
  }

  #moment(): BackupMoment {
    const [newest] = this.#automatic
    const madeAtUpMs = newest && newest.file === this.#made?.file ? this.#made.upMs : undefined
    if (newest && madeAtUpMs === undefined && this.#earlier?.file !== newest.file) {
      this.#earlier = { file: newest.file, seq: newestSeqOf(newest.file) }
    }
    return {
      nowMs: this.#options.nowMs(),
      startedAtMs: this.#started.atMs,
      upMs: this.#upMs(),
      madeAtUpMs,
      hasChanged: this.#earlier?.seq !== this.#options.source.head().seq,
    }
  }

  #upMs(): number {
    return this.#monotonicMs() - this.#started.monotonicMs
  }

  async #makeDaily(): Promise<void> {
    const { file } = await this.#inTurn({}, () => {
      removePartials(this.#folder, this.#label)
      const taken = listBackupNames(this.#folder, this.#label)
      return join(this.#folder, nextBackupName(taken, this.#label, this.#options.nowMs(), true))
    })
    this.#made = { file, upMs: this.#upMs() }
    for (const expired of expiredBackups(this.#automatic)) {
      try {
        rmSync(expired.file)
      } catch (err) {
        this.#options.log.warn({ err }, 'an expired backup could not be deleted')
      }
    }
  }

  #inTurn(wanted: WantedBackup, target: () => string): Promise<BackupReport> {
    const ends = wanted.signal ? [wanted.signal, this.#stopping.signal] : [this.#stopping.signal]
    const make = () => withOwnSignal(ends, ({ signal }) => this.#make(signal, target, wanted.onProgress))
    const made = this.#queue.then(make)
    this.#queue = made.catch(() => undefined)
    return made
  }

  async #make(
    signal: AbortSignal,
    target: () => string,
    onProgress: WantedBackup['onProgress'],
  ): Promise<BackupReport> {
    const { source, nowMs, log } = this.#options
    signal.throwIfAborted()
    this.#tell(0)
    try {
      const progress = (part: number) => {
        // A step is a thousandth of a large store: nobody reads so fast.
        if (Math.floor(part * 100) !== Math.floor((this.#progress ?? 0) * 100)) this.#tell(part)
        onProgress?.(part)
      }
      const report = await backUp({ source, file: target(), signal, onProgress: progress })
      this.#last = { file: report.file, at: new Date(nowMs()).toISOString(), bytes: report.bytes }
      this.#lastError = undefined
      this.#look()
      log.info({ file: report.file, bytes: report.bytes, tookMs: report.tookMs }, 'a backup was made')
      return report
    } finally {
      this.#tell(undefined)
    }
  }

  #failed(error: unknown): void {
    const { nowMs, log } = this.#options
    const known = error instanceof OutpostError
    const code = known ? error.code : 'INTERNAL'
    const message = error instanceof Error ? error.message : String(error)
    this.#lastError = { code, message, at: new Date(nowMs()).toISOString() }
    log.error({ code, ...(known ? {} : { err: error }) }, `no backup was made: ${message}`)
    this.#tell(this.#progress)
  }

  /** What the folder holds; people put files there and take them away. */
  #look(): readonly BackupFile[] {
    const all = listBackups(this.#folder, this.#label)
    this.#automatic = all.filter(({ automatic }) => automatic)
    return all
  }

  #tell(progress: number | undefined): void {
    this.#progress = progress
    for (const listener of this.#listeners) listener()
  }
}

function sleepUnreferenced(ms: number, signal: AbortSignal): Promise<void> {
  return delay(ms, undefined, { ref: false, signal })
}
