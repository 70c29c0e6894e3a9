/**
 * The documents of one storage key (database, collection, version): their rows, and the one path of every write. Long, since
 * the questions that a node asks of these rows stand together: each must find its rows by one of their indexes.
 */
import type Database from 'better-sqlite3'
import type { Seq } from '../../schemas/brand.ts'
import { scopeOf, type CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { AttachmentTable } from './attachment-table.ts'
import type { DocumentCache } from './document-cache.ts'
import { columnValue, rowColumns, type DocumentColumns } from './document-columns.ts'
import { documentHash, NO_HASH } from './document-hash.ts'
import { DocumentReader } from './document-reader.ts'
import { ROW_STATE, type DocumentRow, type RowPage, type RowState } from './document-row.ts'
import { documentTableName } from './layout.ts'
import { RowStatements, type RowValue } from './row-statements.ts'
import { fromSortKey, toSortKey } from './sort-key.ts'
import { StatementCache } from './statement-cache.ts'

export interface PutOptions {
  readonly state: RowState
  readonly origin: string
  /** Who is to hear of the change first-hand: one instance of an RxDB storage, or everybody if absent. */
  readonly writer?: object
}

export interface Change {
  readonly table: DocumentTable
  readonly previous: Doc | undefined
  readonly doc: Doc
  readonly seq: Seq
  readonly scope: string
  /** The node that wrote it; '' for this one. */
  readonly origin: string
  /** Of the document's JSON, UTF-16 code units. */
  readonly length: number
  readonly writer: object | undefined
}

/** What the table needs of its store while a transaction is open. */
export interface WriteContext {
  nextSeq(): Seq
  nowMs(): number
  replaceHash(key: number, id: string, from: Hashed | undefined, to: Hashed): void
  noteChange(change: Change): void
}

type Hashed = Pick<DocumentRow, 'scope' | 'hash'>
type Facts = Omit<DocumentRow, 'doc' | 'id'>
type StoredRow = Facts & { readonly doc: string }
type Values = RowValue[]

export interface DocumentTableParts {
  readonly db: Database.Database
  readonly key: number
  readonly name: string
  readonly columns: DocumentColumns
  /** Absent for collections that are not replicated. */
  readonly declaration: CollectionDeclaration | undefined
  readonly cache: DocumentCache
  readonly attachments: AttachmentTable
}

/** Of a replicated document's JSON, UTF-16 code units: alone in a request it stays below what the other side takes. */
const MAX_LENGTH = 4 * 2 ** 20

/** Documents of an exchange are read until their JSON is this long, UTF-16 code units. */
const MAX_PAGE_LENGTH = 3 * 2 ** 20

const FACTS = 'seq, state, since, pending, scope, origin, hash'
/** Rows of one statement of a bulk insert: more would only lengthen the statement. */
const CHUNK = 50

export class DocumentTable {
  readonly key: number
  readonly name: string
  readonly columns: DocumentColumns
  readonly declaration: CollectionDeclaration | undefined
  /** Nothing may be read or written afterwards. */
  isDropped = false
  readonly #db: Database.Database
  readonly #attachments: AttachmentTable
  readonly #statements: StatementCache
  readonly #table: string
  readonly #reader: DocumentReader
  readonly #writer: RowStatements

  constructor({ db, key, name, columns, declaration, cache, attachments }: DocumentTableParts) {
    this.#db = db
    this.key = key
    this.name = name
    this.columns = columns
    this.declaration = declaration
    this.#attachments = attachments
    this.#statements = new StatementCache(db)
    this.#table = documentTableName(key)
    this.#reader = new DocumentReader(this.#statements, this.#table, cache)
    this.#writer = new RowStatements(db, this.#statements, this.#table, rowColumns(columns))
  }

  row(id: string): DocumentRow | undefined {
    const sql = `SELECT ${FACTS} FROM ${this.#table} WHERE id = ?`
    const facts = this.#statements.prepare(sql).get(toSortKey(id)) as Facts | undefined
    return facts && { ...facts, id, doc: this.#reader.docAt(facts.seq) }
  }

  get(id: string): Doc | undefined {
    const sql = `SELECT seq FROM ${this.#table} WHERE id = ?`
    const seq = this.#statements.preparePlucked(sql).get(toSortKey(id)) as number | undefined
    return seq === undefined ? undefined : this.#reader.docAt(seq)
  }

  /** Writes a document as the store's next change. Call inside a transaction. */
  put(context: WriteContext, doc: Doc, options: PutOptions): Seq {
    const id = doc[this.columns.primaryPath] as string
    return this.write(context, this.row(id), doc, options)
  }

  /** As `put`, for callers that have read the row already in this transaction. */
  write(context: WriteContext, previous: DocumentRow | undefined, doc: Doc, options: PutOptions): Seq {
    const values: Values = []
    const change = this.#append(values, context, previous, doc, options)
    if (previous) {
      this.#writer.update(previous.seq, values)
      if (this.columns.hasAttachments) this.#attachments.prune(this.key, change.id, previous.doc, doc)
    } else {
      this.#writer.insert(values)
    }
    this.#note(context, previous, change, options)
    return change.seq
  }

  /**
   * Inserts documents that are probably new. Call inside a transaction.
   *
   * @param docs with different ids
   * @returns those that were there already, and were left as they are
   */
  insertNew(context: WriteContext, docs: readonly Doc[], options: PutOptions): Doc[] {
    const refused: Doc[] = []
    for (let start = 0; start < docs.length; start += CHUNK) {
      const chunk = docs.slice(start, start + CHUNK)
      const values: Values = []
      const changes = chunk.map((doc) => this.#append(values, context, undefined, doc, options))
      const inserted = this.#writer.insertMissing(chunk.length, values)
      for (const change of changes) {
        if (inserted === changes.length || this.#seqOf(change.id) === change.seq) {
          this.#note(context, undefined, change, options)
        } else refused.push(change.doc)
      }
    }
    return refused
  }

  /**
   * Settles a row that was sent as `seq`: it becomes clean, waits for a retry or is parked. A row that was written
   * since then has another seq and stays as it is.
   */
  settle(context: WriteContext, id: string, seq: number, state: RowState): boolean {
    const row = this.row(id)
    if (!row || row.seq !== seq || row.state === state) return false
    // Only what is parked does not count, so only then, or when it was, does the hash change.
    const parks = state === ROW_STATE.parked || row.state === ROW_STATE.parked
    const hash = parks ? this.#hash(row.doc, state) : row.hash
    const since = state === ROW_STATE.clean ? 0 : row.since || context.nowMs()
    const pending = state === ROW_STATE.clean ? 0 : row.pending || seq
    const sql = `UPDATE ${this.#table} SET state = ?, since = ?, pending = ?, hash = ? WHERE seq = ?`
    this.#statements.prepare(sql).run(state, since, pending, hash, seq)
    if (this.declaration) context.replaceHash(this.key, id, row, { scope: row.scope, hash })
    return true
  }

  /** Whether a document is here, deleted or not. */
  has(id: string): boolean {
    return this.#seqOf(id) !== undefined
  }

  /** What was written with these seqs and has not been written since is no longer pending. */
  settleUnchanged(seqs: readonly number[]): void {
    const sql = `UPDATE ${this.#table} SET state = 0, since = 0, pending = 0
      WHERE seq IN (SELECT value FROM json_each(?)) AND state IN (${ROW_STATE.dirty}, ${ROW_STATE.retry})`
    this.#statements.prepare(sql).run(JSON.stringify(seqs))
  }

  /** All that is clean becomes pending, in the order in which it was written. */
  markAllPending(context: WriteContext): void {
    const sql = `UPDATE ${this.#table} SET state = ?, since = ?, pending = seq WHERE state = 0`
    this.#statements.prepare(sql).run(ROW_STATE.dirty, context.nowMs())
  }

  /** Rows in one state, oldest pending first, those behind `after` in that order, as far as they fit into a page. */
  rowsInState(state: RowState, limit: number, after = 0): RowPage {
    const sql = `SELECT ${FACTS}, doc FROM ${this.#table} WHERE state = ? AND state > 0 AND pending > ? ORDER BY pending LIMIT ?`
    return this.#page(sql, MAX_PAGE_LENGTH, state, after, limit)
  }

  /** Whether any row stands in a state. */
  hasState(state: RowState): boolean {
    const sql = `SELECT 1 FROM ${this.#table} WHERE state = ? AND state > 0 LIMIT 1`
    return this.#statements.prepare(sql).get(state) !== undefined
  }

  /** How many rows stand in a state, and since when the oldest of them. */
  countInState(state: RowState): { count: number; oldestSince: number | undefined } {
    const count = this.count('state = ? AND state > 0', [state])
    const oldest = `SELECT since FROM ${this.#table} WHERE state = ? AND state > 0 ORDER BY pending LIMIT 1`
    const oldestSince = this.#statements.preparePlucked(oldest).get(state) as number | undefined
    return { count, oldestSince }
  }

  /**
   * Rows of a scope after a position, without what `exceptOrigin` sent last, in commit order.
   *
   * @param maxLength of their documents' JSON together, UTF-16 code units, which the last one may exceed
   */
  rowsOfScope(
    scope: string,
    after: number,
    exceptOrigin: string,
    limit: number,
    maxLength: number = MAX_PAGE_LENGTH,
  ): RowPage {
    const sql = `SELECT ${FACTS}, doc FROM ${this.#table}
      WHERE scope = ? AND scope <> '' AND seq > ? AND origin <> ? ORDER BY seq LIMIT ?`
    return this.#page(sql, maxLength, scope, after, exceptOrigin, limit)
  }

  /** How many such rows there are, counted up to `limit`. */
  countOfScope(scope: string, after: number, exceptOrigin: string, limit: number): number {
    const sql = `SELECT count(*) FROM (SELECT 1 FROM ${this.#table}
      WHERE scope = ? AND scope <> '' AND seq > ? AND origin <> ? LIMIT ?)`
    return this.#statements.preparePlucked(sql).get(scope, after, exceptOrigin, limit) as number
  }

  /**
   * Ids and hashes of the documents that a scope's digest counts, in commit order.
   *
   * @param most rows that are looked at, whether they count or not
   * @returns also the seq of the last one that was looked at; `undefined` behind the last row
   */
  hashesAfter(
    scope: string,
    after: number,
    most: number,
  ): { readonly documents: { id: string; hash: number }[]; readonly lastSeq: number | undefined } {
    const sql = `SELECT seq, id, hash FROM ${this.#table} WHERE scope = ? AND scope <> '' AND seq > ? ORDER BY seq LIMIT ?`
    const rows = this.#statements.prepare(sql).all(scope, after, most) as { seq: number; id: string; hash: number }[]
    const documents = rows.flatMap(({ id, hash }) => (hash === NO_HASH ? [] : { id: fromSortKey(id), hash }))
    return { documents, lastSeq: rows.length < most ? undefined : rows.at(-1)!.seq }
  }

  /** All rows after a position in commit order. */
  rowsAfter(after: number, limit: number): DocumentRow[] {
    return this.#rows(`SELECT ${FACTS}, doc FROM ${this.#table} WHERE seq > ? ORDER BY seq LIMIT ?`, after, limit)
  }

  /** Rows of a scope, or of all, from before a position, what was written last first. */
  newestBefore(scope: string | undefined, before: number, limit: number): DocumentRow[] {
    const select = `SELECT ${FACTS}, doc FROM ${this.#table}`
    if (scope === undefined) return this.#rows(`${select} WHERE seq < ? ORDER BY seq DESC LIMIT ?`, before, limit)
    const sql = `${select} WHERE scope = ? AND scope <> '' AND seq < ? ORDER BY seq DESC LIMIT ?`
    return this.#rows(sql, scope, before, limit)
  }

  /**
   * All rows after a position in commit order, as far as they fit into a page.
   *
   * @param maxLength as for `rowsOfScope`
   */
  pageAfter(after: number, limit: number, maxLength: number = MAX_PAGE_LENGTH): RowPage {
    const sql = `SELECT ${FACTS}, doc FROM ${this.#table} WHERE seq > ? ORDER BY seq LIMIT ?`
    return this.#page(sql, maxLength, after, limit)
  }

  /** Rows in the order of their ids, behind one or from the first, as far as they fit into a page. */
  pageById(after: string | undefined, limit: number, maxLength: number = MAX_PAGE_LENGTH): RowPage {
    const sql = `SELECT ${FACTS}, doc FROM ${this.#table} WHERE id ${after === undefined ? '>=' : '>'} ? ORDER BY id LIMIT ?`
    return this.#page(sql, maxLength, toSortKey(after ?? ''), limit)
  }

  /** As `rowsAfter`, where only the documents and the last position matter. */
  changesAfter(after: number, limit: number): { readonly docs: Doc[]; readonly lastSeq: number | undefined } {
    const sql = `SELECT seq FROM ${this.#table} WHERE seq > ? ORDER BY seq LIMIT ?`
    const seqs = this.#statements.preparePlucked(sql).all(after, limit) as number[]
    return { docs: this.#reader.docsAt(seqs, false), lastSeq: seqs.at(-1) }
  }

  count(where: string, parameters: readonly (string | number)[]): number {
    const sql = `SELECT count(*) FROM ${this.#table} WHERE ${where}`
    return this.#statements.preparePlucked(sql).get(...parameters) as number
  }

  /** @param tail ORDER BY and LIMIT, or nothing */
  select(where: string, tail: string, parameters: readonly (string | number)[]): Doc[] {
    const sql = `SELECT seq FROM ${this.#table} WHERE ${where} ${tail}`
    const seqs = this.#statements.preparePlucked(sql).all(parameters) as number[]
    return this.#reader.docsAt(seqs, seqs.length <= MAX_KEPT)
  }

  /** As `select`, some documents at a time, for readers that may stop early or must not hold everything. */
  *iterate(where: string, tail: string, parameters: readonly (string | number)[]): Generator<Doc> {
    // An iterator keeps its statement busy, so it has one of its own.
    const statement = this.#db.prepare(`SELECT seq FROM ${this.#table} WHERE ${where} ${tail}`).pluck()
    let seqs: number[] = []
    for (const seq of statement.iterate(parameters)) {
      seqs.push(seq as number)
      if (seqs.length < READ_AHEAD) continue
      yield* this.#reader.docsAt(seqs, false)
      seqs = []
    }
    yield* this.#reader.docsAt(seqs, false)
  }

  /** Deletes up to `limit` tombstones written at `lwt` or before that nobody waits for; how many it was. */
  purgeTombstones(lwt: number, limit: number): number {
    const sql = `DELETE FROM ${this.#table} WHERE seq IN
      (SELECT seq FROM ${this.#table} INDEXED BY ${this.#table}_tombstone WHERE deleted = 1 AND lwt <= ? AND state = 0 LIMIT ?)`
    return this.#statements.prepare(sql).run(lwt, limit).changes
  }

  /** Tombstones up to a seq that nobody waits for, in the order in which they were written. */
  tombstonesUpTo(seq: number, limit: number): DocumentRow[] {
    const sql = `SELECT ${FACTS}, doc FROM ${this.#table} INDEXED BY ${this.#table}_tombstone
      WHERE deleted = 1 AND state = 0 AND seq <= ? ORDER BY lwt LIMIT ?`
    return this.#rows(sql, seq, limit)
  }

  /** Takes a row away without a trace; only of one that the digest does not count. */
  drop({ seq }: Pick<DocumentRow, 'seq'>): void {
    this.#statements.prepare(`DELETE FROM ${this.#table} WHERE seq = ?`).run(seq)
  }

  putAttachment(documentId: string, attachmentId: string, digest: string, data: Uint8Array): void {
    this.#attachments.put(this.key, documentId, attachmentId, digest, data)
  }

  attachment(documentId: string, attachmentId: string, digest: string): Buffer | undefined {
    return this.#attachments.get(this.key, documentId, attachmentId, digest)
  }

  /** Appends a row's values in the order of its columns. */
  #append(
    values: Values,
    context: WriteContext,
    previous: DocumentRow | undefined,
    doc: Doc,
    { state, origin }: PutOptions,
  ) {
    const id = doc[this.columns.primaryPath] as string
    const seq = context.nextSeq()
    const scope = this.declaration ? scopeOf(this.declaration, doc) : ''
    const hash = this.#hash(doc, state)
    const text = JSON.stringify(doc)
    if (this.declaration && text.length > MAX_LENGTH) {
      throw new OutpostError('DOCUMENT_TOO_LARGE', `${this.name} ${id} would be ${text.length} characters of JSON`)
    }
    const isPending = state !== ROW_STATE.clean
    const since = isPending ? previous?.since || context.nowMs() : 0
    const pending = isPending ? previous?.pending || seq : 0
    const { lwt } = doc['_meta'] as { lwt: number }
    values.push(seq, toSortKey(id), doc['_deleted'] === true ? 1 : 0, lwt, state, since, pending, scope, origin, hash)
    for (const column of this.columns.indexed) values.push(columnValue(doc, column))
    values.push(text)
    return { id, seq, doc, scope, hash, length: text.length }
  }

  #note(
    context: WriteContext,
    previous: DocumentRow | undefined,
    change: { id: string; seq: Seq; doc: Doc; scope: string; hash: number; length: number },
    { writer, origin }: PutOptions,
  ): void {
    const { id, seq, doc, scope, length } = change
    if (this.declaration) context.replaceHash(this.key, id, previous, change)
    context.noteChange({ table: this, previous: previous?.doc, doc, seq, scope, origin, length, writer })
  }

  #hash(doc: Doc, state: RowState): number {
    const counts = this.declaration !== undefined && doc['_deleted'] !== true && state !== ROW_STATE.parked
    return counts ? documentHash(doc) : NO_HASH
  }

  #seqOf(id: string): number | undefined {
    const sql = `SELECT seq FROM ${this.#table} WHERE id = ?`
    return this.#statements.preparePlucked(sql).get(toSortKey(id)) as number | undefined
  }

  #rows(sql: string, ...parameters: readonly (string | number)[]): DocumentRow[] {
    const rows = this.#statements.prepare(sql).all(...parameters) as StoredRow[]
    return rows.map((row) => this.#parsed(row))
  }

  #page(sql: string, maxLength: number, ...parameters: readonly (string | number)[]): RowPage {
    const rows: DocumentRow[] = []
    let length = 0
    for (const found of this.#statements.prepare(sql).iterate(...parameters)) {
      const row = found as StoredRow
      rows.push(this.#parsed(row))
      length += row.doc.length
      if (length >= maxLength) return { rows, isCut: true }
    }
    return { rows, isCut: false }
  }

  /** The column holds the id as SQLite must compare it; the document holds it as it is. */
  #parsed(row: StoredRow): DocumentRow {
    const doc = this.#reader.parsed(row.seq, row.doc)
    return { ...row, id: doc[this.columns.primaryPath] as string, doc }
  }
}

/** Results that are larger do not go into the cache: whoever reads everything should not decide what stays. */
const MAX_KEPT = 1000
const READ_AHEAD = 64
