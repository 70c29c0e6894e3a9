/**
 * One connection to MySQL in the mode that the mirror relies on: strict, UTC, utf8mb4, READ COMMITTED. Every statement
 * has a deadline, because a connection can hang without ending. The server has one too: it ends a connection from which
 * nothing comes any more, as after a power cut, since the transaction on it would hold the mirror's state for hours.
 */
import { connect, type Socket } from 'node:net'
import { createConnection, type Connection, type ResultSetHeader } from 'mysql2/promise'
import { fieldAsText } from './field-as-text.ts'
import { isUnknownDatabase } from './mysql-failure.ts'
import type { MysqlTarget } from './mysql-target.ts'
import { quoteName } from './table-definition.ts'

type SqlParameters = (string | number | null)[]
/** A row, by the place of its columns. */
export type MysqlTexts = readonly (string | null)[]

const CONNECT_TIMEOUT_MS = 10_000
const STATEMENT_TIMEOUT_MS = 60_000
/** For statements that may go over a whole table. */
export const LONG_STATEMENT_TIMEOUT_MS = 30 * 60_000
/** How often a connection at rest says something: the server would end it, and it may be gone without a word. */
const KEEP_ALIVE_MS = 30_000
/** Statements come in a handful of sizes a table, see `chunk-rows.ts`. */
const PREPARED_STATEMENTS = 1000

const SESSION_SETTINGS = [
  "SET SESSION sql_mode = 'STRICT_ALL_TABLES,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
  "SET SESSION time_zone = '+00:00'",
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  'SET SESSION innodb_lock_wait_timeout = 10',
  'SET SESSION wait_timeout = 120',
]

export class MysqlSession {
  readonly #connection: Connection
  readonly #socket: Socket
  #onEnd: (() => void) | undefined
  #statements = 0

  private constructor(connection: Connection, socket: Socket) {
    this.#connection = connection
    this.#socket = socket
    // Errors reach the statement that waits; one that comes between two statements shows at the next.
    connection.on('error', () => undefined)
    const keepAlive = setInterval(() => this.#saySomething(), KEEP_ALIVE_MS)
    keepAlive.unref()
    socket.once('close', () => {
      clearInterval(keepAlive)
      this.#onEnd?.()
    })
  }

  /** Connects, and creates the database when there is none. */
  static async open(target: MysqlTarget, signal?: AbortSignal): Promise<MysqlSession> {
    try {
      return await MysqlSession.#connect(target, target.database, signal)
    } catch (error) {
      if (!isUnknownDatabase(error)) throw error
    }
    const server = await MysqlSession.#connect(target, undefined, signal)
    try {
      await server.command(`CREATE DATABASE IF NOT EXISTS ${quoteName(target.database)} CHARACTER SET utf8mb4`)
    } finally {
      server.destroy()
    }
    return MysqlSession.#connect(target, target.database, signal)
  }

  /** Connects to a database that must be there. */
  static connect(target: MysqlTarget, signal?: AbortSignal): Promise<MysqlSession> {
    return MysqlSession.#connect(target, target.database, signal)
  }

  static async #connect(
    { host, port, user, password, tls }: MysqlTarget,
    database: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<MysqlSession> {
    signal?.throwIfAborted()
    // The socket is ours, because destroying it is what ends a statement that hangs; mysql2's own destroy() does not.
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 })
    const abort = (): void => void socket.destroy(connectionLost('aborted'))
    signal?.addEventListener('abort', abort, { once: true })
    try {
      const connection = await createConnection({
        stream: socket,
        host,
        user,
        password,
        ...(database !== undefined && { database }),
        ...(tls && { ssl: {} }),
        charset: 'utf8mb4',
        timezone: 'Z',
        dateStrings: true,
        supportBigNumbers: true,
        connectTimeout: CONNECT_TIMEOUT_MS,
        maxPreparedStatements: PREPARED_STATEMENTS,
        // Without it `affectedRows` tells rows that were inserted, changed and left as they are.
        flags: ['-FOUND_ROWS'],
      })
      const session = new MysqlSession(connection, socket)
      for (const setting of SESSION_SETTINGS) await session.command(setting)
      return session
    } catch (error) {
      socket.destroy()
      throw error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  /** A statement of its own text, unprepared: DDL and transaction control. */
  async command(sql: string, timeoutMs = STATEMENT_TIMEOUT_MS): Promise<void> {
    await this.#within(timeoutMs, this.#connection.query(sql))
  }

  /** A prepared statement that changes rows. */
  async change(sql: string, parameters: SqlParameters, timeoutMs = STATEMENT_TIMEOUT_MS): Promise<ResultSetHeader> {
    const [result] = await this.#within(timeoutMs, this.#connection.execute<ResultSetHeader>(sql, parameters))
    return result
  }

  /** A prepared statement that reads; the caller knows the columns. Large integers come as text. */
  async rows<Row extends object>(
    sql: string,
    parameters: SqlParameters = [],
    timeoutMs = STATEMENT_TIMEOUT_MS,
  ): Promise<Row[]> {
    const [rows] = await this.#within(timeoutMs, this.#connection.execute(sql, parameters))
    return rows as unknown as Row[]
  }

  /** Reads rows as the texts that MySQL shows, unprepared: only so does it show them. */
  async texts(sql: string, parameters: SqlParameters = [], timeoutMs = STATEMENT_TIMEOUT_MS): Promise<MysqlTexts[]> {
    const query = { sql, values: parameters, rowsAsArray: true, typeCast: fieldAsText }
    const [rows] = await this.#within(timeoutMs, this.#connection.query(query))
    return rows as unknown as MysqlTexts[]
  }

  /** Commits what `work` did, or rolls all of it back and throws what it threw. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.command('START TRANSACTION')
    let result: T
    try {
      result = await work()
    } catch (error) {
      // On a lost connection the server rolls back by itself.
      await this.command('ROLLBACK').catch(() => undefined)
      throw error
    }
    // Outside the try: after a commit that failed nobody knows whether it happened; the stored position tells.
    await this.command('COMMIT')
    return result
  }

  /** Calls back when the connection has ended, by whomever. */
  onEnd(listener: () => void): void {
    this.#onEnd = listener
    if (this.#socket.destroyed) listener()
  }

  throwIfEnded(): void {
    if (this.#socket.destroyed) throw connectionLost('lost')
  }

  /** Ends the connection at once; a transaction under way is rolled back by the server. */
  destroy(): void {
    this.#socket.destroy(connectionLost('closed'))
  }

  /** Not beside a statement, behind which it would wait longer than its own deadline. */
  #saySomething(): void {
    if (this.#statements === 0) this.command('DO 0').catch(() => undefined)
  }

  async #within<T>(timeoutMs: number, statement: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#socket.destroy(connectionLost('timeout')), timeoutMs)
    this.#statements += 1
    try {
      return await statement
    } finally {
      this.#statements -= 1
      clearTimeout(timer)
    }
  }
}

function connectionLost(why: 'aborted' | 'closed' | 'lost' | 'timeout'): Error {
  const code = why === 'timeout' ? 'ETIMEDOUT' : why === 'lost' ? 'PROTOCOL_CONNECTION_LOST' : 'ECONNABORTED'
  return Object.assign(new Error(`the connection was ended: ${why}`), { code, fatal: true })
}
