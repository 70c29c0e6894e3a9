/** What headquarters remembers of the changes that other programs make in the tables of a mirror, in plain tables. */
import type { CapturePlace, SettledId } from '../adapters/mysql/capture-desk.ts'
import type { Store } from '../adapters/sqlite/store.ts'
import type { RefusedChangeView } from '../schemas/protocol/mirrors.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS capture_place (
  mirror TEXT PRIMARY KEY, place TEXT NOT NULL, at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS capture_settle (
  mirror TEXT NOT NULL, collection TEXT NOT NULL, document_id TEXT NOT NULL,
  PRIMARY KEY (mirror, collection, document_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS capture_refused (
  mirror TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL, change TEXT NOT NULL,
  PRIMARY KEY (mirror, number)
) STRICT, WITHOUT ROWID;`

/** Of each mirror; the oldest go first. */
export const MOST_REFUSED = 10_000

export class CaptureBook {
  readonly #store: Store
  readonly #mirror: string

  constructor(store: Store, mirror: string) {
    this.#store = store
    this.#mirror = mirror
    store.ensureTable(TABLE)
  }

  place(): (CapturePlace & { readonly at: string }) | undefined {
    const sql = 'SELECT place, at FROM capture_place WHERE mirror = ?'
    const row = this.#store.prepare(sql).get(this.#mirror) as { place: string; at: string } | undefined
    return row && { ...(JSON.parse(row.place) as CapturePlace), at: row.at }
  }

  /** Call inside a transaction, as of all that writes here. */
  keep(place: CapturePlace, at: string): void {
    const sql = `INSERT INTO capture_place VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET place = excluded.place, at = excluded.at`
    this.#store.prepare(sql).run(this.#mirror, JSON.stringify(place), at)
  }

  settle(collection: string, id: string): void {
    this.#store
      .prepare('INSERT INTO capture_settle VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
      .run(this.#mirror, collection, id)
  }

  toSettle(limit: number): readonly SettledId[] {
    const sql = `SELECT collection, document_id AS id FROM capture_settle WHERE mirror = ?
      ORDER BY collection, document_id LIMIT ?`
    return this.#store.prepare(sql).all(this.#mirror, limit) as SettledId[]
  }

  settled({ collection, id }: SettledId): void {
    const sql = 'DELETE FROM capture_settle WHERE mirror = ? AND collection = ? AND document_id = ?'
    this.#store.prepare(sql).run(this.#mirror, collection, id)
  }

  refuse(change: Omit<RefusedChangeView, 'at'>, at: string): void {
    const number = this.#newest() + 1
    const insert = 'INSERT INTO capture_refused VALUES (?, ?, ?, ?)'
    this.#store.prepare(insert).run(this.#mirror, number, at, JSON.stringify(change))
    const forget = 'DELETE FROM capture_refused WHERE mirror = ? AND number <= ?'
    this.#store.prepare(forget).run(this.#mirror, number - MOST_REFUSED)
  }

  /** The newest first. */
  refused(limit: number): readonly RefusedChangeView[] {
    const sql = 'SELECT at, change FROM capture_refused WHERE mirror = ? ORDER BY number DESC LIMIT ?'
    const rows = this.#store.prepare(sql).all(this.#mirror, limit) as { at: string; change: string }[]
    return rows.map(({ at, change }) => ({ ...(JSON.parse(change) as Omit<RefusedChangeView, 'at'>), at }))
  }

  /** All that there ever were. */
  countRefused(): number {
    return this.#newest()
  }

  #newest(): number {
    const sql = 'SELECT max(number) FROM capture_refused WHERE mirror = ?'
    return (this.#store.prepare(sql).pluck().get(this.#mirror) as number | null) ?? 0
  }
}
