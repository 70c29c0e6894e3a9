/**
 * Follows the binary log of a legacy server and says which rows have changed. A place is told only where transactions
 * have ended; whoever goes on there hears at least once of everything after it.
 */
import ZongJi, { type AnyBinlogEvent, type RowsEvent } from '@vlasky/zongji'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { MysqlTarget } from '../mysql/mysql-target.ts'
import type { BinlogPosition } from './binlog-position.ts'
import type { LegacyKind } from './legacy-batch.ts'
import type { PreparedLegacy } from './legacy-place.ts'
import { RowChanges } from './row-changes.ts'

export interface BinlogNews {
  readonly changed: Readonly<Record<LegacyKind, readonly string[]>>
  readonly position: BinlogPosition
}

/** A server with nothing to say says so this often, so that silence is a connection that hangs. */
const HEARTBEAT_S = 10
const SILENCE_MS = 35_000
/** Ids that wait; the server waits meanwhile. */
const MAX_WAITING = 10_000

export class BinlogFollower {
  readonly #zongji: ZongJi
  readonly #tables: ReadonlyMap<string, { kind: LegacyKind; id: string }>
  readonly #changes = new RowChanges()
  #position: BinlogPosition
  #told: BinlogPosition
  #failure: unknown
  #isHeld = false
  #wake: (() => void) | undefined
  #watchdog: NodeJS.Timeout | undefined

  constructor(target: MysqlTarget, prepared: PreparedLegacy, position: BinlogPosition, signal: AbortSignal) {
    this.#position = this.#told = position
    const { members, orders, orderLines } = prepared
    const tables = new Map<string, { kind: LegacyKind; id: string }>()
    if (members) tables.set(members.table, { kind: 'member', id: members.id.name })
    if (orders) tables.set(orders.table, { kind: 'order', id: orders.id.name })
    if (orderLines) tables.set(orderLines.table, { kind: 'order', id: orderLines.id.name })
    this.#tables = tables
    const { host, port, user, password, database, tls } = target
    const account = { host, port, user, password, ...(tls && { ssl: {} }), connectTimeout: 10_000, dateStrings: true }
    this.#zongji = new ZongJi(account)
    this.#zongji.on('error', (error) => this.#fail(error))
    this.#zongji.on('binlog', (event) => this.#hear(event, database))
    this.#zongji.on('ready', () => {
      this.#zongji.connection?.query(`SET @master_heartbeat_period = ${HEARTBEAT_S * 1e9}`, () => undefined)
    })
    signal.addEventListener('abort', () => this.#fail(signal.reason), { once: true })
    this.#watch()
    this.#zongji.start({
      filename: position.file,
      position: position.offset,
      // Two readers of one number would cut each other off.
      serverId: 1e9 + Math.floor(Math.random() * 3e9),
      includeEvents: ['tablemap', 'writerows', 'updaterows', 'deleterows', 'xid', 'query', 'heartbeat', 'rotate'],
    })
  }

  /** Waits for news; throws what ended the following. */
  async next(): Promise<BinlogNews> {
    while (this.#changes.size === 0 && this.#position === this.#told) {
      if (this.#failure !== undefined) throw this.#failure as Error
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    this.#told = this.#position
    const changed = this.#changes.drain()
    this.#release()
    return { changed, position: this.#told }
  }

  stop(): void {
    clearTimeout(this.#watchdog)
    this.#zongji.stop()
  }

  #hear(event: AnyBinlogEvent, database: string): void {
    this.#watch()
    switch (event.getTypeName()) {
      case 'WriteRows':
      case 'UpdateRows':
      case 'DeleteRows':
        return this.#noteRows(event as RowsEvent & { rows: unknown }, database)
      case 'Query':
        return this.#noteStatement((event as unknown as { query: string }).query, event.gtid)
      case 'Xid':
        return this.#notePosition(event.gtid)
    }
  }

  #noteRows(event: RowsEvent & { readonly rows: unknown }, database: string): void {
    const { parentSchema, tableName } = event.tableMap[event.tableId] ?? {}
    const table = parentSchema === database && tableName !== undefined ? this.#tables.get(tableName) : undefined
    if (!table) return
    for (const row of event.rows as readonly Record<string, unknown>[]) {
      const images = 'before' in row && 'after' in row && isImage(row['before']) ? [row['before'], row['after']] : [row]
      for (const image of images) {
        const id = textOf((image as Record<string, unknown>)[table.id])
        if (id !== undefined) this.#changes.add(table.kind, id)
      }
    }
    if (this.#changes.size > MAX_WAITING) this.#hold()
    this.#tell()
  }

  /** Transactions of some engines end with a statement; others change tables, which makes what is known of them void. */
  #noteStatement(query: string, gtid: string | undefined): void {
    const statement = query.trim()
    if (/^(BEGIN|SAVEPOINT|XA )/i.test(statement)) return
    const table = [...this.#tables.keys()].find((name) => names(statement, name))
    if (table !== undefined && /^(ALTER|CREATE|DROP|RENAME|TRUNCATE)\b/i.test(statement)) {
      return this.#fail(new TableChanged(table))
    }
    this.#notePosition(gtid)
  }

  #notePosition(gtid: string | undefined): void {
    const { filename: file, position: offset } = this.#zongji.options
    if (file === undefined || offset === undefined) return
    const server = gtid !== undefined && /^\d+-\d+-\d+$/.test(gtid) ? gtid : this.#position.server
    this.#position = { by: 'binlog', file, offset, server }
    this.#tell()
  }

  #tell(): void {
    this.#wake?.()
    this.#wake = undefined
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#tell()
  }

  /** Only in between two events: while the reader itself asks for a table's columns it holds the connection, too. */
  #hold(): void {
    if (this.#isHeld) return
    this.#isHeld = true
    clearTimeout(this.#watchdog)
    this.#zongji.connection?.pause()
  }

  #release(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#watch()
    this.#zongji.connection?.resume()
  }

  #watch(): void {
    if (this.#isHeld) return
    clearTimeout(this.#watchdog)
    const silent = () => this.#fail(new OutpostError('LEGACY_UNAVAILABLE', 'the legacy database has gone silent'))
    this.#watchdog = setTimeout(silent, SILENCE_MS)
    this.#watchdog.unref()
  }
}

/** A table of the mapping was altered, emptied or replaced: what it holds is read anew. */
export class TableChanged extends Error {
  constructor(table: string) {
    super(`the table ${table} was altered, emptied or replaced`)
  }
}

/** The server has thrown away what was to be read. */
export function isPurged(error: unknown): boolean {
  return [1236, 1945, 1955].includes((error as { errno?: number } | undefined)?.errno ?? 0)
}

function isImage(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Buffer.isBuffer(value)
}

function names(statement: string, table: string): boolean {
  const name = table.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(^|[^\\w$])${name}([^\\w$]|$)`, 'i').test(statement)
}

/** As the answer to a query has it. */
function textOf(value: unknown): string | undefined {
  if (Buffer.isBuffer(value)) return value.toString('hex')
  if (typeof value === 'string') return value.trim()
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined
}
