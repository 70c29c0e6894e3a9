/** Exceptions: documents that failed, with the reason; after the third failure they are parked for a person. */
import { createHash } from 'node:crypto'
import type { ExceptionDirection } from '../../schemas/protocol/exceptions.ts'
import type { Store } from '../sqlite/store.ts'

/** A document's own failures until it is parked. */
export const MAX_TRIES = 3
/** With more of them a branch no longer tells headquarters what its digests leave out, and nobody knows whether it is in sync. */
export const KNOWN_EXCEPTIONS = 1000

const TABLE = `
CREATE TABLE IF NOT EXISTS exception (
  direction TEXT NOT NULL, branch_id TEXT NOT NULL, collection TEXT NOT NULL, document_id TEXT NOT NULL,
  seq INTEGER NOT NULL, tries INTEGER NOT NULL, code TEXT NOT NULL, field TEXT, reason TEXT NOT NULL, document TEXT,
  first_at REAL NOT NULL, last_at REAL NOT NULL, key TEXT NOT NULL,
  PRIMARY KEY (direction, branch_id, collection, document_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS exception_wanted ON exception (direction, last_at) WHERE tries < ${MAX_TRIES};
CREATE INDEX IF NOT EXISTS exception_parked ON exception (branch_id) WHERE tries >= ${MAX_TRIES};
CREATE INDEX IF NOT EXISTS exception_document ON exception (collection, document_id);
CREATE INDEX IF NOT EXISTS exception_key ON exception (key);
CREATE INDEX IF NOT EXISTS exception_newest ON exception (last_at, key);`

const COLUMNS = `key, direction, branch_id AS branchId, collection, document_id AS id, tries, code, field, reason,
      first_at AS firstAtMs, last_at AS lastAtMs`

/** What is told of a failure when nothing may be left of what the document said. */
export const FORGOTTEN = 'what the document said was erased for good'

export interface Failure {
  readonly direction: ExceptionDirection
  /** Whose document: at the cloud the branch, at a branch itself. */
  readonly branchId: string
  readonly collection: string
  readonly id: string
  /** Of the state that failed, in the store that it came from; without it the failure is of the same state as before. */
  readonly seq?: number | undefined
  readonly code: string
  readonly field?: string | undefined
  readonly reason: string
  /** Its last state, as JSON. */
  readonly document?: string | undefined
}

export type FailedDocument = Pick<Failure, 'collection' | 'id' | 'document'>
export type FailureOf = Pick<Failure, 'direction' | 'branchId' | 'collection' | 'id'>

export interface ExceptionRow extends Failure {
  /** Short and stable: the same document that fails in the same way has the same one. */
  readonly key: string
  readonly tries: number
  readonly firstAtMs: number
  readonly lastAtMs: number
}

export interface ExceptionSelection {
  readonly collection?: string | undefined
  readonly branchId?: string | undefined
  /** Those that are still tried by themselves, or those that are not. */
  readonly waiting?: boolean | undefined
  /** The last one of the page before. */
  readonly after?: Pick<ExceptionRow, 'lastAtMs' | 'key'> | undefined
  readonly limit?: number
  readonly withDocuments?: boolean
}

/** More of a page's documents than this, UTF-16 code units, and the page ends. */
const MAX_PAGE_LENGTH = 4 * 2 ** 20

export class Exceptions {
  readonly #store: Store
  readonly #listeners = new Set<() => void>()
  #isForgotten: (of: FailedDocument) => boolean = () => false
  #isTold = true

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  /**
   * Counts one more failure of a state; another state replaces it and has its own tries.
   *
   * @param tries what the first failure of a state counts
   * @returns how many there were
   */
  fail(failure: Failure, nowMs: number, tries = 1): number {
    const sql = `INSERT INTO exception VALUES (?, ?, ?, ?, coalesce(?, -1), ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
      tries = CASE WHEN excluded.seq IN (seq, -1) THEN tries + 1 ELSE excluded.tries END,
      seq = CASE WHEN excluded.seq = -1 THEN seq ELSE excluded.seq END, code = excluded.code, field = excluded.field, reason = excluded.reason,
      document = excluded.document, last_at = excluded.last_at
      RETURNING tries`
    const { direction, branchId, collection, id, seq, code } = failure
    const said = this.#isForgotten(failure) ? { reason: FORGOTTEN } : failure
    const { field, reason, document }: Partial<Failure> & Pick<Failure, 'reason'> = said
    const statement = this.#store.prepare(sql).pluck()
    this.#changed()
    return statement.get(
      direction,
      branchId,
      collection,
      id,
      seq ?? null,
      tries,
      code,
      field ?? null,
      reason,
      document ?? null,
      nowMs,
      nowMs,
      keyOf(failure),
    ) as number
  }

  /** From now on nothing is noted of these but that they failed: no document, no field and no reason in its words. */
  keepNothingOf(isForgotten: (of: FailedDocument) => boolean): void {
    this.#isForgotten = isForgotten
  }

