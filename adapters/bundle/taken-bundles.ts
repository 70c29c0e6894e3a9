/** Which bundles a node has taken, and how far: one that is taken twice, or again after a crash, changes nothing. */
import type { BundleHeader } from '../../schemas/protocol/bundle.ts'
import type { Store } from '../sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS taken_bundle (
  id TEXT PRIMARY KEY, branch_id TEXT NOT NULL, frames INTEGER NOT NULL, is_done INTEGER NOT NULL, at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS taken_bundle_at ON taken_bundle (branch_id, at);`

/** Of one branch; an older one is refused for other reasons. */
const KEPT = 1000

export class TakenBundles {
  readonly #store: Store
  readonly #nowMs: () => number

  constructor(store: Store, nowMs: () => number) {
    this.#store = store
    this.#nowMs = nowMs
    store.ensureTable(TABLE)
  }

  find({ id }: BundleHeader): { readonly frames: number; readonly isDone: boolean } | undefined {
    const sql = 'SELECT frames, is_done AS isDone FROM taken_bundle WHERE id = ?'
    const row = this.#store.prepare(sql).get(id) as { frames: number; isDone: number } | undefined
    return row && { frames: row.frames, isDone: row.isDone === 1 }
  }

  /** Call inside the transaction that takes the frame. @param frames how many are taken with it */
  note({ id, branchId }: BundleHeader, frames: number): void {
    const sql = `INSERT INTO taken_bundle VALUES (?, ?, ?, 0, ?)
      ON CONFLICT DO UPDATE SET frames = excluded.frames, at = excluded.at`
    this.#store.prepare(sql).run(id, branchId, frames, this.#nowMs())
  }

  noteAlone(header: BundleHeader, frames: number): void {
    this.#store.transaction('bundle', () => this.note(header, frames))
  }

  done({ id, branchId }: BundleHeader): void {
    const sql = `INSERT INTO taken_bundle VALUES (?, ?, 0, 1, ?) ON CONFLICT DO UPDATE SET is_done = 1`
    const forget = `DELETE FROM taken_bundle WHERE branch_id = ? AND at <= (
      SELECT at FROM taken_bundle WHERE branch_id = ? ORDER BY at DESC LIMIT 1 OFFSET ?)`
    this.#store.transaction('bundle', () => {
      this.#store.prepare(sql).run(id, branchId, this.#nowMs())
      this.#store.prepare(forget).run(branchId, branchId, KEPT)
    })
  }
}
