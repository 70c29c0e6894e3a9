/**
 * The devices that were shut out as lost, as a branch's store keeps them: by the SHA-256 of their tokens, so that only the
 * device itself is told. They are kept for good: one that is found after years still deletes what is on it.
 */
import { sha256 } from '../../adapters/access/sha256.ts'
import type { Store } from '../../adapters/sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS lost_device (token_hash TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;`

export class LostDevices {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  /** Before its token is forgotten, and with that or not at all. */
  note(deviceId: string): void {
    const insert = 'INSERT INTO lost_device SELECT token_hash FROM device WHERE id = ?'
    this.#store.join('access', () => void this.#store.prepare(insert).run(deviceId))
  }

  /** @param token in clear */
  has(token: string): boolean {
    return this.#store.prepare('SELECT 1 FROM lost_device WHERE token_hash = ?').get(sha256(token)) !== undefined
  }
}
