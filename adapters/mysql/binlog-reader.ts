/**
 * The rows that a server's programs change, as its row binlog has them, from a position on: in the order of commits, in
 * pages. The pages of one transaction follow each other, so that one of a million rows needs no more memory than others.
 *
 * The log has a transaction before others can see what it did. Whoever reads those rows then reads them locking, which
 * waits until the transaction has ended.
 */
import { randomInt } from 'node:crypto'
import ZongJi, { type AnyBinlogEvent, type RowData } from '@vlasky/zongji'
import type { BinlogPosition } from './binlog-position.ts'
import { MysqlSession } from './mysql-session.ts'
import type { MysqlTarget } from './mysql-target.ts'
import { foldsCase } from './table-inspection.ts'

/** By column. Times, decimals and large integers are text; bytes, and texts of some types, are a Buffer. */
export type RowImage = Readonly<Record<string, unknown>>

/** A row without `before` was inserted, one without `after` deleted. */
export interface BinlogRow {
  readonly table: string
  readonly before?: RowImage
  readonly after?: RowImage
}

export interface BinlogPage {
  /** None where only the position has moved. */
  readonly rows: readonly BinlogRow[]
  /** To go on from, once these rows are dealt with. */
  readonly to: BinlogPosition
  /** One of the tables that was altered, emptied or replaced behind these rows, by a statement: there are no rows of it. */
  readonly altered?: string
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
 * Trying again from the same position does not help. `purged`: the server does not have it any more. `changed`: a table
 * is not any more what it was when its rows were logged.
 */
export class BinlogUnreadable extends Error {
  readonly why: 'purged' | 'changed'

  constructor(why: BinlogUnreadable['why'], cause: Error) {
    super(cause.message, { cause })
    this.name = 'BinlogUnreadable'
    this.why = why
  }
}

const PAGE_ROWS = 500
/** Pages that wait for their reader before the server is made to wait. */
const MOST_WAITING = 4
const CONNECT_TIMEOUT_MS = 10_000
/** A server that has nothing to tell says so; one that does not say even that is gone. */
const HEARTBEAT_MS = 5000
const SILENCE_MS = 4 * HEARTBEAT_MS
const EVENTS = ['tablemap', 'writerows', 'updaterows', 'deleterows', 'xid', 'query', 'rotate', 'heartbeat', 'format']
/** Such as a server's own replicas have. */
const SERVER_IDS = [2 ** 30, 2 ** 31] as const

/**
 * Ends when the signal aborts. Each page is to be dealt with before the next one is asked for; transactions that ended
 * meanwhile come in one page.
 *
 * @throws BinlogUnreadable; any other error is one of the connection, to be tried again
 */
export async function* readBinlog(options: BinlogOptions): AsyncGenerator<BinlogPage, void> {
  const { target, signal } = options
  const session = await MysqlSession.connect(target, signal)
  const folds = await foldsCase(session).finally(() => session.destroy())
  const stream = new BinlogStream(options, folds)
  try {
    for (let page = await stream.next(); page && !signal.aborted; page = await stream.next()) yield page
  } finally {
    await stream.close()
  }
}

/** @throws what the server answers to an account that may not read its log, or has no such place */
export async function probeBinlog(target: MysqlTarget, from: BinlogPosition, signal: AbortSignal): Promise<void> {
  const stream = new BinlogStream({ target, from, tables: [], signal }, false)
  try {
    await stream.next()
  } finally {
    await stream.close()
  }
}

interface WaitingPage extends BinlogPage {
  readonly rows: BinlogRow[]
  to: BinlogPosition
  altered?: string
}

interface OpenTransaction {
  readonly isLeftOut: boolean
  rows: number
}

class BinlogStream {
  readonly #zongji: ZongJi
  readonly #without: string | undefined
  readonly #database: string
  readonly #tables: readonly string[]
  /** As they are asked for, by how the server may spell them. */
  readonly #spelt: ReadonlyMap<string, string>
  readonly #signal: AbortSignal
  readonly #silence: NodeJS.Timeout
  readonly #pages: WaitingPage[] = []
  #rows: BinlogRow[] = []
  /** Of the transaction that is read. */
  #begin: Omit<BinlogPosition, 'rows'>
  /** Rows of the first transaction that were dealt with before. */
  #done: number
  #open: OpenTransaction | undefined
  #failure: Error | undefined
  /** The server waits, as the pages here are not dealt with yet. */
  #isHeld = false
  #wake: (() => void) | undefined

