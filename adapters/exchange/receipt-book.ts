/** Receipts: the outcome of each received document, kept until the cloud has confirmed that it knows. */
import type { Receipt } from '../../schemas/protocol/exchange.ts'
import type { Store } from '../sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS receipt (
  number INTEGER PRIMARY KEY, delivery TEXT NOT NULL UNIQUE, class INTEGER NOT NULL, receipts TEXT NOT NULL,
  refusals INTEGER NOT NULL DEFAULT 0
) STRICT;`

export interface OpenReceipts {
  readonly delivery: string
  readonly class: number
  readonly receipts: Receipt[]
}

export class ReceiptBook {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  note(delivery: string, syncClass: number, receipts: readonly Receipt[]): void {
    if (delivery === '') return
    const sql = 'INSERT OR REPLACE INTO receipt (delivery, class, receipts) VALUES (?, ?, ?)'
    this.#store.prepare(sql).run(delivery, syncClass, JSON.stringify(receipts))
  }

  open(): OpenReceipts[] {
    const rows = this.#store.prepare('SELECT delivery, class, receipts FROM receipt ORDER BY number').all()
    return (rows as { delivery: string; class: number; receipts: string }[]).map((row) => ({
      ...row,
      receipts: JSON.parse(row.receipts) as Receipt[],
    }))
  }

  /** @returns how often headquarters has refused them */
  refused(delivery: string): number {
    const sql = 'UPDATE receipt SET refusals = refusals + 1 WHERE delivery = ? RETURNING refusals'
    return (this.#store.prepare(sql).pluck().get(delivery) as number | undefined) ?? 0
  }

  /** Headquarters no longer knows of any delivery. */
  forget(): void {
    this.#store.prepare('DELETE FROM receipt').run()
  }

  confirmed(delivery: string): void {
    this.#store.prepare('DELETE FROM receipt WHERE delivery = ?').run(delivery)
  }
}
