/** Documents that a comparison has missed here: asked for with the next pulls. */
import type { Store } from '../sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS wanted (
  collection TEXT NOT NULL, document_id TEXT NOT NULL, PRIMARY KEY (collection, document_id)
) STRICT, WITHOUT ROWID;`

export interface WantedDocument {
  readonly collection: string
  readonly id: string
}

export class Wanted {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  add({ collection, id }: WantedDocument): void {
    this.#store.prepare('INSERT OR IGNORE INTO wanted VALUES (?, ?)').run(collection, id)
  }

  list(collections: readonly string[], limit: number): WantedDocument[] {
    const sql = `SELECT collection, document_id AS id FROM wanted
      WHERE collection IN (SELECT value FROM json_each(?)) LIMIT ?`
    return this.#store.prepare(sql).all(JSON.stringify(collections), limit) as WantedDocument[]
  }

  /** It came, or headquarters has no such thing for this branch. @returns whether it was wanted */
  remove({ collection, id }: WantedDocument): boolean {
    const sql = 'DELETE FROM wanted WHERE collection = ? AND document_id = ?'
    return this.#store.prepare(sql).run(collection, id).changes > 0
  }
}
