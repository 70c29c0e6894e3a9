/** Delivery records: what the cloud has handed to a branch and has no receipts for yet. */
import { randomUUID } from 'node:crypto'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { Positions, Receipt } from '../../schemas/protocol/exchange.ts'
import type { Store } from '../sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS delivery (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, branch_id TEXT NOT NULL, class INTEGER NOT NULL,
  up_to INTEGER NOT NULL, documents TEXT NOT NULL, at REAL NOT NULL, is_confirmed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS delivery_branch ON delivery (branch_id, class);
CREATE TABLE IF NOT EXISTS carried_delivery (delivery_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS carried_begin (
  branch_id TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (branch_id, number)
) STRICT, WITHOUT ROWID;`

/** Bundles to a branch whose pages are remembered while it says nothing: any of them may still be under way. */
const KEPT_BUNDLES = 50

export interface DeliveredDocument {
  readonly collection: string
  readonly id: string
  readonly seq: number
}

export class Deliveries {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  /**
   * Notes a page. Of one class the three before it are kept, confirmed or not, beside those that are carried together: a
   * branch takes a page while it asks for the next one, with the receipts of the one before, and any answer may be lost.
   */
  note(
    branchId: string,
    syncClass: number,
    upTo: number,
    documents: readonly DeliveredDocument[],
    nowMs: number,
    carried: boolean,
  ): string {
    const id = randomUUID()
    const listed = JSON.stringify(documents.map((d) => [d.collection, d.id, d.seq]))
    const replaced = `DELETE FROM delivery WHERE branch_id = ? AND class = ?
      AND id NOT IN (SELECT delivery_id FROM carried_delivery) AND id NOT IN (
        SELECT id FROM delivery WHERE branch_id = ? AND class = ?
          AND id NOT IN (SELECT delivery_id FROM carried_delivery) ORDER BY number DESC LIMIT 3)`
    if (carried) this.#store.prepare('INSERT INTO carried_delivery VALUES (?)').run(id)
    else this.#store.prepare(replaced).run(branchId, syncClass, branchId, syncClass)
    this.#store
      .prepare('INSERT INTO delivery (id, branch_id, class, up_to, documents, at) VALUES (?, ?, ?, ?, ?, ?)')
      .run(id, branchId, syncClass, upTo, listed, nowMs)
    return id
  }

  /**
   * The branch has come this far and has no receipts left: forgets what was handed out before and never came, and what was
   * carried to it.
   */
  forgetPassed(branchId: string, positions: Positions): void {
    const passed = `SELECT id FROM delivery WHERE branch_id = ? AND class = ? AND up_to <= ?
      AND (is_confirmed = 0 OR id IN (SELECT delivery_id FROM carried_delivery))`
    for (const [syncClass, { seq }] of Object.entries(positions)) {
      this.#forget(this.#store.prepare(passed).pluck().all(branchId, Number(syncClass), seq))
    }
  }

  /** A bundle for the branch begins: what the oldest ones carried is forgotten. Call inside a transaction. */
  beginBundle(branchId: string): void {
    const next = this.#store.prepare('SELECT coalesce(max(number), 0) + 1 FROM delivery').pluck().get() as number
    // A number is given anew when the last deliveries are gone.
    this.#store.prepare('DELETE FROM carried_begin WHERE branch_id = ? AND number >= ?').run(branchId, next)
    this.#store.prepare('INSERT INTO carried_begin VALUES (?, ?)').run(branchId, next)
    const oldest = 'SELECT number FROM carried_begin WHERE branch_id = ? ORDER BY number DESC LIMIT 1 OFFSET ?'
    const kept = this.#store
      .prepare(oldest)
      .pluck()
      .get(branchId, KEPT_BUNDLES - 1) as number | undefined
    if (kept !== undefined) this.#forgetCarried(branchId, kept)
  }

  /** Whoever had these bundles is no longer the branch: nobody answers them. Call inside a transaction. */
  forgetBundles(branchId: string): void {
    this.#forgetCarried(branchId, Number.MAX_SAFE_INTEGER)
  }

  #forgetCarried(branchId: string, before: number): void {
    const carried = `SELECT id FROM delivery WHERE branch_id = ? AND number < ?
      AND id IN (SELECT delivery_id FROM carried_delivery)`
    this.#forget(this.#store.prepare(carried).pluck().all(branchId, before))
    this.#store.prepare('DELETE FROM carried_begin WHERE branch_id = ? AND number < ?').run(branchId, before)
  }

  #forget(ids: readonly unknown[]): void {
    for (const id of ids) {
      this.#store.prepare('DELETE FROM delivery WHERE id = ?').run(id)
      this.#store.prepare('DELETE FROM carried_delivery WHERE delivery_id = ?').run(id)
    }
  }

  /**
   * Takes receipts for a delivery. Those of documents that were not in it are ignored; a repeat after the first
   * confirmation is harmless.
   *
   * @returns the receipts that count
   * @throws OutpostError DELIVERY_UNKNOWN where nothing of the kind was handed to this branch
   */
  confirm(branchId: string, delivery: string, receipts: readonly Receipt[]): readonly Receipt[] {
    const sql = 'SELECT documents, is_confirmed AS isConfirmed FROM delivery WHERE id = ? AND branch_id = ?'
    const row = this.#store.prepare(sql).get(delivery, branchId) as
      | { documents: string; isConfirmed: number }
      | undefined
    if (!row) throw new OutpostError('DELIVERY_UNKNOWN', 'headquarters has handed no such delivery to this branch')
    if (row.isConfirmed === 1) return []
    const handed = new Set((JSON.parse(row.documents) as [string, string, number][]).map((entry) => entry.join('\n')))
    // Kept for some pages of the class, so that a repeat can be told from what was never handed out.
    this.#store.prepare(`UPDATE delivery SET is_confirmed = 1, documents = '[]' WHERE id = ?`).run(delivery)
    return receipts.filter(({ collection, id, seq }) => handed.has([collection, id, seq].join('\n')))
  }

  /** Up to where pages were handed out, and when; by class, the newest last. */
  handed(branchId: string): { readonly class: number; readonly upTo: number; readonly atMs: number }[] {
    const sql = 'SELECT class, up_to AS upTo, at AS atMs FROM delivery WHERE branch_id = ? ORDER BY class, number'
    return this.#store.prepare(sql).all(branchId) as { class: number; upTo: number; atMs: number }[]
  }

  /** Documents that were handed out and not confirmed. */
  unconfirmed(branchId: string): number {
    const sql = 'SELECT coalesce(sum(json_array_length(documents)), 0) FROM delivery WHERE branch_id = ?'
    return this.#store.prepare(sql).pluck().get(branchId) as number
  }
}
