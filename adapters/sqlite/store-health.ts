/** What the disk and the file do to a store: what is told of it, and when no write is taken any more. */
import type Database from 'better-sqlite3'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { StatusError } from '../../schemas/protocol/status.ts'
import { isIoError, MAX_LOG_PAGES, storeError } from './open-database.ts'

const COMMITS_BETWEEN_LOOKS = 256

export class StoreHealth {
  readonly #file: string
  readonly #nowMs: () => number
  #failure: unknown
  #trouble: StatusError | undefined
  #commits = 0

  constructor(file: string, nowMs: () => number) {
    this.#file = file
    this.#nowMs = nowMs
  }

  /** What is wrong since the last write that succeeded. */
  get trouble(): StatusError | undefined {
    return this.#trouble
  }

  /** @throws what ended the writes, if anything has */
  ensureWritable(): void {
    if (this.#failure) throw this.#failure
  }

  /** Notes what the disk or the file has done, and answers it in Outpost's words; other errors pass as they are. */
  note(cause: unknown): unknown {
    const error = storeError(cause, this.#file)
    if (error === cause || !(error instanceof OutpostError)) return cause
    this.#trouble = { code: error.code, message: error.message, at: new Date(this.#nowMs()).toISOString() }
    // After an input or output error nobody knows what the disk has kept: nothing more is promised.
    if (isIoError(cause)) this.#failure = error
    return error
  }

  /** A transaction could not be undone: what is on the disk is safe, what this process believes no longer is. */
  endWrites(cause: unknown): void {
    this.#failure = this.note(cause)
  }

  /**
   * Call after each commit. SQLite keeps to itself that it could not move the log's pages into the file, and the log
   * would grow without end: every now and then its length is looked at, and what hinders is asked for by name.
   */
  committed(db: Database.Database): void {
    this.#trouble = undefined
    this.#commits += 1
    if (this.#commits % COMMITS_BETWEEN_LOOKS !== 0) return
    try {
      const [log] = db.pragma('wal_checkpoint(NOOP)') as { log: number }[]
      if (log && log.log > MAX_LOG_PAGES) db.pragma('wal_checkpoint(PASSIVE)')
    } catch (cause) {
      this.note(cause)
    }
  }
}
