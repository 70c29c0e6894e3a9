/**
 * How the members of each branch came together with headquarters': which registrations made a new member, which joined
 * one, which were nobody's, which were refused. It is what a chain that joins is told.
 */
import type { JoiningReport } from '../../schemas/protocol/identity.ts'
import type { Store } from '../sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS joining (
  branch_id TEXT NOT NULL, key TEXT NOT NULL, member_id TEXT NOT NULL, outcome TEXT NOT NULL, code TEXT, at REAL NOT NULL,
  PRIMARY KEY (branch_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS joining_outcome ON joining (branch_id, outcome, at);
CREATE TABLE IF NOT EXISTS registered (
  registration_id TEXT PRIMARY KEY, member_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;`

export type JoiningOutcome = keyof JoiningReport['counts']

export class JoiningLog {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  /**
   * Notes what became of a registration; the last word counts. Call inside the transaction that it is about.
   *
   * @param key the registration, or the member's id where the document as a whole was refused
   */
  note(branchId: string, key: string, memberId: string, outcome: JoiningOutcome, atMs: number, code?: string): void {
    const sql = 'INSERT OR REPLACE INTO joining VALUES (?, ?, ?, ?, ?, ?)'
    this.#store.prepare(sql).run(branchId, key, memberId, outcome, code ?? null, atMs)
  }

  /** Notes under which id a registration came first. Call inside the transaction that takes it. */
  noteRegistered(registrationId: string, memberId: string): void {
    this.#store.prepare('INSERT OR IGNORE INTO registered VALUES (?, ?)').run(registrationId, memberId)
  }

  /** The id under which a registration came first; `undefined` for one that has not come. */
  registeredAt(registrationId: string): string | undefined {
    const sql = 'SELECT member_id FROM registered WHERE registration_id = ?'
    return this.#store.prepare(sql).pluck().get(registrationId) as string | undefined
  }

  /** What was refused before has been taken. */
  clear(branchId: string, key: string): void {
    this.#store.prepare('DELETE FROM joining WHERE branch_id = ? AND key = ?').run(branchId, key)
  }

  /** Registrations by what became of them. */
  counts(branchId: string): JoiningReport['counts'] {
    const rows = this.#store.prepare('SELECT outcome, count(*) AS n FROM joining WHERE branch_id = ? GROUP BY outcome')
    const counts = { new: 0, merged: 0, ambiguous: 0, refused: 0 }
    for (const { outcome, n } of rows.all(branchId) as { outcome: JoiningOutcome; n: number }[]) counts[outcome] = n
    return counts
  }

  /** What was refused, the newest first. */
  refused(branchId: string, limit: number): JoiningReport['refused'] {
    const sql = `SELECT member_id AS memberId, code FROM joining
      WHERE branch_id = ? AND outcome = 'refused' ORDER BY at DESC LIMIT ?`
    return this.#store.prepare(sql).all(branchId, limit) as { memberId: string; code: string }[]
  }
}
