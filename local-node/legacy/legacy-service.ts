/**
 * Keeps a branch's documents as its legacy database has them: imports all rows once, then takes what changes there, for
 * as long as the node runs. Whatever fails is tried again.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { applyChanges } from '../../adapters/legacy/apply-changes.ts'
import { followBinlog, TableChanged } from '../../adapters/legacy/binlog-follower.ts'
import { importLegacy } from '../../adapters/legacy/import-legacy.ts'
import type { LegacyPosition, LegacySink } from '../../adapters/legacy/legacy-batch.ts'
import { connectLegacy, toLegacyError } from '../../adapters/legacy/legacy-connection.ts'
import { parseLegacyUrl } from '../../adapters/legacy/legacy-url.ts'
import { LegacyReader } from '../../adapters/legacy/legacy-reader.ts'
import { prepareLegacy } from '../../adapters/legacy/prepare-legacy.ts'
import { changesSince, hasWatermark, readWatermarks } from '../../adapters/legacy/watermark-follower.ts'
import type { Log } from '../../adapters/log.ts'
import type { BinlogPosition } from '../../adapters/mysql/binlog-position.ts'
import { BinlogUnreadable } from '../../adapters/mysql/binlog-reader.ts'
import { readBinlogEnd, readBinlogState, whyLost } from '../../adapters/mysql/binlog-state.ts'
import type { MysqlSession } from '../../adapters/mysql/mysql-session.ts'
import type { MysqlTarget } from '../../adapters/mysql/mysql-target.ts'
import { backoffMs } from '../../schemas/backoff.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { LegacyStatus } from '../../schemas/protocol/legacy.ts'

export type LegacyCapture = 'auto' | 'binlog' | 'watermark' | 'off'

export interface LegacySettings {
  /** Holds the password. */
  readonly url: string
  readonly mappingFile: string
  /** Fill `${name}` in the mapping. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
  readonly capture: LegacyCapture
  /** Between two looks by watermarks, ms. */
  readonly everyMs: number
}

export interface LegacyServiceParts extends LegacySettings {
  readonly sink: LegacySink
  readonly countRejects: () => number
  readonly nowMs: () => number
  readonly log: Log
}

const BACKOFF = { firstMs: 500, capMs: 30_000 } as const
const MAX_NOTES = 20
/** A place without a change is kept this often; after a start the log is read again from there. */
const KEEP_MS = 5000

type Following = 'binlog' | 'watermark' | undefined

export class LegacyService {
  readonly #parts: LegacyServiceParts
  readonly #target: MysqlTarget
  readonly #ending = new AbortController()
  readonly #listeners = new Set<() => void>()
  readonly #notes: { at: string; text: string }[] = []
  #status: Omit<LegacyStatus, 'rejects' | 'notes'> = { state: 'starting', changes: 0 }
  #running: Promise<void> | undefined
  /** Why all rows have to be read again, whatever was imported before. */
  #anew: string | undefined

  /** @throws OutpostError BAD_CONFIGURATION */
  constructor(parts: LegacyServiceParts) {
    this.#parts = parts
    this.#target = parseLegacyUrl(parts.url)
  }

  start(): void {
    this.#running ??= this.#run(this.#ending.signal)
  }

  async stop(): Promise<void> {
    this.#ending.abort(new Error('the node is stopped'))
    await this.#running
  }

