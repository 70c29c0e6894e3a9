/** Prepared statements by their text, a bounded number of them: queries can have any number of shapes. */
import type Database from 'better-sqlite3'

const MAX_STATEMENTS = 500

export class StatementCache {
  readonly #db: Database.Database
  readonly #statements = new Map<string, Database.Statement>()

  constructor(db: Database.Database) {
    this.#db = db
  }

  /** Answers rows as objects. */
  prepare(sql: string): Database.Statement {
    return this.#statements.get(sql) ?? this.#add(sql, this.#db.prepare(sql))
  }

  /** Answers the first column of each row. */
  preparePlucked(sql: string): Database.Statement {
    const name = `${sql} `
    return this.#statements.get(name) ?? this.#add(name, this.#db.prepare(sql).pluck())
  }

  #add(name: string, statement: Database.Statement): Database.Statement {
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear()
    this.#statements.set(name, statement)
    return statement
  }
}
