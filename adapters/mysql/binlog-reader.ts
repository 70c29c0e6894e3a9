/**
 * The rows that a server's programs change, as its row binlog has them, from a position on: in the order of commits, in
 * pages. The pages of one transaction follow each other, so that one of a million rows needs no more memory than others.
 */
import { randomInt } from 'node:crypto'
import ZongJi, { type AnyBinlogEvent, type RowData } from '@vlasky/zongji'
import type { StoredRow } from './compare-rows.ts'
import type { MysqlTarget } from './mysql-target.ts'

/** A row without `before` was inserted, one without `after` deleted. Times, decimals and large integers are text. */
export interface BinlogRow {
  readonly table: string
  readonly before?: StoredRow
  readonly after?: StoredRow
}

/** Where a transaction begins, and how many of its rows are done. */
export interface BinlogPosition {
  readonly file: string
  readonly position: number
  readonly rows: number
}

export interface BinlogPage {
  /** None where only the position has moved. */
  readonly rows: readonly BinlogRow[]
  /** To go on from, once these rows are dealt with. */
  readonly to: BinlogPosition
}

export interface BinlogOptions {
  readonly target: MysqlTarget
  readonly from: BinlogPosition
  /** Of the target's database. */
  readonly tables: readonly string[]
  /** A transaction whose first row is of this table, one of `tables`, is left out. */
  readonly without?: string
  readonly signal: AbortSignal
}

/**
 * Trying again from the same position does not help. `purged`: the server does not have it any more. `denied`: the
 * account may not read it. `changed`: a table is not any more what it was when its rows were logged.
 */
export class BinlogUnreadable extends Error {
  readonly why: 'purged' | 'denied' | 'changed'

  constructor(why: BinlogUnreadable['why'], cause: Error) {
    super(cause.message, { cause })
    this.name = 'BinlogUnreadable'
    this.why = why
  }
}

const PAGE_ROWS = 500
/** Pages that wait for their reader before the server is made to wait. */
const MOST_WAITING = 4
/** A server that has nothing to tell says so; one that does not say even that is gone. */
const HEARTBEAT_MS = 5000
const SILENCE_MS = 4 * HEARTBEAT_MS
const EVENTS = ['tablemap', 'writerows', 'updaterows', 'deleterows', 'xid', 'query', 'rotate', 'heartbeat', 'format']
/** Such as a server's own replicas have. */
const SERVER_IDS = [2 ** 30, 2 ** 31] as const

/**
 * Ends when the signal aborts. Each page is to be dealt with before the next one is asked for.
 *
 * @throws BinlogUnreadable; any other error is one of the connection, to be tried again
 */
export async function* readBinlog(options: BinlogOptions): AsyncGenerator<BinlogPage, void> {
  const { signal } = options
  const stream = new BinlogStream(options)
  try {
    for (let page = await stream.next(); page && !signal.aborted; page = await stream.next()) yield page
  } finally {
    await stream.close()
  }
}

interface OpenTransaction {
  readonly isLeftOut: boolean
  rows: number
}

class BinlogStream {
  readonly #zongji: ZongJi
  readonly #without: string | undefined
  readonly #signal: AbortSignal
  readonly #silence: NodeJS.Timeout
  readonly #pages: BinlogPage[] = []
  #rows: BinlogRow[] = []
  /** Of the transaction that is read. */
  #begin: { readonly file: string; readonly position: number }
  /** Rows of the first transaction that were dealt with before. */
  #done: number
  #open: OpenTransaction | undefined
  #failure: Error | undefined
  /** The server waits, as the pages here are not dealt with yet. */
  #isHeld = false
  #wake: (() => void) | undefined

