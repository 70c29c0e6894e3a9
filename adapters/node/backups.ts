/** A node's backups: made one at a time, by themselves every day and when somebody asks; acts as `backup-plan.ts` says. */
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { BackupReport, StoreIdentity } from '../../schemas/protocol/backup.ts'
import type { BackupStatus, StatusError } from '../../schemas/protocol/status.ts'
import type { Log } from '../log.ts'
import { backUp, type BackupSource } from '../sqlite/backup.ts'
import {
  backupLabel,
  backupTarget,
  listBackups,
  nextBackupName,
  removePartials,
  type BackupFile,
} from './backup-files.ts'
import { expiredBackups, planBackup } from './backup-plan.ts'

export interface BackupsOptions {
  readonly source: BackupSource
  readonly identity: StoreIdentity
  readonly folder: string
  /** The local hour of the day; absent: none are made by themselves. */
  readonly hour?: number | undefined
  readonly nowMs: () => number
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
  #queue: Promise<unknown> = Promise.resolve()
  #loop: Promise<void> | undefined
  #automatic: readonly BackupFile[] = []
  #progress: number | undefined
  #last: BackupStatus['last']
  #lastError: StatusError | undefined

  constructor(options: BackupsOptions) {
    this.#options = options
    this.#folder = resolve(options.folder)
    this.#label = backupLabel(options.identity)
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
  make(wanted: WantedBackup = {}): Promise<BackupReport> {
    return this.#inTurn(wanted, () => backupTarget(this.#folder, this.#label, wanted.to, this.#options.nowMs()))
  }

  status(): BackupStatus {
    const { hour, nowMs } = this.#options
    const next = hour === undefined ? undefined : planBackup(this.#automatic, nowMs(), hour).nextAtMs
    return {
      state: this.#progress !== undefined ? 'running' : hour === undefined ? 'off' : 'waiting',
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
    const { nowMs, sleep = sleepUnreferenced } = this.#options
    try {
      await sleep(START_DELAY_MS, signal)
      while (!signal.aborted) {
        this.#look()
        const { due, nextAtMs } = planBackup(this.#automatic, nowMs(), hour)
        if (due) await this.#makeDaily().catch(() => undefined)
        await sleep(due ? LONGEST_SLEEP_MS : Math.min(LONGEST_SLEEP_MS, Math.max(1000, nextAtMs - nowMs())), signal)
      }
    } catch (err) {
      if (!signal.aborted) this.#options.log.error({ err }, 'the daily backups have ended')
    }
  }

  async #makeDaily(): Promise<void> {
    await this.#inTurn({}, () => {
      removePartials(this.#folder, this.#label)
      return join(this.#folder, nextBackupName(this.#look(), this.#label, this.#options.nowMs(), true))
    })
    for (const { file } of expiredBackups(this.#automatic)) {
      try {
        rmSync(file)
      } catch (err) {
        this.#options.log.warn({ err }, 'an expired backup could not be deleted')
      }
    }
  }

  #inTurn(wanted: WantedBackup, target: () => string): Promise<BackupReport> {
    const made = this.#queue.then(() => this.#make(wanted, target))
    this.#queue = made.catch(() => undefined)
    return made
  }

  async #make({ signal, onProgress }: WantedBackup, target: () => string): Promise<BackupReport> {
    const { source, nowMs, log } = this.#options
    const ended = signal ? AbortSignal.any([signal, this.#stopping.signal]) : this.#stopping.signal
    ended.throwIfAborted()
    this.#tell(0)
    try {
      const progress = (part: number) => {
        // A step is a thousandth of a large store: nobody reads so fast.
        if (Math.floor(part * 100) !== Math.floor((this.#progress ?? 0) * 100)) this.#tell(part)
        onProgress?.(part)
      }
      const report = await backUp({ source, file: target(), signal: ended, onProgress: progress })
      this.#last = { file: report.file, at: new Date(nowMs()).toISOString(), bytes: report.bytes }
      this.#lastError = undefined
      this.#look()
      log.info({ file: report.file, bytes: report.bytes, tookMs: report.tookMs }, 'a backup was made')
      return report
    } catch (error) {
      const known = error instanceof OutpostError
      const code = known ? error.code : 'INTERNAL'
      const message = error instanceof Error ? error.message : String(error)
      // A wrong wish is told to whoever has it.
      if (!ended.aborted && code !== 'BAD_CONFIGURATION') {
        this.#lastError = { code, message, at: new Date(nowMs()).toISOString() }
        log.error({ code, ...(known ? {} : { err: error }) }, `no backup was made: ${message}`)
      }
      throw error
    } finally {
      this.#tell(undefined)
    }
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
