/**
 * Tombstones that every branch has taken are purged; that and when a document was deleted is kept for ever, so that a
 * copy which comes back later (from a restored, retired or long silent store) stays deleted unless it is newer.
 */
import type { Hlc } from '../../schemas/brand.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { sidecarOf } from '../../schemas/merge-spec.ts'
import type { Store } from '../sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS deleted_document (
  collection TEXT NOT NULL, document_id TEXT NOT NULL, scope TEXT NOT NULL, stamp TEXT NOT NULL,
  PRIMARY KEY (collection, document_id)
) STRICT, WITHOUT ROWID;`

/** Of a document that was purged: what is left of it is enough to merge with. */
export interface DeletedDocument {
  readonly scope: string
  readonly tombstone: Doc
}

export class DeletedDocuments {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  find({ name, merge }: CollectionDeclaration, id: string): DeletedDocument | undefined {
    const sql = 'SELECT scope, stamp FROM deleted_document WHERE collection = ? AND document_id = ?'
    const row = this.#store.prepare(sql).get(name, id) as { scope: string; stamp: Hlc } | undefined
    if (!row) return undefined
    return { scope: row.scope, tombstone: { [merge.key]: id, _deleted: true, clock: { r: {}, d: row.stamp } } }
  }

  /** It is there again. Call inside a transaction. */
  forget({ name }: CollectionDeclaration, id: string): void {
    this.#store.prepare('DELETE FROM deleted_document WHERE collection = ? AND document_id = ?').run(name, id)
  }

  /**
   * Purges a collection's tombstones up to a seq.
   *
   * @param limit of one transaction
   * @returns how many; fewer than `limit` when none are left
   */
  purge(declaration: CollectionDeclaration, upTo: number, limit: number): number {
    const { name, merge } = declaration
    const insert = `INSERT INTO deleted_document VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET scope = excluded.scope, stamp = excluded.stamp`
    return this.#store.purge(this.#store.table(name), upTo, limit, ({ doc, scope }) => {
      const stamp = sidecarOf(doc).d
      if (stamp === undefined) return false
      this.#store.prepare(insert).run(name, doc[merge.key], scope, stamp)
      return true
    })
  }
}

/** Identity is decided by what members, requests and decisions ever said: theirs stay. */
export function purgesTombstones({ holdsBalance, signed, merge }: CollectionDeclaration): boolean {
  return holdsBalance !== true && signed !== true && merge.erasure === undefined
}
