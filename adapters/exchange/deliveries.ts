/** Delivery records: what the cloud has handed to a branch and has no receipts for yet. */
import { randomUUID } from 'node:crypto'
import type { Receipt } from '../../schemas/protocol/exchange.ts'
import type { Store } from '../sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS delivery (
  id TEXT PRIMARY KEY, branch_id TEXT NOT NULL, class INTEGER NOT NULL, up_to INTEGER NOT NULL,
  documents TEXT NOT NULL, at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS delivery_branch ON delivery (branch_id, class);`

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

  /** Notes a page. Of one class only the latest page can be unconfirmed, since the branch takes one at a time. */
  note(
    branchId: string,
    syncClass: number,
    upTo: number,
    documents: readonly DeliveredDocument[],
    nowMs: number,
  ): string {
    const id = randomUUID()
    const listed = JSON.stringify(documents.map((d) => [d.collection, d.id, d.seq]))
    this.#store.prepare('DELETE FROM delivery WHERE branch_id = ? AND class = ?').run(branchId, syncClass)
    this.#store
      .prepare('INSERT INTO delivery VALUES (?, ?, ?, ?, ?, ?)')
      .run(id, branchId, syncClass, upTo, listed, nowMs)
    return id
  }

  /**
   * Takes receipts for a delivery. Those of documents that were not in it are ignored; a repeat after the first
   * confirmation finds nothing and is harmless.
   *
   * @returns the receipts that count
   */
  confirm(branchId: string, delivery: string, receipts: readonly Receipt[]): readonly Receipt[] {
    const sql = 'SELECT documents FROM delivery WHERE id = ? AND branch_id = ?'
    const listed = this.#store.prepare(sql).pluck().get(delivery, branchId) as string | undefined
    if (listed === undefined) return []
    const handed = new Set((JSON.parse(listed) as [string, string, number][]).map((entry) => entry.join('\n')))
    this.#store.prepare('DELETE FROM delivery WHERE id = ?').run(delivery)
    return receipts.filter(({ collection, id, seq }) => handed.has([collection, id, seq].join('\n')))
  }

  /** Documents that were handed out and not confirmed. */
  unconfirmed(branchId: string): number {
    const sql = 'SELECT coalesce(sum(json_array_length(documents)), 0) FROM delivery WHERE branch_id = ?'
    return this.#store.prepare(sql).pluck().get(branchId) as number
  }
}