  /** Takes out of a collection's exceptions what has come to be forgotten. Call inside a transaction. */
  forget(collection: string): void {
    const sql = `SELECT direction, branch_id AS branchId, document_id AS id, reason, document FROM exception
      WHERE collection = ?`
    const blank = `UPDATE exception SET document = NULL, field = NULL, reason = '${FORGOTTEN}'
      WHERE direction = ? AND branch_id = ? AND collection = ? AND document_id = ?`
    const statement = this.#store.prepare(blank)
    const found = this.#store.prepare(sql).all(collection) as (Failure & { document: string | null })[]
    for (const { direction, branchId, id, reason, document } of found) {
      if (reason === FORGOTTEN || !this.#isForgotten({ collection, id, document: document ?? undefined })) continue
      statement.run(direction, branchId, collection, id)
    }
  }

  /** A success clears what stood against the document. */
  clear(direction: Failure['direction'], branchId: string, collection: string, id: string): boolean {
    const sql = 'DELETE FROM exception WHERE direction = ? AND branch_id = ? AND collection = ? AND document_id = ?'
    const wasOne = this.#store.prepare(sql).run(direction, branchId, collection, id).changes > 0
    if (wasOne) this.#changed()
    return wasOne
  }

  /** Documents that failed and are to be asked for again. */
  wanted(
    direction: Failure['direction'],
    collections: readonly string[],
    limit: number,
  ): { collection: string; id: string }[] {
    const sql = `SELECT collection, document_id AS id FROM exception
      WHERE direction = ? AND tries < ${MAX_TRIES} AND collection IN (SELECT value FROM json_each(?)) ORDER BY last_at LIMIT ?`
    return this.#store.prepare(sql).all(direction, JSON.stringify(collections), limit) as {
      collection: string
      id: string
    }[]
  }

  /** The documents that failed on their way, once each; `undefined` where there are more. */
  ids(limit: number): { collection: string; id: string }[] | undefined {
    const sql = `SELECT DISTINCT collection, document_id AS id FROM exception WHERE direction IN ('push', 'pull') LIMIT ?`
    const found = this.#store.prepare(sql).all(limit + 1) as { collection: string; id: string }[]
    return found.length > limit ? undefined : found
  }

  /** Documents that failed and are tried again by themselves. */
  countWaiting(): number {
    const sql = `SELECT count(*) FROM exception INDEXED BY exception_wanted WHERE tries < ${MAX_TRIES}`
    return this.#store.prepare(sql).pluck().get() as number
  }

  countParked(branchId?: string): number {
    const sql = `SELECT count(*) FROM exception WHERE tries >= ${MAX_TRIES} AND (? IS NULL OR branch_id = ?)`
    return this.#store
      .prepare(sql)
      .pluck()
      .get(branchId ?? null, branchId ?? null) as number
  }

  /** A page of them, newest first. It may be shorter than asked for where their documents are long. */
  list(selection: ExceptionSelection = {}): ExceptionRow[] {
    const { collection, branchId, waiting, after, limit = 100, withDocuments = true } = selection
    const sql = `SELECT ${COLUMNS}, CASE WHEN ? THEN document END AS document FROM exception
      WHERE (last_at, key) < (?, ?) AND (? IS NULL OR collection = ?) AND (? IS NULL OR branch_id = ?)
      AND (? IS NULL OR (tries < ${MAX_TRIES}) = ?) ORDER BY last_at DESC, key DESC LIMIT ?`
    const from = after ? [after.lastAtMs, after.key] : [Number.MAX_SAFE_INTEGER, '']
    const filters = [collection, branchId, waiting === undefined ? undefined : Number(waiting)]
    const parameters = filters.flatMap((filter) => [filter ?? null, filter ?? null])
    const rows: ExceptionRow[] = []
    let length = 0
    for (const row of this.#store.prepare(sql).iterate(Number(withDocuments), ...from, ...parameters, limit)) {
      rows.push(row as ExceptionRow)
      length += (row as ExceptionRow).document?.length ?? 0
      if (length >= MAX_PAGE_LENGTH) break
    }
    return rows
  }

  /** @param key or its beginning; two are found where it is the beginning of several */
  find(key: string): ExceptionRow[] {
    const sql = `SELECT ${COLUMNS}, document FROM exception WHERE key >= ? AND key < ? ORDER BY key LIMIT 2`
    return this.#store.prepare(sql).all(key, `${key}g`) as ExceptionRow[]
  }

  /** Of one document, whichever branch it is about. */
  ofDocument(direction: Failure['direction'], collection: string, id: string): ExceptionRow[] {
    const sql = `SELECT ${COLUMNS}, document FROM exception WHERE collection = ? AND direction = ? AND document_id = ?`
    return this.#store.prepare(sql).all(collection, direction, id) as ExceptionRow[]
  }

  /** Lets a state be tried three times more. */
  resetTries({ direction, branchId, collection, id }: FailureOf): void {
    const sql = `UPDATE exception SET tries = 0
      WHERE direction = ? AND branch_id = ? AND collection = ? AND document_id = ?`
    this.#store.prepare(sql).run(direction, branchId, collection, id)
    this.#changed()
  }

  /** Calls back in a later turn: what stands there now may be other than before. No document need have changed with it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Once for all that change in one turn, when their transactions are through. */
  #changed(): void {
    if (!this.#isTold || this.#listeners.size === 0) return
    this.#isTold = false
    setImmediate(() => {
      this.#isTold = true
      for (const listener of this.#listeners) listener()
    })
  }
}

/** Never digits alone, as phones are. */
function keyOf({ direction, branchId, collection, id }: FailureOf): string {
  const text = JSON.stringify([direction, branchId, collection, id])
  return `x${createHash('sha256').update(text).digest('hex').slice(0, 12)}`
}
