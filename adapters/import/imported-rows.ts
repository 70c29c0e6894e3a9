/** Which rows of which source have been imported, as what document and in which state: what makes an import idempotent. */
import type { Store } from '../sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS imported_row (
  kind TEXT NOT NULL, source TEXT NOT NULL, legacy_id TEXT NOT NULL, document_id TEXT NOT NULL, hash TEXT NOT NULL,
  PRIMARY KEY (kind, source, legacy_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS imported_fields (
  kind TEXT NOT NULL, source TEXT NOT NULL, legacy_id TEXT NOT NULL, fields TEXT NOT NULL,
  PRIMARY KEY (kind, source, legacy_id)
) STRICT, WITHOUT ROWID;`

/** Hashes of a row's fields, keyed as that of the whole row; a field that the row did not tell has none. */
export type FieldHashes = Readonly<Record<string, string>>

/** In place of a hash: the row was deleted where it came from, and its document with it. */
export const GONE = 'gone'

export class ImportedRows {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  find(kind: string, source: string, legacyId: string): { documentId: string; hash: string } | undefined {
    const sql = `SELECT document_id AS documentId, hash FROM imported_row
      WHERE kind = ? AND source = ? AND legacy_id = ?`
    return this.#store.prepare(sql).get(kind, source, legacyId) as { documentId: string; hash: string } | undefined
  }

  /** @param hash of the row's content, keyed, as it is personal; '' for a stub that a later import completes */
  note(kind: string, source: string, legacyId: string, documentId: string, hash: string): void {
    const sql = `INSERT INTO imported_row VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET document_id = excluded.document_id, hash = excluded.hash`
    this.#store.prepare(sql).run(kind, source, legacyId, documentId, hash)
  }

  /** What the row said when it was imported last; `undefined` where an older program imported it, or nobody has. */
  fields(kind: string, source: string, legacyId: string): FieldHashes | undefined {
    const sql = 'SELECT fields FROM imported_fields WHERE kind = ? AND source = ? AND legacy_id = ?'
    const fields = this.#store.prepare(sql).pluck().get(kind, source, legacyId) as string | undefined
    return fields === undefined ? undefined : (JSON.parse(fields) as FieldHashes)
  }

  noteFields(kind: string, source: string, legacyId: string, fields: FieldHashes): void {
    const sql = 'INSERT INTO imported_fields VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET fields = excluded.fields'
    this.#store.prepare(sql).run(kind, source, legacyId, JSON.stringify(fields))
  }

  forgetFields(kind: string, source: string, legacyId: string): void {
    const sql = 'DELETE FROM imported_fields WHERE kind = ? AND source = ? AND legacy_id = ?'
    this.#store.prepare(sql).run(kind, source, legacyId)
  }
}
