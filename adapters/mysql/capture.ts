/**
 * Takes what other programs change in the tables of a mirror that are mapped `direction: both`: from the server's log of
 * changes or, where that cannot be read, by comparing the rows that a watermark column says were changed. The mirror's own
 * transactions begin with its fence and are left out, so what was taken and mirrored back is not taken again.
 */
import { backoffMs } from '../../schemas/backoff.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { CaptureStatus } from '../../schemas/protocol/mirrors.ts'
import type { Log } from '../log.ts'
import { isReached, type BinlogPosition } from './binlog-position.ts'
import { BinlogUnreadable, readBinlog, type BinlogRow, type RowImage } from './binlog-reader.ts'
import { readBinlogEnd, readBinlogState, whyLost } from './binlog-state.ts'
import type { CaptureDesk, SettledId } from './capture-desk.ts'
import { capturedCollections, capturedTables, changesByDocument, type CapturedDocument } from './capture-plan.ts'
import type { StoredRow } from './compare-rows.ts'
import type { Mirror } from './mirror.ts'
import { SYSTEM_TIME, type MirrorTime } from './mirror-options.ts'
import type { MirroredCollection } from './mirrored-collection.ts'
import { toMirrorError } from './mysql-failure.ts'
import { parseMysqlUrl, type MysqlTarget } from './mysql-target.ts'
import { STATE_TABLE } from './own-tables.ts'
import type { RowChange } from './reverse-rows.ts'
import { MOST_SETTLED } from './settle-documents.ts'
import { WakeSignal } from './wake-signal.ts'
import { isWatched, WatermarkReader } from './watermark-reader.ts'

export interface CaptureOptions {
  readonly mirror: Mirror
  readonly url: string
  readonly collections: Iterable<MirroredCollection>
  readonly desk: CaptureDesk
  readonly log: Log
  readonly time?: MirrorTime
}

const BACKOFF = { firstMs: 500, capMs: 30_000 } as const
/** Between two looks at the watermarks. */
const POLL_MS = 2000
/** Between two looks whether the server's log can be read now. */
const LOOK_AGAIN_MS = 60_000
/** The place is kept with what is taken; where nothing is, so often. */
const KEEP_MS = 10_000
/** Between two tries to write rows anew that the mirror could not write yet. */
const SETTLE_MS = 1000

type KeptPlace = NonNullable<ReturnType<CaptureDesk['place']>>
type Phase = Pick<CaptureStatus, 'state' | 'reason'>

export class Capture {
  readonly #mirror: Mirror
  readonly #target: MysqlTarget
  readonly #collections: readonly MirroredCollection[]
  readonly #spellings: ReadonlyMap<string, Spellings>
  readonly #desk: CaptureDesk
  readonly #log: Log
  readonly #time: MirrorTime
  readonly #stopping = new AbortController()
  readonly #settling = new WakeSignal()
  readonly #listeners = new Set<() => void>()
  #running: Promise<unknown> | undefined
  #phase: Phase = { state: 'starting' }
  #lost: CaptureStatus['lost']
  #keptAt = 0
  #failures = 0
  /** Everything up to there has been taken, while the log is read. */
  #reached: BinlogPosition | undefined
  readonly #progress = new Set<() => void>()
  /** Comparisons go one after the other. */
  #compared: Promise<unknown> = Promise.resolve()

  constructor({ mirror, url, collections, desk, log, time = SYSTEM_TIME }: CaptureOptions) {
    this.#mirror = mirror
    this.#target = parseMysqlUrl(url)
    this.#collections = capturedCollections(collections)
    this.#spellings = spellingsOf(this.#collections)
    this.#desk = desk
    this.#log = log
    this.#time = time
  }

  /** Legal once. */
  start(): void {
    this.#running ??= Promise.all([this.#run(), this.#settleAll()])
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#settling.wake()
    this.#wakeWaiting()
    await this.#running
  }

