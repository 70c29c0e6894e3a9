/**
 * Members' balances at the cloud: the sum of each document's newest contribution, changed in the transaction that
 * accepts the document. Kept whether or not the member's own document has arrived.
 */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { DecisionDocument } from '../../schemas/collections/decisions.ts'
import {
  addContribution,
  NO_BALANCE,
  NO_CONTRIBUTION,
  sameContribution,
  type Balance,
  type Contribution,
} from '../../schemas/contribution.ts'
import { memberOfDocument, type IdentityView } from '../../schemas/identity.ts'
import type { Doc } from '../../schemas/json.ts'
import type { Store } from '../sqlite/store.ts'
import type { Change, WriteContext } from '../sqlite/document-table.ts'
import type { Attribution } from './attribution.ts'
import { BalanceRangeError, isBalanceInRange, isContributionInRange, type BeyondRange } from './balance-range.ts'
import { ContributionLog } from './contribution-log.ts'
import { withLocalFields } from './local-fields.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS balance (
  member_id TEXT PRIMARY KEY, points INTEGER NOT NULL, value INTEGER NOT NULL, seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS balance_negative ON balance (member_id) WHERE points < 0 OR value < 0;`

export class BalanceLedger {
  readonly contributions: ContributionLog
  readonly #store: Store
  readonly #attribution: Attribution
  readonly #holder: CollectionDeclaration | undefined

  constructor(store: Store, attribution: Attribution) {
    this.#store = store
    this.#attribution = attribution
    this.#holder = store.declarations.find(({ holdsBalance }) => holdsBalance)
    this.contributions = new ContributionLog(store)
    store.ensureTable(TABLE)
  }

  /**
   * Folds what a transaction wrote and publishes the balances that changed, in the same transaction.
   *
   * @throws BalanceRangeError naming every document that does not fit; the others do without them
   */
  readonly derive = (write: WriteContext, changes: readonly Change[]): void => {
    const touched = new Set<string>()
    const beyond: BeyondRange[] = []
    for (const { table, doc, seq } of changes) {
      // Balances follow who is who before they follow what was bought.
      if (table.declaration?.signed) for (const id of this.#reattribute(doc, seq)) touched.add(id)
    }
    for (const { table, doc, seq } of changes) {
      const { declaration } = table
      if (declaration?.contribution && !this.#fits(declaration, doc)) {
        beyond.push({ collection: declaration.name, id: doc[declaration.merge.key] as string })
      } else if (declaration?.contribution) for (const id of this.#fold(declaration, doc, seq)) touched.add(id)
      if (declaration?.holdsBalance) touched.add(doc[declaration.merge.key] as string)
    }
    if (beyond.length > 0) throw new BalanceRangeError(beyond)
    for (const id of touched) this.#publish(write, id)
  }

  /** Whether the balances stay exact with what a document contributes now. */
  #fits(declaration: CollectionDeclaration, doc: Doc): boolean {
    const before = this.contributions.newest(declaration.name, doc[declaration.merge.key] as string) ?? NO_CONTRIBUTION
    const after = declaration.contribution!(doc) ?? NO_CONTRIBUTION
    if (sameContribution(before, after)) return true
    const sums = new Map<string, Balance>()
    for (const [contribution, sign] of [
      [before, -1],
      [after, 1],
    ] as const) {
      const memberId = contribution.memberId === '' ? undefined : memberOf(this.#attribution, contribution)
      if (memberId === undefined) continue
      sums.set(
        memberId,
        addContribution(sums.get(memberId) ?? this.balance(memberId) ?? NO_BALANCE, contribution, sign),
      )
    }
    return isContributionInRange(after) && [...sums.values()].every(isBalanceInRange)
  }

  /** Replaces a document's contribution; the members whose balance that changed. */
  #fold(declaration: CollectionDeclaration, doc: Doc, seq: number): string[] {
    const id = doc[declaration.merge.key] as string
    const before = this.contributions.newest(declaration.name, id)
    const after = declaration.contribution!(doc) ?? NO_CONTRIBUTION
    if (before && sameContribution(before, after)) return []
    this.contributions.add(declaration, doc, seq, after)
    return [
      ...(before ? this.#credit(before, this.#attribution, -1, seq) : []),
      ...this.#credit(after, this.#attribution, 1, seq),
    ]
  }

  /** Moves the contributions that a decision has made somebody else's; the members whose balance that changed. */
  #reattribute(doc: Doc, seq: number): Set<string> {
    const { number, redirects, numbers, homes } = doc as unknown as DecisionDocument
    const [before, after] = [this.#attribution.asOf(number - 1), this.#attribution.asOf(number)]
    const written = new Set([...redirects, ...numbers].map(({ id }) => id))
    for (const { from } of homes) for (const id of from) written.add(id)
    const touched = new Set<string>()
    for (const id of written) {
      for (const fold of this.contributions.ofMember(id)) {
        if (memberOf(before, fold) === memberOf(after, fold)) continue
        for (const member of this.#credit(fold, before, -1, seq)) touched.add(member)
        for (const member of this.#credit(fold, after, 1, seq)) touched.add(member)
      }
    }
    return touched
  }

  /** @returns the member that it counts for; nobody while it is held */
  #credit(contribution: Contribution, view: IdentityView, sign: 1 | -1, seq: number): string[] {
    const member = contribution.memberId === '' ? undefined : memberOf(view, contribution)
    return member === undefined ? [] : [this.#add(member, contribution, sign, seq)]
  }

  /** Writes a balance onto its member's document, if that is here and says something else. */
  #publish(write: WriteContext, memberId: string): void {
    const balance = this.balance(memberId)
    const table = this.#holder && this.#store.table(this.#holder.name)
    const row = balance && table?.row(memberId)
    if (!row || row.doc['balanceSeq'] === balance.seq) return
    const { points, value, seq: balanceSeq } = balance
    const decided = this.#attribution.newest()
    const fields = { balance: { points, value }, balanceSeq, ...(decided > 0 && { decided }) }
    const doc = withLocalFields({ ...row.doc, ...fields }, row.doc, this.#store.epoch)
    table!.write(write, row, doc, { state: this.#store.pendingState, origin: '' })
  }

  balance(memberId: string): (Balance & { seq: number }) | undefined {
    const sql = 'SELECT points, value, seq FROM balance WHERE member_id = ?'
    return this.#store.prepare(sql).get(memberId) as (Balance & { seq: number }) | undefined
  }

  /** Members who spent more than they had. */
  negative(limit: number): (Balance & { memberId: string })[] {
    const sql = `SELECT member_id AS memberId, points, value FROM balance INDEXED BY balance_negative
      WHERE points < 0 OR value < 0 ORDER BY member_id LIMIT ?`
    return this.#store.prepare(sql).all(limit) as (Balance & { memberId: string })[]
  }

  countNegative(): number {
    const sql = 'SELECT count(*) FROM balance INDEXED BY balance_negative WHERE points < 0 OR value < 0'
    return this.#store.prepare(sql).pluck().get() as number
  }

  #add(memberId: string, contribution: Contribution, sign: 1 | -1, seq: number): string {
    const sum = addContribution(this.balance(memberId) ?? NO_BALANCE, contribution, sign)
    const sql = `INSERT INTO balance VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET points = excluded.points, value = excluded.value, seq = excluded.seq`
    this.#store.prepare(sql).run(memberId, sum.points, sum.value, seq)
    return memberId
  }
}

function memberOf(view: IdentityView, { memberId, registrationId }: Contribution): string | undefined {
  return memberOfDocument(view, memberId, registrationId)
}
