/**
 * What a node remembers of its exchanges, in a file of its own. What is noted waits in memory for a second at most and
 * is written together, in no transaction of anybody's; what the disk cannot take in time is dropped and counted.
 */
import type Database from 'better-sqlite3'
import type {
  SyncFigures,
  SyncHistory,
  SyncLogDetail,
  SyncLogPage,
  SyncLogTrail,
} from '../../schemas/protocol/sync-log.ts'
import type { FiguresOfBranch } from '../../schemas/protocol/chain-figures.ts'
import type { Log } from '../log.ts'
import { isIoError } from '../sqlite/open-database.ts'
import { ChainReader } from './chain-reader.ts'
import { HistoryReader } from './history-reader.ts'
import { openAnew, openInMemory, openLogFile } from './log-file.ts'
import { DAY_MS, LOG_DAYS, LOG_LIMITS, MEMORY_LIMITS, type LogLimits } from './log-limits.ts'
import { LogReader } from './log-reader.ts'
import type { SyncLogQuery } from './log-search.ts'
import { MOST_DOCUMENTS } from './log-tables.ts'
import { LogWriter, type Queued } from './log-writer.ts'
import type { SyncNoteListener } from './sync-recorder.ts'
import { ALL_BRANCHES, Tally } from './tally.ts'

/** In the data folder of a node. */
export const SYNC_LOG_FILE = 'log.sqlite'

const FLUSH_MS = 1000
/** Of one write, so that nobody waits for it longer than a few ms. */
const PIECE = { entries: 500, documents: 1000 } as const
/** In memory, while the disk cannot take them. */
const MOST_QUEUED = { entries: 5000, documents: 100_000 } as const

export interface SyncLogOptions {
  readonly file: string
  readonly log: Log
  /** Since 1970. */
  readonly nowMs: () => number
  /** How long entries are kept. */
  readonly days?: number | undefined
  readonly limits?: Partial<LogLimits>
}

export interface ChainLog {
  readonly all: FiguresOfBranch
  readonly branches: Readonly<Record<string, FiguresOfBranch>>
}

export class SyncLog {
  readonly #options: SyncLogOptions
  #db: Database.Database
  #writer!: LogWriter
  #reader!: LogReader
  #history!: HistoryReader
  #chain!: ChainReader
  readonly #tally: Tally
  #queue: Queued[] = []
  #queuedDocuments = 0
  #timer: NodeJS.Timeout | undefined
  #soon: NodeJS.Immediate | undefined
  /** Since it was last said. */
  #dropped = 0
  #isFailing = false
  #hasBegunAnew = false

  constructor(options: SyncLogOptions) {
    this.#options = options
    this.#db = openLogFile(options.file, options.log)
    this.#use(this.#db)
    this.#tally = new Tally(this.#writer.streaks())
  }

