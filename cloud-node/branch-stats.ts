/** What the branches sold, day by day, as they said themselves. */
import type { StatsRequest } from '../schemas/protocol/exchange.ts'
import type { DayStats } from '../schemas/protocol/status.ts'
import type { Store } from '../adapters/sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS branch_stats (
  branch_id TEXT NOT NULL, day TEXT NOT NULL, orders INTEGER NOT NULL, sales INTEGER NOT NULL, currency TEXT NOT NULL,
  heard_at REAL NOT NULL, PRIMARY KEY (branch_id, day)
) STRICT, WITHOUT ROWID;`

/** Of each branch. */
const DAYS_KEPT = 30

export class BranchStats {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  note(branchId: string, { day, orders, sales, currency }: StatsRequest, nowMs: number): void {
    const upsert = `INSERT INTO branch_stats VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
      orders = excluded.orders, sales = excluded.sales, currency = excluded.currency, heard_at = excluded.heard_at`
    // By when they were told: a branch whose clock is wrong names days that are not near the others.
    const forget = `DELETE FROM branch_stats WHERE branch_id = ? AND heard_at <
      (SELECT heard_at FROM branch_stats WHERE branch_id = ? ORDER BY heard_at DESC LIMIT 1 OFFSET ?)`
    this.#store.transaction('stats', () => {
      this.#store.prepare(upsert).run(branchId, day, orders, sales, currency, nowMs)
      this.#store.prepare(forget).run(branchId, branchId, DAYS_KEPT - 1)
    })
    for (const listener of this.#listeners) listener(branchId)
  }

  /** The days of a branch, the one that was told last first. */
  days(branchId: string, limit = DAYS_KEPT): DayStats[] {
    const sql = `SELECT day, orders, sales, currency, heard_at AS heardAtMs FROM branch_stats
      WHERE branch_id = ? ORDER BY heard_at DESC, day DESC LIMIT ?`
    const rows = this.#store.prepare(sql).all(branchId, limit) as (Omit<DayStats, 'at'> & { heardAtMs: number })[]
    return rows.map(({ heardAtMs, ...day }) => ({ ...day, at: new Date(heardAtMs).toISOString() }))
  }

  onNote(listener: (branchId: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  readonly #listeners = new Set<(branchId: string) => void>()
}
