/**
 * The browsers that were shut out, as a branch's store keeps them: by the SHA-256 of their tokens, so that only the device
 * itself is told what became of it. Those that are lost are kept for good: one that is found after years still deletes what
 * is on it. The others can be declared lost until they are paired again.
 */
import { sha256 } from '../../adapters/access/sha256.ts'
import type { Store } from '../../adapters/sqlite/store.ts'

export interface ShutOutEntry {
  readonly id: string
  readonly name: string
  readonly pairedMs: number
  readonly shutOutMs: number
}

const TABLES = `
CREATE TABLE IF NOT EXISTS lost_device (token_hash TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shut_out_device (
  id TEXT PRIMARY KEY NOT NULL, token_hash TEXT UNIQUE NOT NULL, name TEXT NOT NULL,
  paired_ms REAL NOT NULL, shut_out_ms REAL NOT NULL
) STRICT, WITHOUT ROWID;`

const COLUMNS = 'id, name, paired_ms AS pairedMs, shut_out_ms AS shutOutMs'

export class ShutOutDevices {
  readonly #store: Store
  readonly #nowMs: () => number

  constructor(store: Store, nowMs: () => number) {
    this.#store = store
    this.#nowMs = nowMs
    store.ensureTable(TABLES)
  }

  /** Before its token is forgotten, and with that or not at all. */
  note(deviceId: string): void {
    const insert = 'INSERT INTO shut_out_device SELECT id, token_hash, name, created_ms, ? FROM device WHERE id = ?'
    this.#store.join('access', () => void this.#store.prepare(insert).run(this.#nowMs(), deviceId))
  }

  /** It is told so from now on. */
  declareLost(deviceId: string): void {
    this.#store.join('access', () => {
      this.#store.prepare('INSERT INTO lost_device SELECT token_hash FROM shut_out_device WHERE id = ?').run(deviceId)
      this.#store.prepare('DELETE FROM shut_out_device WHERE id = ?').run(deviceId)
    })
  }

  /** It has another token now, and nobody shows this one any more. @param token in clear */
  forget(token: string): void {
    const sql = 'DELETE FROM shut_out_device WHERE token_hash = ?'
    this.#store.join('access', () => void this.#store.prepare(sql).run(sha256(token)))
  }

  /** Those that are not declared lost. */
  find(id: string): ShutOutEntry | undefined {
    const sql = `SELECT ${COLUMNS} FROM shut_out_device WHERE id = ?`
    return this.#store.prepare(sql).get(id) as ShutOutEntry | undefined
  }

  /** Those that are not declared lost, the one that was shut out last first. */
  list(): ShutOutEntry[] {
    const sql = `SELECT ${COLUMNS} FROM shut_out_device ORDER BY shut_out_ms DESC, id`
    return this.#store.prepare(sql).all() as ShutOutEntry[]
  }

  /** @param token in clear */
  isLost(token: string): boolean {
    return this.#store.prepare('SELECT 1 FROM lost_device WHERE token_hash = ?').get(sha256(token)) !== undefined
  }
}
