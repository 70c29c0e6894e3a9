/** The statements that write a table's rows, prepared once each. */
import type Database from 'better-sqlite3'
import type { StatementCache } from './statement-cache.ts'

export type RowValue = string | number | null

export class RowStatements {
  readonly #db: Database.Database
  readonly #statements: StatementCache
  readonly #table: string
  readonly #columns: readonly string[]
  readonly #insertOneSql: string
  readonly #updateSql: string
  /** By the number of rows. */
  readonly #bulkInserts = new Map<number, Database.Statement>()

  /** @param columns in the order of a row's values */
  constructor(db: Database.Database, statements: StatementCache, table: string, columns: readonly string[]) {
    this.#db = db
    this.#statements = statements
    this.#table = table
    this.#columns = columns
    this.#insertOneSql = this.#insertSql(1)
    const assignments = columns.map((column) => `${column} = ?`).join(', ')
    this.#updateSql = `UPDATE ${table} SET ${assignments} WHERE seq = ?`
  }

  insert(values: readonly RowValue[]): void {
    this.#statements.prepare(this.#insertOneSql).run(values)
  }

  /** Gives the row with that seq these values, among them a seq of its own. */
  update(seq: number, values: readonly RowValue[]): void {
    this.#statements.prepare(this.#updateSql).run(values, seq)
  }

  /**
   * @param values of one row after the other
   * @returns how many were inserted; a row whose id is there already is left out
   */
  insertMissing(rows: number, values: readonly RowValue[]): number {
    let statement = this.#bulkInserts.get(rows)
    if (!statement) {
      statement = this.#db.prepare(`${this.#insertSql(rows)} ON CONFLICT (id) DO NOTHING`)
      this.#bulkInserts.set(rows, statement)
    }
    return statement.run(values).changes
  }

  /**
   * A failure ends the whole transaction here, so what a failing statement has done need not be undone by itself: with
   * FAIL instead of ABORT, SQLite keeps no copy of each page that a statement of many rows touches, half of the cost.
   */
  #insertSql(rows: number): string {
    const marks = `(${this.#columns.map(() => '?').join(', ')})`
    const list = Array.from({ length: rows }, () => marks).join(', ')
    return `INSERT OR FAIL INTO ${this.#table} (${this.#columns.join(', ')}) VALUES ${list}`
  }
}
