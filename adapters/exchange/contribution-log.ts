/**
 * Every contribution that headquarters has folded, by document and seq: the newest of a document is in its member's
 * balance, and what a balance of any seq contains of a branch's documents can be told to the branch for ever.
 */
import { scopeOf, type CollectionDeclaration } from '../../schemas/collection.ts'
import type { Contribution } from '../../schemas/contribution.ts'
import type { Doc } from '../../schemas/json.ts'
import type { Fold } from '../../schemas/protocol/exchange.ts'
import type { Store } from '../sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS contribution (
  collection TEXT NOT NULL, document_id TEXT NOT NULL, seq INTEGER NOT NULL, scope TEXT NOT NULL,
  member_id TEXT NOT NULL, registration_id TEXT NOT NULL DEFAULT '', points INTEGER NOT NULL, value INTEGER NOT NULL,
  PRIMARY KEY (collection, document_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS contribution_scope ON contribution (scope, seq);
CREATE INDEX IF NOT EXISTS contribution_member ON contribution (member_id);
CREATE INDEX IF NOT EXISTS contribution_registration ON contribution (registration_id) WHERE registration_id <> '';`

const FOLD = `collection, document_id AS id, seq AS foldedSeq, member_id AS memberId, registration_id AS registrationId,
  points, value`

export class ContributionLog {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  /** Notes a document's new contribution. Call inside the transaction that accepts the document. */
  add(declaration: CollectionDeclaration, doc: Doc, seq: number, contribution: Contribution): void {
    const { memberId, registrationId = '', points, value } = contribution
    const id = doc[declaration.merge.key] as string
    const sql = 'INSERT INTO contribution VALUES (?, ?, ?, ?, ?, ?, ?, ?)'
    const scope = scopeOf(declaration, doc)
    this.#store.prepare(sql).run(declaration.name, id, seq, scope, memberId, registrationId, points, value)
  }

  /** A document's present contribution. */
  newest(collection: string, id: string): Fold | undefined {
    const sql = `SELECT ${FOLD} FROM contribution WHERE collection = ? AND document_id = ? ORDER BY seq DESC LIMIT 1`
    return this.#store.prepare(sql).get(collection, id) as Fold | undefined
  }

  /** The present contributions of the documents that were last written for a member id. */
  ofMember(memberId: string): Fold[] {
    return this.#present('member_id = ?', memberId)
  }

  /** The present contributions of the documents that were last written with a registration. */
  ofRegistration(registrationId: string): Fold[] {
    return this.#present("registration_id = ? AND registration_id <> ''", registrationId)
  }

  #present(where: string, value: string): Fold[] {
    const sql = `SELECT ${FOLD} FROM contribution AS one WHERE ${where} AND NOT EXISTS (
      SELECT 1 FROM contribution AS later WHERE later.collection = one.collection
        AND later.document_id = one.document_id AND later.seq > one.seq)`
    return this.#store.prepare(sql).all(value) as Fold[]
  }

  /**
   * The contributions of some documents of a collection, newest first, by document; one that never had any has no entry.
   *
   * @param limit of one document
   */
  histories(collection: string, ids: readonly string[], limit: number): ReadonlyMap<string, readonly Fold[]> {
    const sql = `WITH asked (document) AS (SELECT value FROM json_each(?))
      SELECT ${FOLD} FROM asked CROSS JOIN contribution ON collection = ? AND document_id = document
      ORDER BY document_id, seq DESC`
    const out = new Map<string, Fold[]>()
    for (const fold of this.#store.prepare(sql).all(JSON.stringify(ids), collection) as Fold[]) {
      const known = out.get(fold.id)
      if (!known) out.set(fold.id, [fold])
      else if (known.length < limit) known.push(fold)
    }
    return out
  }

  /** What was folded of a scope's documents after a seq, oldest first. */
  after(scope: string, seq: number, limit: number): Fold[] {
    const sql = `SELECT ${FOLD} FROM contribution WHERE scope = ? AND seq > ? ORDER BY seq LIMIT ?`
    return this.#store.prepare(sql).all(scope, seq, limit) as Fold[]
  }
}
