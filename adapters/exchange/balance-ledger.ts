/**
 * Members' balances at the cloud: one contribution per document, replaced in the transaction that accepts the document,
 * and the sum per member. Kept whether or not the member's own document has arrived.
 */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import {
  addContribution,
  NO_BALANCE,
  NO_CONTRIBUTION,
  type Balance,
  type Contribution,
} from '../../schemas/contribution.ts'
import type { Doc } from '../../schemas/json.ts'
import type { Store } from '../sqlite/store.ts'
import type { Change, WriteContext } from '../sqlite/document-table.ts'
import { withLocalFields } from './local-fields.ts'

const TABLES = `
CREATE TABLE IF NOT EXISTS contribution (
  collection TEXT NOT NULL, document_id TEXT NOT NULL, member_id TEXT NOT NULL,
  points INTEGER NOT NULL, value INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (collection, document_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS balance (
  member_id TEXT PRIMARY KEY, points INTEGER NOT NULL, value INTEGER NOT NULL, seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;`

export class BalanceLedger {
  readonly #store: Store
  readonly #holder: CollectionDeclaration | undefined

  constructor(store: Store) {
    this.#store = store
    this.#holder = store.declarations.find(({ holdsBalance }) => holdsBalance)
    store.ensureTable(TABLES)
  }

  /** Folds what a transaction wrote and publishes the balances that changed, in the same transaction. */
  readonly derive = (write: WriteContext, changes: readonly Change[]): void => {
    const touched = new Set<string>()
    for (const { table, doc, seq } of changes) {
      const { declaration } = table
      if (declaration?.contribution) for (const id of this.#fold(declaration, doc, seq)) touched.add(id)
      if (declaration?.holdsBalance) touched.add(doc[declaration.merge.key] as string)
    }
    for (const id of touched) this.#publish(write, id)
  }

  /** Replaces a document's contribution; the members whose balance that changed. */
  #fold(declaration: CollectionDeclaration, doc: Doc, seq: number): string[] {
    const id = doc[declaration.merge.key] as string
    const before = this.#contribution(declaration.name, id)
    const after = declaration.contribution!(doc) ?? NO_CONTRIBUTION
    if (before && sameContribution(before, after)) return []
    this.#replace(declaration.name, id, after, seq)
    const touched: string[] = []
    if (before && before.memberId !== '') touched.push(this.#add(before, -1, seq))
    if (after.memberId !== '') touched.push(this.#add(after, 1, seq))
    return touched
  }

  /** Writes a balance onto its member's document, if that is here and says something else. */
  #publish(write: WriteContext, memberId: string): void {
    const balance = this.balance(memberId)
    const table = this.#holder && this.#store.table(this.#holder.name)
    const row = balance && table?.row(memberId)
    if (!row || row.doc['balanceSeq'] === balance.seq) return
    const fields = { balance: { points: balance.points, value: balance.value }, balanceSeq: balance.seq }
    const doc = withLocalFields({ ...row.doc, ...fields }, row.doc, this.#store.epoch)
    table!.write(write, row, doc, { state: this.#store.pendingState, origin: '' })
  }

  balance(memberId: string): (Balance & { seq: number }) | undefined {
    const sql = 'SELECT points, value, seq FROM balance WHERE member_id = ?'
    return this.#store.prepare(sql).get(memberId) as (Balance & { seq: number }) | undefined
  }

  /** The seq at which a document's present contribution was folded. */
  foldedSeq(collection: string, id: string): number | undefined {
    const sql = 'SELECT seq FROM contribution WHERE collection = ? AND document_id = ?'
    return this.#store.prepare(sql).pluck().get(collection, id) as number | undefined
  }

  #contribution(collection: string, id: string): Contribution | undefined {
    const sql = `SELECT member_id AS memberId, points, value FROM contribution WHERE collection = ? AND document_id = ?`
    return this.#store.prepare(sql).get(collection, id) as Contribution | undefined
  }

  #add(contribution: Contribution, sign: 1 | -1, seq: number): string {
    const sum = addContribution(this.balance(contribution.memberId) ?? NO_BALANCE, contribution, sign)
    const sql = `INSERT INTO balance VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET points = excluded.points, value = excluded.value, seq = excluded.seq`
    this.#store.prepare(sql).run(contribution.memberId, sum.points, sum.value, seq)
    return contribution.memberId
  }

  #replace(collection: string, id: string, contribution: Contribution, seq: number): void {
    const sql = `INSERT INTO contribution VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
      member_id = excluded.member_id, points = excluded.points, value = excluded.value, seq = excluded.seq`
    const { memberId, points, value } = contribution
    this.#store.prepare(sql).run(collection, id, memberId, points, value, seq)
  }
}

function sameContribution(a: Contribution, b: Contribution): boolean {
  return a.memberId === b.memberId && a.points === b.points && a.value === b.value
}