  status(): LegacyStatus {
    return { ...this.#status, rejects: this.#parts.countRejects(), notes: [...this.#notes] }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await this.#follow(signal, () => (failures = 0))
      } catch (error) {
        if (signal.aborted) return
        this.#note(error)
      }
      await delay(backoffMs(failures, BACKOFF, Math.random()), undefined, { signal }).catch(() => undefined)
    }
  }

  #note(error: unknown): void {
    if (error instanceof TableChanged || error instanceof BinlogUnreadable) {
      this.#anew = error.message
      return
    }
    const { code, message } = toLegacyError(error, this.#target)
    this.#parts.log.warn({ code }, message)
    this.#tell({ state: 'waiting', lastError: { code, message, at: this.#now() } })
  }

  async #follow(signal: AbortSignal, onWell: () => void): Promise<void> {
    const { sink, mappingFile, parameters } = this.#parts
    const session = await connectLegacy(this.#target, signal)
    const abort = () => session.destroy()
    signal.addEventListener('abort', abort, { once: true })
    try {
      const prepared = await prepareLegacy(session, { mappingFile, ...(parameters && { parameters }) })
      const reader = new LegacyReader(session, prepared)
      const by = await this.#chooseWay(session, reader, signal)
      const { lastError: _solved, progress: _over, by: _by, ...kept } = this.#status
      this.#status = { ...kept, source: prepared.source, ...(by && { by }) }
      const before = await sink.progress(prepared.source)
      this.#anew ??= before && (await this.#whyAnew(session, by, before.position))
      if (this.#anew !== undefined)
        this.#say(`all rows are read again: ${this.#anew}; what was deleted meanwhile stays`)
      if (this.#anew !== undefined || before?.cursor !== 'done' || before.fingerprint !== prepared.fingerprint) {
        await this.#import(session, reader, by, signal)
      }
      onWell()
      this.#tell({ state: by ? 'following' : 'still' })
      const position = by && (await sink.progress(prepared.source))?.position
      if (position?.by === 'binlog') await this.#followBinlog(reader, position, signal)
      else if (position?.by === 'watermark') await this.#followWatermarks(session, reader, position, signal)
      else await delay(2 ** 31 - 1, undefined, { signal })
    } catch (error) {
      throw error instanceof TableChanged || error instanceof BinlogUnreadable
        ? error
        : toLegacyError(error, this.#target)
    } finally {
      signal.removeEventListener('abort', abort)
      session.destroy()
    }
  }

  async #chooseWay(session: MysqlSession, { prepared }: LegacyReader, signal: AbortSignal): Promise<Following> {
    const { capture } = this.#parts
    if (capture === 'off') return undefined
    const log = capture === 'watermark' ? undefined : await readBinlogState(session, this.#target, signal)
    if (log?.readable) return 'binlog'
    const noBinlog = log && `the server's log of changes cannot be read: ${log.missing}`
    if (capture !== 'binlog' && hasWatermark(prepared)) {
      if (noBinlog !== undefined) this.#say(`changes are found by watermarks, deletions are not: ${noBinlog}`)
      return 'watermark'
    }
    const why = noBinlog ?? 'the mapping names no watermark'
    const both = capture === 'auto' ? `${why}, and the mapping names no watermark` : why
    throw new OutpostError('LEGACY_UNAVAILABLE', `changes of the legacy database cannot be followed: ${both}`)
  }

  async #whyAnew(
    session: MysqlSession,
    by: Following,
    position: LegacyPosition | undefined,
  ): Promise<string | undefined> {
    if (by === undefined) return undefined
    if (position === undefined) return 'nobody had noted from where on changes are followed'
    if (position.by !== by)
      return `changes are followed by the ${by === 'binlog' ? 'binary log' : 'watermarks'} from now on`
    return position.by === 'binlog' ? whyLost(session, position) : undefined
  }

  async #import(session: MysqlSession, reader: LegacyReader, by: Following, signal: AbortSignal): Promise<void> {
    this.#tell({ state: 'importing' })
    const report = await importLegacy({
      reader,
      sink: this.#parts.sink,
      position: async () => {
        if (by === 'watermark') return readWatermarks(session, reader.prepared)
        const end = by === 'binlog' ? await readBinlogEnd(session) : undefined
        return end && { by: 'binlog', ...end }
      },
      anew: this.#anew !== undefined,
      signal,
      onProgress: (progress) => {
        // Where it is ended now it goes on, and does not begin again.
        this.#anew = undefined
        this.#tell({ progress })
      },
    })
    const { progress: _over, ...kept } = this.#status
    this.#status = kept
    const { member, order } = report.read
    this.#say(
      `${report.resumed ? 'the rest' : 'everything'} was imported: ${member} members and ${order} orders were read`,
    )
  }

  async #followBinlog(reader: LegacyReader, from: BinlogPosition, signal: AbortSignal): Promise<void> {
    let keptAt = performance.now()
    for await (const { changed, position } of followBinlog(this.#target, reader.prepared, from, signal)) {
      const isNews = changed.member.length + changed.order.length > 0
      if (!isNews && performance.now() - keptAt < KEEP_MS) continue
      await this.#apply(reader, changed, { by: 'binlog', ...position }, signal)
      keptAt = performance.now()
    }
  }

  async #followWatermarks(
    session: MysqlSession,
    reader: LegacyReader,
    from: Extract<LegacyPosition, { by: 'watermark' }>,
    signal: AbortSignal,
  ): Promise<void> {
    for (let position = from; ;) {
      for await (const news of changesSince(session, reader.prepared, position)) {
        await this.#apply(reader, news.changed, news.position, signal)
        position = news.position ?? position
      }
      await delay(this.#parts.everyMs, undefined, { signal })
    }
  }

  async #apply(
    reader: LegacyReader,
    changed: Parameters<typeof applyChanges>[2],
    position: LegacyPosition | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const changes = await applyChanges(reader, this.#parts.sink, changed, position, signal)
    if (changes > 0) this.#tell({ changes: this.#status.changes + changes, lastChangeAt: this.#now() })
  }

  #say(text: string): void {
    this.#parts.log.info({}, text)
    if (this.#notes.at(-1)?.text === text) return
    this.#notes.push({ at: this.#now(), text })
    if (this.#notes.length > MAX_NOTES) this.#notes.shift()
  }

  #tell(news: Partial<LegacyStatus>): void {
    this.#status = { ...this.#status, ...news }
    for (const listener of this.#listeners) listener()
  }

  #now(): string {
    return new Date(this.#parts.nowMs()).toISOString()
  }
}
