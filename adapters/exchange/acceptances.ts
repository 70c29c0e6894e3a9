/**
 * What the cloud has accepted of this branch's contributions, and under which seq: with the balance that the cloud
 * publishes it makes the balance that the branch shows.
 */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Balance } from '../../schemas/contribution.ts'
import type { Doc } from '../../schemas/json.ts'
import type { Store } from '../sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS acceptance (
  collection TEXT NOT NULL, document_id TEXT NOT NULL, seq INTEGER NOT NULL, member_id TEXT NOT NULL,
  points INTEGER NOT NULL, value INTEGER NOT NULL,
  PRIMARY KEY (collection, document_id, seq)
) STRICT, WITHOUT ROWID;`

export class Acceptances {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  /** Notes that the cloud accepted this state of a document. Call inside the transaction that settles it. */
  note(declaration: CollectionDeclaration, sent: Doc, acceptedSeq: number): void {
    const contribution = declaration.contribution?.(sent)
    if (!contribution) return
    const id = sent[declaration.merge.key] as string
    const { memberId, points, value } = contribution
    const sql = 'INSERT OR REPLACE INTO acceptance VALUES (?, ?, ?, ?, ?, ?)'
    this.#store.prepare(sql).run(declaration.name, id, acceptedSeq, memberId, points, value)
  }

  /** What a balance that was folded up to `balanceSeq` contains of a document. */
  contained(collection: string, id: string, balanceSeq: number): Balance | undefined {
    const sql = `SELECT points, value FROM acceptance
      WHERE collection = ? AND document_id = ? AND seq <= ? ORDER BY seq DESC LIMIT 1`
    return this.#store.prepare(sql).get(collection, id, balanceSeq) as Balance | undefined
  }
}
