/**
 * What the cloud has folded of the documents that this branch holds, and under which seq: with the balance that the
 * cloud publishes it makes the balance that the branch shows. Complete up to a position of the cloud's; no member's
 * balance that the branch holds is of a later one.
 */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { NO_CONTRIBUTION, type Contribution } from '../../schemas/contribution.ts'
import type { Doc } from '../../schemas/json.ts'
import type { Fold, Position } from '../../schemas/protocol/exchange.ts'
import type { Store } from '../sqlite/store.ts'

const TABLES = `
CREATE TABLE IF NOT EXISTS acceptance (
  collection TEXT NOT NULL, document_id TEXT NOT NULL, seq INTEGER NOT NULL, member_id TEXT NOT NULL,
  registration_id TEXT NOT NULL DEFAULT '', points INTEGER NOT NULL, value INTEGER NOT NULL,
  PRIMARY KEY (collection, document_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS acceptance_member ON acceptance (member_id, collection);
CREATE INDEX IF NOT EXISTS acceptance_registration ON acceptance (registration_id, collection) WHERE registration_id <> '';
CREATE TABLE IF NOT EXISTS acceptance_head (
  only INTEGER PRIMARY KEY CHECK (only = 0), epoch TEXT NOT NULL, seq INTEGER NOT NULL
) STRICT;`

export class Acceptances {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLES)
  }

  /** Up to where every acceptance is known; `undefined` before the first answer. */
  head(): Position | undefined {
    const sql = 'SELECT epoch, seq FROM acceptance_head WHERE only = 0'
    return this.#store.prepare(sql).get() as Position | undefined
  }

  /** Call inside the transaction that notes what was folded up to there. */
  moveHead({ epoch, seq }: Position): void {
    const sql = `INSERT INTO acceptance_head VALUES (0, ?, ?)
      ON CONFLICT DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq`
    this.#store.prepare(sql).run(epoch, seq)
  }

  /** What was accepted in a future that is lost was not accepted. @param back where a position is, as far as it still exists */
  goBack(back: (position: Position) => Position | undefined): void {
    const head = this.head()
    if (!head) return
    const position = back(head)
    this.#store.prepare('DELETE FROM acceptance WHERE seq > ?').run(position?.seq ?? -1)
    if (position) this.moveHead(position)
    else this.#store.prepare('DELETE FROM acceptance_head').run()
  }

  /** Notes the state of a document that the cloud holds. Call inside the transaction that takes the cloud's word. */
  note(declaration: CollectionDeclaration, accepted: Doc, foldedSeq: number | undefined): void {
    if (!declaration.contribution || foldedSeq === undefined) return
    const id = accepted[declaration.merge.key] as string
    const contribution = declaration.contribution(accepted) ?? NO_CONTRIBUTION
    this.noteFold({ collection: declaration.name, id, foldedSeq, ...contribution })
  }

  /** As `note`, where the cloud says itself what it has folded. */
  noteFold({ collection, id, foldedSeq, memberId, registrationId = '', points, value }: Fold): void {
    const sql = 'INSERT OR REPLACE INTO acceptance VALUES (?, ?, ?, ?, ?, ?, ?)'
    this.#store.prepare(sql).run(collection, id, foldedSeq, memberId, registrationId, points, value)
  }

  /** What a balance that was folded up to `balanceSeq` contains of a document, and for which member. */
  contained(collection: string, id: string, balanceSeq: number): Contribution {
    const sql = `SELECT member_id AS memberId, registration_id AS registrationId, points, value FROM acceptance
      WHERE collection = ? AND document_id = ? AND seq <= ? ORDER BY seq DESC LIMIT 1`
    const found = this.#store.prepare(sql).get(collection, id, balanceSeq)
    return (found as Contribution | undefined) ?? NO_CONTRIBUTION
  }

  /** Documents that were ever accepted with one of these member ids or registrations. */
  documentsOf(collection: string, memberIds: readonly string[], registrationIds: readonly string[]): string[] {
    const byMember = 'SELECT DISTINCT document_id FROM acceptance WHERE member_id = ? AND collection = ?'
    const byRegistration = `SELECT DISTINCT document_id FROM acceptance
      WHERE registration_id = ? AND registration_id <> '' AND collection = ?`
    const find = (sql: string, values: readonly string[]) =>
      values.flatMap((value) => this.#store.prepare(sql).pluck().all(value, collection) as string[])
    return [...find(byMember, memberIds), ...find(byRegistration, registrationIds)]
  }
}
