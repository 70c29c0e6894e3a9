/**
 * What the cloud has accepted of this branch's contributions, and under which seq it folded them: with the balance that
 * the cloud publishes it makes the balance that the branch shows.
 */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { NO_CONTRIBUTION, type Contribution } from '../../schemas/contribution.ts'
import type { Doc } from '../../schemas/json.ts'
import type { Store } from '../sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS acceptance (
  collection TEXT NOT NULL, document_id TEXT NOT NULL, seq INTEGER NOT NULL, member_id TEXT NOT NULL,
  points INTEGER NOT NULL, value INTEGER NOT NULL,
  PRIMARY KEY (collection, document_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS acceptance_member ON acceptance (member_id, collection);`

export class Acceptances {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  /** Notes the state of a document that the cloud holds. Call inside the transaction that takes the cloud's word. */
  note(declaration: CollectionDeclaration, accepted: Doc, foldedSeq: number | undefined): void {
    if (!declaration.contribution || foldedSeq === undefined) return
    const id = accepted[declaration.merge.key] as string
    const { memberId, points, value } = declaration.contribution(accepted) ?? NO_CONTRIBUTION
    const sql = 'INSERT OR REPLACE INTO acceptance VALUES (?, ?, ?, ?, ?, ?)'
    this.#store.prepare(sql).run(declaration.name, id, foldedSeq, memberId, points, value)
  }

  /** What a balance that was folded up to `balanceSeq` contains of a document, and for which member. */
  contained(collection: string, id: string, balanceSeq: number): Contribution {
    const sql = `SELECT member_id AS memberId, points, value FROM acceptance
      WHERE collection = ? AND document_id = ? AND seq <= ? ORDER BY seq DESC LIMIT 1`
    const found = this.#store.prepare(sql).get(collection, id, balanceSeq)
    return (found as Contribution | undefined) ?? NO_CONTRIBUTION
  }

  /** Documents that were ever accepted for a member. */
  documentsOf(memberId: string, collection: string): string[] {
    const sql = 'SELECT DISTINCT document_id FROM acceptance WHERE member_id = ? AND collection = ?'
    return this.#store.prepare(sql).pluck().all(memberId, collection) as string[]
  }
}