  /** Hears of what is exchanged. */
  readonly note: SyncNoteListener = (note, details) => {
    if (!this.#db.open) return
    const atMs = Date.parse(note.at)
    this.#tally.count(note, details, atMs)
    // A branch sends one every few seconds, all alike.
    if (note.kind !== 'heartbeat' || note.outcome === 'failed') {
      const some = details.documents.slice(0, MOST_DOCUMENTS)
      this.#enqueue({ note, atMs, documents: some.map(({ collection, id, seq }) => ({ collection, id, seq })) })
    }
    this.#timer ??= setTimeout(() => this.#flushAll(), FLUSH_MS).unref()
    if (this.#queue.length >= PIECE.entries || this.#queuedDocuments >= PIECE.documents) this.#flushSoon()
  }

  list(query: SyncLogQuery): SyncLogPage {
    return this.#read(() => this.#reader.list(query))
  }

  /** @throws OutpostError NOT_FOUND */
  entry(number: number): SyncLogDetail {
    return this.#read(() => this.#reader.entry(number))
  }

  /** What became of a request and of the documents that it carried. @throws OutpostError NOT_FOUND */
  trail(requestId: string): SyncLogTrail {
    return this.#read(() => this.#reader.trail(requestId))
  }

  /** @param branchId of all without one */
  history(branchId: string | undefined, stepMs: number, fromMs: number, toMs: number): SyncHistory {
    const buckets = this.#read(() => this.#history.buckets(branchId, stepMs, fromMs, toMs))
    return { ...(branchId !== undefined && { branchId }), stepMs, buckets }
  }

  /** @param branchId of all without one */
  figures(branchId?: string): SyncFigures {
    return this.#read(() => this.#history.figures(branchId, this.#options.nowMs()))
  }

  /** Of all together, and of each of these. */
  chain(branchIds: readonly string[]): ChainLog {
    const figures = this.#read(() => this.#chain.figures([ALL_BRANCHES, ...branchIds], this.#options.nowMs()))
    const all = figures.get(ALL_BRANCHES)!
    figures.delete(ALL_BRANCHES)
    return { all, branches: Object.fromEntries(figures) }
  }

  /** Writes what waits. */
  close(): void {
    if (!this.#db.open) return
    clearImmediate(this.#soon)
    this.#flushAll()
    this.#db.close()
  }

  #use(db: Database.Database): void {
    const { days = LOG_DAYS, limits } = this.#options
    const smaller = db.memory ? MEMORY_LIMITS : {}
    this.#db = db
    this.#writer = new LogWriter(db, { ...LOG_LIMITS, ageMs: days * DAY_MS, ...limits, ...smaller })
    this.#reader = new LogReader(db)
    this.#history = new HistoryReader(db)
    this.#chain = new ChainReader(db)
  }

  #enqueue(queued: Queued): void {
    const { length } = this.#queue
    if (length >= MOST_QUEUED.entries || this.#queuedDocuments >= MOST_QUEUED.documents) {
      this.#dropped += 1
      return
    }
    this.#queue.push(queued)
    this.#queuedDocuments += queued.documents.length
  }

  #flushSoon(): void {
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined
      this.#flush()
      if (this.#queue.length > 0) this.#flushSoon()
    })
  }

  /** Piece by piece; what is asked for is answered with all that was noted. */
  #flushAll(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    do this.#flush()
    while (this.#queue.length > 0)
  }

  #flush(): void {
    if (!this.#db.open) return
    let [count, documents] = [0, 0]
    while (count < Math.min(PIECE.entries, this.#queue.length) && documents < PIECE.documents) {
      documents += this.#queue[count]!.documents.length
      count += 1
    }
    const piece = this.#queue.splice(0, count)
    this.#queuedDocuments -= documents
    const { spans, streaks } = this.#tally.take()
    if (piece.length + spans.length === 0) return
    try {
      this.#writer.write(piece, spans, streaks, this.#options.nowMs())
      this.#isFailing = false
      this.#sayDropped()
    } catch (error) {
      this.#dropped += piece.length
      this.#recover(error)
    }
  }

  #sayDropped(): void {
    if (this.#dropped === 0) return
    this.#options.log.warn({ dropped: this.#dropped }, 'entries of the sync log could not be written and are missing')
    this.#dropped = 0
  }

  #read<T>(read: () => T): T {
    this.#flushAll()
    try {
      return read()
    } catch (error) {
      if (!isIoError(error)) throw error
      this.#recover(error)
      return read()
    }
  }

  /** A full disk may have room again; what is damaged is begun anew, and if that does not help kept in memory. */
  #recover(error: unknown): void {
    const { file, log } = this.#options
    if (!isIoError(error)) {
      if (!this.#isFailing) log.warn({ err: error }, 'the sync log cannot be written')
      this.#isFailing = true
      return
    }
    this.#db.close()
    this.#use(this.#hasBegunAnew ? openInMemory() : openAnew(file, log, error))
    this.#hasBegunAnew = true
  }
}