  /** @param folds whether the server takes names in large and small letters for one, and keeps them in small ones */
  constructor({ target, from, tables, without, signal }: BinlogOptions, folds: boolean) {
    this.#without = without
    this.#database = target.database
    this.#tables = tables
    const spellings = (name: string): readonly string[] => (folds ? [name, name.toLowerCase()] : [name])
    this.#spelt = new Map(tables.flatMap((table) => spellings(table).map((spelling) => [spelling, table])))
    this.#signal = signal
    this.#begin = { file: from.file, position: from.position, server: from.server }
    this.#done = from.rows
    const { host, port, user, password, database, tls } = target
    this.#zongji = new ZongJi({
      host,
      port,
      user,
      password,
      database,
      ...(tls && { ssl: {} }),
      connectTimeout: CONNECT_TIMEOUT_MS,
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
      includeSchema: Object.fromEntries(spellings(database).map((name) => [name, [...this.#spelt.keys()]])),
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
        this.#begin = { ...this.#begin, file: binlogName, position }
        return this.#pass()
      }
      case 'Query':
        return this.#takeStatement((event as unknown as { readonly query: string }).query.trim(), event.gtid)
      case 'Heartbeat':
        return this.#pass()
      case 'Xid':
        return this.#end(event.gtid)
    }
  }

  #takeStatement(statement: string, gtid: string | undefined): void {
    // Rows of tables without transactions stand also where the rest was rolled back.
    if (/^(COMMIT|ROLLBACK)$/i.test(statement)) return this.#end(gtid)
    if (this.#open || /^(BEGIN|SAVEPOINT|XA)\b/i.test(statement)) return
    this.#end(gtid, ALTERS.test(statement) ? this.#alteredBy(statement) : undefined)
  }

  #alteredBy(statement: string): string | undefined {
    if (DROPS_ALL.test(statement) && names(statement, this.#database)) return this.#tables[0]
    return this.#tables.find((table) => names(statement, table))
  }

  #takeRows(event: Extract<AnyBinlogEvent, { rows: unknown }>): void {
    const table = this.#spelt.get(event.tableMap[event.tableId]?.tableName ?? '')
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

  #end(gtid: string | undefined, altered?: string): void {
    this.#open = undefined
    this.#done = 0
    if (gtid !== undefined && MARIADB_GTID.test(gtid)) this.#begin = { ...this.#begin, server: gtid }
    this.#pass(altered)
  }

  /** Between two transactions. */
  #pass(altered?: string): void {
    if (this.#open) return
    const { filename, position } = this.#zongji.options
    this.#begin = { ...this.#begin, ...(filename && { file: filename }), ...(position && { position }) }
    this.#turn({ ...this.#begin, rows: this.#done }, altered)
  }

  #turn(to: BinlogPosition, altered?: string): void {
    const last = this.#pages.at(-1)
    if (last && last.altered === undefined && last.rows.length + this.#rows.length <= PAGE_ROWS) {
      last.rows.push(...this.#rows)
      Object.assign(last, { to, ...(altered !== undefined && { altered }) })
    } else {
      this.#pages.push({ rows: this.#rows, to, ...(altered !== undefined && { altered }) })
    }
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
  if (type === 'WriteRows') return { after: row as RowData }
  if (type === 'DeleteRows') return { before: row as RowData }
  const { before, after } = row as { readonly before: RowData; readonly after: RowData }
  return { before, after }
}

const ALTERS = /^(ALTER|CREATE|DROP|RENAME|TRUNCATE)\b/i
const DROPS_ALL = /^DROP\s+(DATABASE|SCHEMA)\b/i
/** What MariaDB calls a transaction: domain, server, number. */
const MARIADB_GTID = /^\d+-\d+-\d+$/

function names(statement: string, table: string): boolean {
  const name = table.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(^|[^\\w$])${name}([^\\w$]|$)`, 'i').test(statement)
}

/** The log has no such place: its file is gone, or ends before. */
const NO_SUCH_PLACE: ReadonlySet<number | undefined> = new Set([1236, 1945, 1955])

function toReason(error: Error & { readonly errno?: number }): Error {
  if (NO_SUCH_PLACE.has(error.errno)) return new BinlogUnreadable('purged', error)
  const { message } = error
  const isOther = message.includes('schema changed between') || message.startsWith('Insufficient permissions to access')
  // Compressed transactions and parts of JSON, which the reader does not know.
  const isUnknown = error.errno === undefined && /compress|partial/i.test(message)
  return isOther || isUnknown ? new BinlogUnreadable('changed', error) : error
}
