/** Exceptions: documents that failed, with the reason; after the third failure they are parked for a person. */
import type { Store } from '../sqlite/store.ts'

/** A document's own failures until it is parked. */
export const MAX_TRIES = 3

const TABLE = `
CREATE TABLE IF NOT EXISTS exception (
  direction TEXT NOT NULL, branch_id TEXT NOT NULL, collection TEXT NOT NULL, document_id TEXT NOT NULL,
  seq INTEGER NOT NULL, tries INTEGER NOT NULL, code TEXT NOT NULL, field TEXT, reason TEXT NOT NULL, document TEXT,
  first_at REAL NOT NULL, last_at REAL NOT NULL,
  PRIMARY KEY (direction, branch_id, collection, document_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS exception_wanted ON exception (direction, last_at) WHERE tries < ${MAX_TRIES};
CREATE INDEX IF NOT EXISTS exception_parked ON exception (branch_id) WHERE tries >= ${MAX_TRIES};
CREATE INDEX IF NOT EXISTS exception_of ON exception (collection);`

/** What is told of a failure when nothing may be left of what the document said. */
const FORGOTTEN = 'what the document said was erased for good'

export interface Failure {
  /** `push`: from branch to cloud; `pull`: from cloud to branch; `here`: of this store's own document, wherever it came from. */
  readonly direction: 'push' | 'pull' | 'here'
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

export interface ExceptionRow extends Failure {
  readonly tries: number
  readonly firstAtMs: number
  readonly lastAtMs: number
}

export class Exceptions {
  readonly #store: Store
  #isForgotten: (of: FailedDocument) => boolean = () => false

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
    const sql = `INSERT INTO exception VALUES (?, ?, ?, ?, coalesce(?, -1), ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
      tries = CASE WHEN excluded.seq IN (seq, -1) THEN tries + 1 ELSE excluded.tries END,
      seq = CASE WHEN excluded.seq = -1 THEN seq ELSE excluded.seq END, code = excluded.code, field = excluded.field, reason = excluded.reason,
      document = excluded.document, last_at = excluded.last_at
      RETURNING tries`
    const { direction, branchId, collection, id, seq, code } = failure
    const said = this.#isForgotten(failure) ? { reason: FORGOTTEN } : failure
    const { field, reason, document }: Partial<Failure> & Pick<Failure, 'reason'> = said
    const statement = this.#store.prepare(sql).pluck()
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
  clear(direction: Failure['direction'], branchId: string, collection: string, id: string): void {
    const sql = 'DELETE FROM exception WHERE direction = ? AND branch_id = ? AND collection = ? AND document_id = ?'
    this.#store.prepare(sql).run(direction, branchId, collection, id)
  }

  /** Documents that failed and are to be asked for again. */
  wanted(direction: Failure['direction'], limit: number): { collection: string; id: string }[] {
    const sql = `SELECT collection, document_id AS id FROM exception
      WHERE direction = ? AND tries < ${MAX_TRIES} ORDER BY last_at LIMIT ?`
    return this.#store.prepare(sql).all(direction, limit) as { collection: string; id: string }[]
  }

  countParked(branchId?: string): number {
    const sql = `SELECT count(*) FROM exception WHERE tries >= ${MAX_TRIES} AND (? IS NULL OR branch_id = ?)`
    return this.#store
      .prepare(sql)
      .pluck()
      .get(branchId ?? null, branchId ?? null) as number
  }

  list(): ExceptionRow[] {
    const sql = `SELECT direction, branch_id AS branchId, collection, document_id AS id, tries, code, field, reason,
      document, first_at AS firstAtMs, last_at AS lastAtMs FROM exception ORDER BY last_at DESC`
    return this.#store.prepare(sql).all() as ExceptionRow[]
  }
}
