/** What a node keeps of its legacy sources: how far an import is, up to where changes are taken, what was not taken and why. */
import type { Store } from '../sqlite/store.ts'
import type { LegacyCursor, LegacyKind, LegacyPosition, LegacyProgress, LegacyReject } from './legacy-batch.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS legacy_source (
  source TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, cursor TEXT NOT NULL, position TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS legacy_reject (
  number INTEGER PRIMARY KEY, source TEXT NOT NULL, kind TEXT NOT NULL, legacy_id TEXT NOT NULL, code TEXT NOT NULL,
  field TEXT, reason TEXT NOT NULL, at TEXT NOT NULL, UNIQUE (source, kind, legacy_id)
) STRICT;`

/** More are not looked at by anybody; the newest are kept. */
const MAX_REJECTS = 10_000

export interface KeptReject extends LegacyReject {
  readonly source: string
  /** ISO 8601. */
  readonly at: string
}

export class LegacyBook {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  progress(source: string): LegacyProgress | undefined {
    const sql = 'SELECT fingerprint, cursor, position FROM legacy_source WHERE source = ?'
    const row = this.#store.prepare(sql).get(source) as
      | { fingerprint: string; cursor: string; position: string | null }
      | undefined
    if (!row) return undefined
    const { fingerprint, cursor, position } = row
    return {
      fingerprint,
      cursor: JSON.parse(cursor) as LegacyCursor,
      ...(position !== null && { position: JSON.parse(position) as LegacyPosition }),
    }
  }

  /** Call inside a transaction. What is not named stays as it is. */
  keep(source: string, given: Partial<LegacyProgress>): void {
    const kept = { ...this.progress(source), ...given }
    const { fingerprint = '', cursor = 'done', position } = kept
    const sql = `INSERT INTO legacy_source VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
      SET fingerprint = excluded.fingerprint, cursor = excluded.cursor, position = excluded.position`
    const texts = [JSON.stringify(cursor), position === undefined ? null : JSON.stringify(position)]
    this.#store.prepare(sql).run(source, fingerprint, ...texts)
  }

  /** Call inside a transaction. */
  reject(source: string, { kind, legacyId, code, field, reason }: LegacyReject, at: string): void {
    this.accept(source, kind, legacyId)
    const sql = `INSERT INTO legacy_reject (source, kind, legacy_id, code, field, reason, at) VALUES (?, ?, ?, ?, ?, ?, ?)`
    const { lastInsertRowid } = this.#store
      .prepare(sql)
      .run(source, kind, legacyId, code, field ?? null, reason.slice(0, MAX_REASON), at)
    this.#store.prepare('DELETE FROM legacy_reject WHERE number <= ?').run(Number(lastInsertRowid) - MAX_REJECTS)
  }

  /** The row is as it should be now. Call inside a transaction. */
  accept(source: string, kind: LegacyKind, legacyId: string): void {
    const sql = 'DELETE FROM legacy_reject WHERE source = ? AND kind = ? AND legacy_id = ?'
    this.#store.prepare(sql).run(source, kind, legacyId)
  }

  countRejects(): number {
    return this.#store.prepare('SELECT count(*) FROM legacy_reject').pluck().get() as number
  }

  /** Newest first. */
  rejects(limit: number): KeptReject[] {
    const sql = `SELECT source, kind, legacy_id AS legacyId, code, field, reason, at FROM legacy_reject
      ORDER BY number DESC LIMIT ?`
    const rows = this.#store.prepare(sql).all(limit) as (Omit<KeptReject, 'field'> & { field: string | null })[]
    return rows.map(({ field, ...row }) => ({ ...row, ...(field !== null && { field }) }))
  }
}

const MAX_REASON = 1000
