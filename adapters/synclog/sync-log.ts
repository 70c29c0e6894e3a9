/**
 * What a node remembers of its exchanges, in a file of its own. What is noted waits in memory for a second at most and
 * is written together, in no transaction of anybody's. What the disk cannot take waits, up to a bound: entries beyond it are
 * dropped and counted, figures beyond it are lost from the oldest on.
 */
import Database from 'better-sqlite3'
import type {
  SyncFigures,
  SyncHistory,
  SyncLogDetail,
  SyncLogPage,
  SyncLogTrail,
} from '../../schemas/protocol/sync-log.ts'
import type { FiguresOfBranch } from '../../schemas/protocol/chain-figures.ts'
import type { Log } from '../log.ts'
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { isIoError, storeError } from '../sqlite/open-database.ts'
import { ChainReader } from './chain-reader.ts'
import { HistoryReader } from './history-reader.ts'
import { openAnew, openInMemory, openLogFile } from './log-file.ts'
import { DAY_MS, LOG_DAYS, LOG_LIMITS, MEMORY_LIMITS, type LogLimits } from './log-limits.ts'
import { ListedRefusals } from './listed-refusals.ts'
import { LogReader } from './log-reader.ts'
import type { SyncLogQuery } from './log-search.ts'
import { MOST_DOCUMENTS } from './log-tables.ts'
import { LogWriter, type Queued } from './log-writer.ts'
import type { SyncNote, SyncNoteListener } from './sync-recorder.ts'
import { ALL_BRANCHES, Tally } from './tally.ts'

/** In the data folder of a node. */
export const SYNC_LOG_FILE = 'log.sqlite'

const FLUSH_MS = 1000
/** Of one write, so that nobody waits for it longer than a few ms. */
const PIECE = { entries: 500, documents: 1000, spans: 1100 } as const
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
  readonly #refusals = new ListedRefusals()
  #queue: Queued[] = []
  #queuedDocuments = 0
  #timer: NodeJS.Timeout | undefined
  #soon: NodeJS.Immediate | undefined
  /** Since it was last said. */
  #dropped = 0
  /** Why the last write has failed: the timer tries again. */
  #failure: ErrorCode | undefined
  #hasBegunAnew = false

  constructor(options: SyncLogOptions) {
    this.#options = options
    this.#db = openLogFile(options.file, options.log)
    this.#use(this.#db)
    this.#tally = new Tally(this.#writer.failures())
  }

  /** Hears of what is exchanged. */
  readonly note: SyncNoteListener = (note, details) => {
    if (!this.#db.open) return
    const atMs = Date.parse(note.at)
    this.#tally.count(note, details, atMs)
    if (this.#isListed(note, atMs)) {
      const some = details.documents.slice(0, MOST_DOCUMENTS)
      this.#enqueue({ note, atMs, documents: some.map(({ collection, id, seq }) => ({ collection, id, seq })) })
    }
    this.#flushLater()
    const isMuch = this.#queue.length >= PIECE.entries || this.#queuedDocuments >= PIECE.documents
    if (isMuch && this.#failure === undefined) this.#flushSoon()
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

  /** Why what is noted does not reach the disk; `undefined` where it does. */
  trouble(): ErrorCode | undefined {
    return this.#failure ?? (this.#db.memory ? 'DISK_FAILED' : undefined)
  }

  /** Writes what waits. */
  close(): void {
    if (!this.#db.open) return
    this.#flushAll()
    clearImmediate(this.#soon)
    clearTimeout(this.#timer)
    this.#dropped += this.#queue.length
    this.#sayDropped()
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

  #isListed(note: SyncNote, atMs: number): boolean {
    if (note.outcome === 'refused') return this.#refusals.isListed(note, atMs)
    // A branch sends one every few seconds, all alike.
    return note.kind !== 'heartbeat' || note.outcome === 'failed'
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

  #flushLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#flushSoon()
    }, FLUSH_MS).unref()
  }

  #flushSoon(): void {
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined
      if (this.#flush()) this.#flushSoon()
    })
  }

  /** Piece by piece; what is asked for is answered with all that was noted, as far as it could be written. */
  #flushAll(): void {
    let isMore: boolean
    do isMore = this.#flush()
    while (isMore)
  }

  /** @returns whether there may be more that can be written at once */
  #flush(): boolean {
    if (!this.#db.open) return false
    let [entries, documents] = [0, 0]
    while (entries < Math.min(PIECE.entries, this.#queue.length) && documents < PIECE.documents) {
      documents += this.#queue[entries]!.documents.length
      entries += 1
    }
    const counted = this.#tally.unwritten(PIECE.spans)
    if (entries + counted.spans.length + counted.failures.length === 0) return false
    try {
      this.#writer.write(this.#queue.slice(0, entries), counted, this.#options.nowMs())
      if (this.#failure !== undefined) this.#options.log.info({}, 'the sync log is written again')
      this.#failure = undefined
    } catch (error) {
      if (isPassing(error)) return this.#waitForDisk(error)
      // What is damaged is begun anew, with all that waits.
      if (isIoError(error)) return this.#beginAnew(error)
      this.#options.log.error({ err: error }, 'the sync log takes some entries not at all')
      this.#dropped += entries
    }
    this.#queue.splice(0, entries)
    this.#queuedDocuments -= documents
    this.#tally.settle(counted)
    if (this.#failure === undefined) this.#sayDropped()
    return true
  }

  #waitForDisk(error: unknown): false {
    if (this.#failure === undefined) {
      this.#options.log.warn({ err: error }, 'the sync log cannot be written: what is noted waits')
    }
    const said = storeError(error, this.#options.file)
    this.#failure = said instanceof OutpostError ? said.code : 'DISK_FAILED'
    this.#flushLater()
    return false
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
      this.#beginAnew(error)
      return read()
    }
  }

  /** In a file, and if that does not help in memory. */
  #beginAnew(error: unknown): true {
    const { file, log } = this.#options
    this.#db.close()
    this.#use(this.#hasBegunAnew ? openInMemory() : openAnew(file, log, error))
    this.#hasBegunAnew = true
    this.#tally.writeAnew()
    return true
  }
}

/** A disk that is full has room again one day, and whoever has the file ends; what waits is worth keeping. */
function isPassing(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(BUSY|LOCKED|FULL|READONLY|CANTOPEN|NOMEM)/.test(error.code)
}