  constructor({ target, from, tables, without, signal }: BinlogOptions) {
    this.#without = without
    this.#signal = signal
    this.#begin = from
    this.#done = from.rows
    const { host, port, user, password, database, tls } = target
    this.#zongji = new ZongJi({
      host,
      port,
      user,
      password,
      database,
      ...(tls && { ssl: {} }),
      charset: 'utf8mb4',
      timezone: 'Z',
      dateStrings: true,
      jsonStrings: true,
      supportBigNumbers: true,
    })
    this.#zongji.on('binlog', (event: AnyBinlogEvent) => this.#take(event))
    this.#zongji.on('error', (error: Error) => this.#fail(toReason(error)))
    this.#silence = setTimeout(() => {
      if (!this.#isHeld) this.#fail(new Error('the server has gone silent'))
    }, SILENCE_MS)
    this.#zongji.start({
      serverId: randomInt(...SERVER_IDS),
      filename: from.file,
      position: from.position,
      includeEvents: EVENTS,
      includeSchema: { [database]: [...tables] },
    })
    // In nanoseconds; behind what the start has asked, before the log itself.
    this.#zongji.connection?.query(`SET @master_heartbeat_period = ${HEARTBEAT_MS}000000`)
    signal.addEventListener('abort', this.#notify, { once: true })
  }

  /** @returns nothing once the signal has aborted */
  async next(): Promise<BinlogPage | undefined> {
    while (this.#pages.length === 0 && !this.#signal.aborted) {
      if (this.#failure) throw this.#failure
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    const page = this.#pages.shift()
    // Never but where it was held here: while the columns of a table are asked for the connection is held, too.
    if (this.#isHeld && this.#pages.length < MOST_WAITING) {
      this.#isHeld = false
      this.#silence.refresh()
      this.#zongji.connection?.resume()
    }
    return page
  }

  async close(): Promise<void> {
    clearTimeout(this.#silence)
    this.#signal.removeEventListener('abort', this.#notify)
    const stopped = new Promise<void>((resolve) => void this.#zongji.once('stopped', resolve))
    this.#zongji.stop()
    await stopped
  }

  #take(event: AnyBinlogEvent): void {
    this.#silence.refresh()
    switch (event.getTypeName()) {
      case 'WriteRows':
      case 'UpdateRows':
      case 'DeleteRows':
        return this.#takeRows(event as Extract<AnyBinlogEvent, { rows: unknown }>)
      case 'Rotate': {
        const { binlogName, position } = event as Extract<AnyBinlogEvent, { getTypeName(): 'Rotate' }>
        this.#begin = { file: binlogName, position }
        return
      }
      case 'Query': {
        const { query } = event as Extract<AnyBinlogEvent, { getTypeName(): 'Query' }>
        // Rows of tables without transactions stand also where the rest was rolled back.
        if (/^\s*(commit|rollback)\s*$/i.test(query)) this.#end()
        return
      }
      case 'Xid':
        return this.#end()
    }
  }

  #takeRows(event: Extract<AnyBinlogEvent, { rows: unknown }>): void {
    const table = event.tableMap[event.tableId]?.tableName
    if (table === undefined) return
    const open = (this.#open ??= { isLeftOut: table === this.#without, rows: 0 })
    if (open.isLeftOut || table === this.#without) return
    for (const row of event.rows) {
      open.rows += 1
      if (open.rows <= this.#done) continue
      this.#rows.push({ table, ...imagesOf(event.getTypeName(), row) })
      if (this.#rows.length >= PAGE_ROWS) this.#turn({ ...this.#begin, rows: open.rows })
    }
  }

  #end(): void {
    const { filename, position } = this.#zongji.options
    this.#open = undefined
    this.#done = 0
    this.#begin = { file: filename ?? this.#begin.file, position: position ?? this.#begin.position }
    this.#turn({ ...this.#begin, rows: 0 })
  }

  #turn(to: BinlogPosition): void {
    if (this.#rows.length === 0 && this.#pages.at(-1)?.rows.length === 0) this.#pages.pop()
    this.#pages.push({ rows: this.#rows, to })
    this.#rows = []
    if (this.#pages.length >= MOST_WAITING) {
      this.#isHeld = true
      this.#zongji.connection?.pause()
    }
    this.#notify()
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#notify()
  }

  readonly #notify = (): void => {
    this.#wake?.()
    this.#wake = undefined
  }
}

function imagesOf(type: string, row: unknown): Pick<BinlogRow, 'before' | 'after'> {
  if (type === 'WriteRows') return { after: toStored(row as RowData) }
  if (type === 'DeleteRows') return { before: toStored(row as RowData) }
  const { before, after } = row as { readonly before: RowData; readonly after: RowData }
  return { before: toStored(before), after: toStored(after) }
}

function toStored(row: RowData): StoredRow {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, storedValue(value)]))
}

/** With these settings everything but bytes comes as a number or a text. */
function storedValue(value: unknown): string | number | null {
  if (typeof value === 'number' || typeof value === 'string') return value
  return Buffer.isBuffer(value) ? value.toString() : null
}

const DENIED: ReadonlySet<number | undefined> = new Set([1044, 1045, 1142, 1227])
/** The log has no such place: its file is gone, or ends before. */
const NO_SUCH_PLACE = 1236

function toReason(error: Error & { readonly errno?: number }): Error {
  if (error.errno === NO_SUCH_PLACE) return new BinlogUnreadable('purged', error)
  if (DENIED.has(error.errno)) return new BinlogUnreadable('denied', error)
  const { message } = error
  const isOther = message.includes('schema changed between') || message.startsWith('Insufficient permissions to access')
  // Compressed transactions and parts of JSON, which the reader does not know.
  const isUnknown = error.errno === undefined && /compress|partial/i.test(message)
  return isOther || isUnknown ? new BinlogUnreadable('changed', error) : error
}
