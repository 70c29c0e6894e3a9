/** The documents of one storage key (database, collection, version): statements on its table, one write path. */
import type Database from 'better-sqlite3'
import type { Seq } from '../../schemas/brand.ts'
import { scopeOf, type CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { documentHash, NO_HASH } from './digest-ledger.ts'
import { columnValue, type DocumentColumns } from './document-columns.ts'
import { documentTableName } from './layout.ts'
import { toSortKey } from './sort-key.ts'

/** What a branch still has to tell headquarters about a row. */
export const ROW_STATE = { clean: 0, dirty: 1, retry: 2, parked: 3 } as const
export type RowState = (typeof ROW_STATE)[keyof typeof ROW_STATE]

export interface DocumentRow {
  readonly seq: Seq
  readonly id: string
  readonly state: RowState
  /** When the row became pending, ms since 1970 by this node's clock; 0 for a clean one. */
  readonly since: number
  readonly scope: string
  /** The node that the document last came from; '' for this one. */
  readonly origin: string
  readonly hash: number
  readonly doc: Doc
}

export interface PutOptions {
  readonly state: RowState
  readonly origin: string
}

/** What the table needs of its store while a transaction is open. */
export interface WriteContext {
  nextSeq(): Seq
  nowMs(): number
  replaceHash(
    key: number,
    id: string,
    from: { scope: string; hash: number } | undefined,
    scope: string,
    hash: number,
  ): void
  noteChange(table: DocumentTable, previous: Doc | undefined, doc: Doc, seq: Seq): void
}

interface StoredRow extends Omit<DocumentRow, 'doc'> {
  readonly doc: string
}

const ROW = 'seq, id, state, since, scope, origin, hash, doc'

export class DocumentTable {
  readonly key: number
  readonly name: string
  readonly columns: DocumentColumns
  /** Absent for collections that are not replicated. */
  readonly declaration: CollectionDeclaration | undefined
  readonly #db: Database.Database
  readonly #statements = new Map<string, Database.Statement>()
  readonly #table: string

  constructor(
    db: Database.Database,
    key: number,
    name: string,
    columns: DocumentColumns,
    declaration: CollectionDeclaration | undefined,
  ) {
    this.#db = db
    this.key = key
    this.name = name
    this.columns = columns
    this.declaration = declaration
    this.#table = documentTableName(key)
  }

  row(id: string): DocumentRow | undefined {
    const row = this.#prepare(`SELECT ${ROW} FROM ${this.#table} WHERE id = ?`).get(toSortKey(id))
    return row === undefined ? undefined : this.#parse(row as StoredRow)
  }

  get(id: string): Doc | undefined {
    const text = this.#prepare(`SELECT doc FROM ${this.#table} WHERE id = ?`).pluck().get(toSortKey(id))
    return text === undefined ? undefined : (JSON.parse(text as string) as Doc)
  }

  /** Writes a document as the store's next change. Call inside a transaction. */
  put(context: WriteContext, doc: Doc, options: PutOptions): Seq {
    const id = doc[this.columns.primaryPath] as string
    return this.write(context, this.row(id), doc, options)
  }

  /** As `put`, for callers that have read the row already in this transaction. */
  write(context: WriteContext, previous: DocumentRow | undefined, doc: Doc, { state, origin }: PutOptions): Seq {
    const id = doc[this.columns.primaryPath] as string
    const seq = context.nextSeq()
    const deleted = doc['_deleted'] === true
    const { declaration } = this
    const scope = declaration ? scopeOf(declaration, doc) : ''
    const hash = declaration && !deleted && state !== ROW_STATE.parked ? documentHash(doc) : NO_HASH
    const pending = state !== ROW_STATE.clean
    const since = pending ? (previous && previous.since > 0 ? previous.since : context.nowMs()) : 0
    const lwt = (doc['_meta'] as { lwt: number }).lwt
    const values = [seq, deleted ? 1 : 0, lwt, state, since, scope, origin, hash, JSON.stringify(doc)]
    const indexed = this.columns.indexed.map((column) => columnValue(doc, column))
    const statement = previous ? this.#update : this.#insert
    statement.run(...values, ...indexed, toSortKey(id))
    if (declaration) context.replaceHash(this.key, id, previous, scope, hash)
    context.noteChange(this, previous?.doc, doc, seq)
    return seq
  }

  /**
   * Settles a row that was sent as `seq`: it becomes clean, waits for a retry or is parked. A row that was written
   * since then has another seq and stays as it is.
   */
  settle(context: WriteContext, id: string, seq: number, state: RowState): boolean {
    const row = this.row(id)
    if (!row || row.seq !== seq || row.state === state) return false
    const hash = state === ROW_STATE.parked || row.doc['_deleted'] === true ? NO_HASH : documentHash(row.doc)
    const since = state === ROW_STATE.clean ? 0 : row.since || context.nowMs()
    this.#prepare(`UPDATE ${this.#table} SET state = ?, since = ?, hash = ? WHERE seq = ?`).run(state, since, hash, seq)
    if (this.declaration) context.replaceHash(this.key, id, row, row.scope, hash)
    return true
  }

  /** Rows in one state, oldest change first. */
  rowsInState(state: RowState, limit: number): DocumentRow[] {
    const sql = `SELECT ${ROW} FROM ${this.#table} WHERE state = ? AND state > 0 ORDER BY seq LIMIT ?`
    return (this.#prepare(sql).all(state, limit) as StoredRow[]).map((row) => this.#parse(row))
  }

  /** Whether any row stands in a state. */
  hasState(state: RowState): boolean {
    const sql = `SELECT 1 FROM ${this.#table} WHERE state = ? AND state > 0 LIMIT 1`
    return this.#prepare(sql).get(state) !== undefined
  }

  /** How many rows stand in a state, and since when the oldest of them. */
  countInState(state: RowState): { count: number; oldestSince: number | undefined } {
    const count = this.#prepare(`SELECT count(*) FROM ${this.#table} WHERE state = ? AND state > 0`).pluck().get(state)
    const oldest = `SELECT since FROM ${this.#table} WHERE state = ? AND state > 0 ORDER BY state, since LIMIT 1`
    const oldestSince = this.#prepare(oldest).pluck().get(state) as number | undefined
    return { count: count as number, oldestSince }
  }

  /** Rows of a scope after a position, without what `exceptOrigin` sent last, in commit order. */
  rowsOfScope(scope: string, after: number, exceptOrigin: string, limit: number): DocumentRow[] {
    const sql = `SELECT ${ROW} FROM ${this.#table}
      WHERE scope = ? AND scope <> '' AND seq > ? AND origin <> ? ORDER BY seq LIMIT ?`
    return (this.#prepare(sql).all(scope, after, exceptOrigin, limit) as StoredRow[]).map((row) => this.#parse(row))
  }

  /** How many such rows there are, counted up to `limit`. */
  countOfScope(scope: string, after: number, exceptOrigin: string, limit: number): number {
    const sql = `SELECT count(*) FROM (SELECT 1 FROM ${this.#table}
      WHERE scope = ? AND scope <> '' AND seq > ? AND origin <> ? LIMIT ?)`
    return this.#prepare(sql).pluck().get(scope, after, exceptOrigin, limit) as number
  }

  /** All rows after a position in commit order. */
  rowsAfter(after: number, limit: number): DocumentRow[] {
    const sql = `SELECT ${ROW} FROM ${this.#table} WHERE seq > ? ORDER BY seq LIMIT ?`
    return (this.#prepare(sql).all(after, limit) as StoredRow[]).map((row) => this.#parse(row))
  }

  count(where: string, parameters: readonly (string | number)[]): number {
    return this.#prepare(`SELECT count(*) FROM ${this.#table} WHERE ${where}`)
      .pluck()
      .get(...parameters) as number
  }

  /** @param tail ORDER BY and LIMIT, or nothing */
  select(where: string, tail: string, parameters: readonly (string | number)[]): Doc[] {
    const statement = this.#prepare(`SELECT doc FROM ${this.#table} WHERE ${where} ${tail}`).pluck()
    return (statement.all(...parameters) as string[]).map((text) => JSON.parse(text) as Doc)
  }

  /** As `select`, one document at a time. */
  *iterate(where: string, parameters: readonly (string | number)[]): Generator<Doc> {
    const statement = this.#db.prepare(`SELECT doc FROM ${this.#table} WHERE ${where}`).pluck()
    for (const text of statement.iterate(...parameters)) yield JSON.parse(text as string) as Doc
  }

  /** Deletes up to `limit` tombstones that are older than `lwt` and that nobody waits for; how many it was. */
  purgeTombstones(lwt: number, limit: number): number {
    const sql = `DELETE FROM ${this.#table} WHERE seq IN
      (SELECT seq FROM ${this.#table} WHERE deleted = 1 AND lwt < ? AND state = 0 LIMIT ?)`
    return this.#prepare(sql).run(lwt, limit).changes
  }

  get #insert(): Database.Statement {
    const fields = this.columns.indexed.map((column) => `, ${column.column}`).join('')
    const marks = this.columns.indexed.map(() => ', ?').join('')
    return this.#prepare(
      `INSERT INTO ${this.#table} (seq, deleted, lwt, state, since, scope, origin, hash, doc${fields}, id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?${marks}, ?)`,
    )
  }

  get #update(): Database.Statement {
    const fields = this.columns.indexed.map((column) => `, ${column.column} = ?`).join('')
    return this.#prepare(
      `UPDATE ${this.#table} SET seq = ?, deleted = ?, lwt = ?, state = ?, since = ?, scope = ?, origin = ?,
       hash = ?, doc = ?${fields} WHERE id = ?`,
    )
  }

  /** The column holds the id as SQLite must compare it; the document holds it as it is. */
  #parse(row: StoredRow): DocumentRow {
    const doc = JSON.parse(row.doc) as Doc
    return { ...row, id: doc[this.columns.primaryPath] as string, doc }
  }

  #prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql)
    if (!statement) {
      if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear()
      statement = this.#db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

/** Queries with many shapes must not keep a statement each for ever. */
const MAX_STATEMENTS = 200