  status(): CaptureStatus {
    return { ...this.#phase, ...(this.#lost && { lost: this.#lost }) }
  }

  /**
   * Resolves once everything has been taken that was changed until now.
   *
   * @throws OutpostError MIRROR_UNAVAILABLE where the server's changes cannot be had at the moment
   */
  async catchUp(): Promise<void> {
    if (this.#phase.state === 'watermark') return this.#compareWatched()
    if (this.#phase.state === 'off') return
    const goal = await this.#mirror.aside(readBinlogEnd)
    if (!goal) return
    while (!this.#reached || !isReached(this.#reached, goal)) {
      const { state, reason } = this.#phase
      if (this.#stopping.signal.aborted || state === 'waiting') {
        throw new OutpostError('MIRROR_UNAVAILABLE', `changes of other programs wait: ${reason ?? 'the node stops'}`)
      }
      await new Promise<void>((resolve) => void this.#progress.add(resolve))
    }
  }

  /** Calls back after each change of the status; returns the unsubscribe function. */
  onStatus(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        await this.#follow(signal)
        this.#failures = 0
      } catch (error) {
        if (signal.aborted) return
        const { code, message } = toMirrorError(error, this.#target.host)
        this.#log.warn({ code, attempt: this.#failures }, `the capture waits: ${message}`)
        this.#become({ state: 'waiting', reason: message })
        await this.#sleep(backoffMs(this.#failures++, BACKOFF, this.#time.random()))
      }
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const state = await this.#mirror.aside((session) => readBinlogState(session, this.#target, signal))
    if (state.readable) return this.#followBinlog(state.end, signal)
    const reason = `the server's log of changes cannot be read: ${state.missing}`
    if (!this.#collections.some(isWatched)) {
      this.#become({ state: 'off', reason: `${reason}, and no table has a watermark` })
      return this.#sleep(LOOK_AGAIN_MS)
    }
    this.#become({ state: 'watermark', reason })
    const until = this.#time.now() + LOOK_AGAIN_MS
    while (this.#time.now() < until && !signal.aborted) {
      await this.#compareWatched()
      await this.#sleep(POLL_MS)
    }
  }

  async #followBinlog(end: BinlogPosition, signal: AbortSignal): Promise<void> {
    const place = this.#desk.place()
    const kept = place?.binlog
    const lost = kept && (await this.#mirror.aside((session) => whyLost(session, kept)))
    if (lost !== undefined) return this.#skipTo(end, place, lost)
    const from = kept ?? end
    if (!kept) {
      // What was changed since the last comparison is in no part of the log that will be read.
      if (place?.watermark !== undefined) await this.#compareWatched(from)
      this.#desk.keep({ binlog: from })
    }
    this.#become({ state: 'binlog' })
    const tables = [STATE_TABLE.name, ...capturedTables(this.#collections)]
    try {
      const pages = readBinlog({ target: this.#target, from, tables, without: STATE_TABLE.name, signal })
      for await (const { rows, to } of pages) {
        this.#failures = 0
        this.#take(changesByDocument(this.#collections, rows.map(this.#toRowChange)), to)
        this.#reached = to
        this.#wakeWaiting()
      }
    } catch (error) {
      if (!(error instanceof BinlogUnreadable)) throw error
      await this.#skipTo(end, place, error.message)
    } finally {
      this.#reached = undefined
    }
  }

  #take(documents: readonly CapturedDocument[], to: BinlogPosition): void {
    const now = this.#time.now()
    if (documents.length > 0) this.#note(this.#desk.take(documents, { binlog: to }))
    else if (now - this.#keptAt < KEEP_MS) return
    else this.#desk.keep({ binlog: to })
    this.#keptAt = now
  }

  /** Some of the log is gone: what is left of those changes stands in the rows, until a reconciliation overwrites it. */
  async #skipTo(end: BinlogPosition, place: KeptPlace | undefined, reason: string): Promise<void> {
    this.#log.error({ since: place?.at, reason }, 'changes of other programs cannot be read any more and are lost')
    this.#lost = { ...(place && { since: place.at }), until: new Date(this.#time.now()).toISOString(), reason }
    if (this.#collections.some(isWatched)) await this.#compareWatched(end)
    this.#desk.keep({ binlog: end })
  }

  /** @param binlog where the log is read from next; without it the comparison stands for the log from now on */
  #compareWatched(binlog?: BinlogPosition): Promise<void> {
    const watched = this.#collections.filter(isWatched)
    const compare = () =>
      this.#mirror.aside(async (session) => {
        const reader = new WatermarkReader(session, this.#mirror, watched)
        for await (const { documents, watermark } of reader.changesSince(watermarkOf(this.#desk.place()))) {
          this.#note(this.#desk.take(documents, { watermark, ...(binlog && { binlog }) }))
        }
      })
    const compared = this.#compared.then(compare)
    this.#compared = compared.catch(() => undefined)
    return compared
  }

  #note(refused: number): void {
    if (refused > 0) this.#log.warn({ refused }, 'changes of other programs were refused')
    this.#settling.wake()
    this.#tell()
  }

  async #settleAll(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const waiting = this.#desk.toSettle(MOST_SETTLED)
      if (waiting.length === 0) await this.#settling.wait()
      else if (!(await this.#settle(waiting))) await this.#sleep(SETTLE_MS)
    }
  }

  /** @returns whether something was done */
  async #settle(waiting: readonly SettledId[]): Promise<boolean> {
    const [{ collection }] = waiting as [SettledId]
    const ids = waiting.filter((one) => one.collection === collection).map(({ id }) => id)
    try {
      const { inFlight } = await this.#mirror.settle(collection, ids, true)
      const later = new Set(inFlight)
      const done = ids.filter((id) => !later.has(id)).map((id) => ({ collection, id }))
      this.#desk.settled(done)
      return done.length > 0
    } catch (error) {
      this.#log.debug({ err: error }, 'rows are written back later')
      return false
    }
  }

  readonly #toRowChange = ({ table, before, after }: BinlogRow): RowChange => {
    const spellings = this.#spellings.get(table) ?? new Map<string, string>()
    return {
      table,
      ...(before && { before: toStored(before, spellings) }),
      ...(after && { after: toStored(after, spellings) }),
    }
  }

  #become(phase: Phase): void {
    this.#phase = phase
    this.#wakeWaiting()
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  #wakeWaiting(): void {
    for (const resolve of this.#progress) resolve()
    this.#progress.clear()
  }

  async #sleep(ms: number): Promise<void> {
    await this.#time.sleep(ms, this.#stopping.signal).catch(() => undefined)
  }
}

/** Columns as the mapping has them, by their names in small letters: to MySQL all spellings of one are the same. */
type Spellings = ReadonlyMap<string, string>

function spellingsOf(collections: readonly MirroredCollection[]): ReadonlyMap<string, Spellings> {
  const tables = collections.flatMap(({ tables }) => tables.map(({ definition }) => definition))
  return new Map(
    tables.map(({ name, columns }) => [
      name,
      new Map(columns.map((column) => [column.name.toLowerCase(), column.name])),
    ]),
  )
}

/** In this connection's settings everything but bytes comes as a number or a text. */
function toStored(image: RowImage, spellings: Spellings): StoredRow {
  return Object.fromEntries(
    Object.entries(image).map(([name, value]) => {
      const column = spellings.get(name.toLowerCase()) ?? name
      if (typeof value === 'number' || typeof value === 'string') return [column, value]
      return [column, Buffer.isBuffer(value) ? value.toString() : null]
    }),
  )
}

/** What the watermark would be, had the rows been compared when the place was kept. */
function watermarkOf(place: KeptPlace | undefined): string | undefined {
  return place && (place.watermark ?? place.at.replace('T', ' ').replace('Z', ''))
}
