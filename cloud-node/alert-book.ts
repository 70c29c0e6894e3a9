/** Alerts as headquarters' store keeps them: those that last, and the last thousand that have ended. */
import type { AlertRecord } from '../adapters/alerts/alert-states.ts'
import type { Store } from '../adapters/sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS alert (
  key TEXT NOT NULL, since REAL NOT NULL, ended_at REAL, record TEXT NOT NULL, PRIMARY KEY (key, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alert_open ON alert (since) WHERE ended_at IS NULL;
CREATE INDEX IF NOT EXISTS alert_ended ON alert (ended_at) WHERE ended_at IS NOT NULL;`

const ENDED_KEPT = 1000

export class AlertBook {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  open(): AlertRecord[] {
    const sql = 'SELECT record FROM alert INDEXED BY alert_open WHERE ended_at IS NULL'
    return (this.#store.prepare(sql).all() as { record: string }[]).map(toRecord)
  }

  /** The newest first. */
  ended(limit: number): AlertRecord[] {
    const sql = 'SELECT record FROM alert WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT ?'
    return (this.#store.prepare(sql).all(limit) as { record: string }[]).map(toRecord)
  }

  save(records: readonly AlertRecord[]): void {
    const insert = `INSERT INTO alert (key, since, ended_at, record) VALUES (?, ?, ?, ?)
      ON CONFLICT (key, since) DO UPDATE SET ended_at = excluded.ended_at, record = excluded.record`
    const forget = `DELETE FROM alert WHERE ended_at IS NOT NULL AND ended_at <
      (SELECT ended_at FROM alert WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT 1 OFFSET ?)`
    this.#store.join('alerts', () => {
      for (const record of records) {
        this.#store.prepare(insert).run(record.key, record.sinceMs, record.endedMs ?? null, JSON.stringify(record))
      }
      if (records.some(({ endedMs }) => endedMs !== undefined)) this.#store.prepare(forget).run(ENDED_KEPT - 1)
    })
  }
}

function toRecord({ record }: { readonly record: string }): AlertRecord {
  return JSON.parse(record) as AlertRecord
}
