/**
 * Who did what, kept with what was done: an entry that is noted inside a transaction is committed with it or not at
 * all. Nothing stands here that is a secret or a phone: a subject is an id.
 */
import type { AuditEntry } from '../../schemas/protocol/accounts.ts'
import type { Store } from '../sqlite/store.ts'

export interface AuditNote {
  /** As `actorOf` names it. */
  readonly actor: string
  /** What was done, in words that stay the same, such as `account.add`. */
  readonly action: string
  /** The id of what it was done to. */
  readonly subject?: string
  readonly detail?: Readonly<Record<string, string>>
}

const TABLE = `
CREATE TABLE IF NOT EXISTS audit (
  number INTEGER PRIMARY KEY, at REAL NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT, detail TEXT
) STRICT;`

export interface AuditLimits {
  /** An entry is kept while it is younger, or while it is among the newest `rows`. */
  readonly ageMs: number
  readonly rows: number
  /** However young they are. */
  readonly maxRows: number
}

const LIMITS: AuditLimits = { ageMs: 366 * 86_400_000, rows: 100_000, maxRows: 1_000_000 }

export class AuditLog {
  readonly #store: Store
  readonly #nowMs: () => number
  readonly #limits: AuditLimits

  constructor(store: Store, nowMs: () => number, limits = LIMITS) {
    this.#store = store
    this.#nowMs = nowMs
    this.#limits = limits
    store.ensureTable(TABLE)
  }

  /** Inside a transaction or on its own. */
  note({ actor, action, subject, detail }: AuditNote): void {
    const insert = 'INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)'
    const nowMs = this.#nowMs()
    this.#store.join('audit', () => {
      const written = detail ? JSON.stringify(detail) : null
      const { lastInsertRowid } = this.#store.prepare(insert).run(nowMs, actor, action, subject ?? null, written)
      this.#forget(Number(lastInsertRowid), nowMs)
    })
  }

  /** @param before the number of the last one of the page before */
  list({
    limit,
    before = Number.MAX_SAFE_INTEGER,
  }: {
    readonly limit: number
    readonly before?: number | undefined
  }): AuditEntry[] {
    const sql =
      'SELECT number, at, actor, action, subject, detail FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?'
    const rows = this.#store.read(() => this.#store.prepare(sql).all(before, limit)) as AuditRow[]
    return rows.map(({ number, at, actor, action, subject, detail }) => ({
      number,
      at: new Date(at).toISOString(),
      actor,
      action,
      ...(subject !== null && { subject }),
      ...(detail !== null && { detail: JSON.parse(detail) as Record<string, string> }),
    }))
  }

  /** Two at most for each that comes: what was kept too long is gone soon, and no writer waits for it. */
  #forget(newest: number, nowMs: number): void {
    const { ageMs, rows, maxRows } = this.#limits
    const sql = `DELETE FROM audit WHERE number IN (SELECT number FROM audit WHERE number <= ? ORDER BY number LIMIT 2)
      AND (at < ? OR number <= ?)`
    this.#store.prepare(sql).run(newest - rows, nowMs - ageMs, newest - maxRows)
  }
}

interface AuditRow {
  readonly number: number
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly subject: string | null
  readonly detail: string | null
}
