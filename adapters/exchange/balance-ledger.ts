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
import type { Fold } from '../../schemas/protocol/exchange.ts'
import type { Attribution } from './attribution.ts'
import { beyondRange, isBalanceInRange, isContributionInRange } from './balance-range.ts'
import { ContributionLog } from './contribution-log.ts'
import { withLocalFields } from './local-fields.ts'
import { documentKey } from './replica.ts'

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
  readonly #others = new WeakMap<WriteContext, FromOthers>()

  constructor(store: Store, attribution: Attribution) {
    this.#store = store
    this.#attribution = attribution
    this.#holder = store.declarations.find(({ holdsBalance }) => holdsBalance)
    this.contributions = new ContributionLog(store)
    store.ensureTable(TABLE)
    attribution.beforeOthers((write, decision) => this.#noteBefore(write, decision))
  }

  /**
   * Folds what a transaction wrote and publishes the balances that changed, in the same transaction.
   *
   * @throws OutpostError BALANCE_RANGE where a balance would no longer be exact
   */
  readonly derive = (write: WriteContext, changes: readonly Change[]): void => {
    const sums: Sums = new Map()
    // Balances follow who is who before they follow what was bought.
    const decided = changes.filter(({ table }) => table.declaration?.signed === true)
    const lastSeq = decided.at(-1)?.seq
    if (lastSeq !== undefined) {
      const decisions = decided.map(({ doc }) => doc as unknown as DecisionDocument)
      const others = this.#others.get(write)
      this.#others.delete(write)
      if (others) this.#followOthers(sums, others, lastSeq)
      this.#reattribute(
        sums,
        decisions.filter(({ id }) => others?.decisions.has(id) !== true),
        lastSeq,
      )
    }
    for (const { table, doc, seq } of changes) {
      if (table.declaration?.contribution) this.#fold(sums, table.declaration, doc, seq)
    }
    this.#noteDecided(sums, changes)
    for (const [memberId, sum] of sums) this.#keep(memberId, sum)
    const published = new Set(sums.keys())
    for (const { table, doc } of changes) {
      const { declaration } = table
      if (declaration?.holdsBalance) published.add(doc[declaration.merge.key] as string)
    }
    for (const memberId of published) this.#publish(write, memberId, sums.get(memberId) ?? this.balance(memberId))
  }

  /**
   * Whoever reads a balance takes it for what was folded up to its seq by the decisions that the member names: with another
   * decision it is another balance, also where the sum is the same.
   */
  #noteDecided(sums: Sums, changes: readonly Change[]): void {
    const seq = changes.at(-1)!.seq
    for (const { table, doc, previous } of changes) {
      const { declaration } = table
      if (declaration?.holdsBalance !== true || doc['decided'] === previous?.['decided']) continue
      const memberId = doc[declaration.merge.key] as string
      const balance = sums.get(memberId) ?? this.balance(memberId)
      if (balance) sums.set(memberId, { ...balance, seq })
    }
  }

  /** Replaces a document's contribution. */
  #fold(sums: Sums, declaration: CollectionDeclaration, doc: Doc, seq: number): void {
    const id = doc[declaration.merge.key] as string
    const before = this.contributions.newest(declaration.name, id)
    const after = declaration.contribution!(doc) ?? NO_CONTRIBUTION
    if (before && sameContribution(before, after)) return
    if (!isContributionInRange(after)) throw beyondRange()
    this.contributions.add(declaration, doc, seq, after)
    if (before) this.#credit(sums, before, this.#attribution, -1, seq)
    this.#credit(sums, after, this.#attribution, 1, seq)
  }

  /**
   * Moves the contributions that decisions have made somebody else's. All of a transaction at once: one that concerns
   * several scopes is several documents, each of which names the ids of its own scope only.
   */
  #reattribute(sums: Sums, decisions: readonly DecisionDocument[], seq: number): void {
    if (decisions.length === 0) return
    const made = decisions.map(({ number }) => number)
    const [before, after] = [this.#attribution.asOf(Math.min(...made) - 1), this.#attribution.asOf(Math.max(...made))]
    const ids = new Set(decisions.flatMap(({ redirects, numbers }) => [...redirects, ...numbers].map(({ id }) => id)))
    const registrations = new Set(decisions.flatMap(({ homes }) => homes.map(({ registrationId }) => registrationId)))
    const moved = new Map<string, Fold>()
    const note = (fold: Fold) => void moved.set(documentKey(fold), fold)
    for (const id of ids) this.contributions.ofMember(id).forEach(note)
    for (const one of registrations) this.contributions.ofRegistration(one).forEach(note)
    for (const fold of moved.values()) {
      if (memberOf(before, fold) === memberOf(after, fold)) continue
      this.#credit(sums, fold, before, -1, seq)
      this.#credit(sums, fold, after, 1, seq)
    }
  }

  /**
   * A decision that headquarters had made before it was restored may be older than what it has decided since, so that no
   * number tells what was before it: whose everything was that it may concern is noted.
   */
  #noteBefore(write: WriteContext, { id: decision, redirects, numbers, homes }: DecisionDocument): void {
    const others = this.#others.get(write) ?? { decisions: new Set(), before: new Map() }
    this.#others.set(write, others)
    others.decisions.add(decision)
    const ids = new Set([...redirects, ...numbers].map(({ id }) => id))
    // A set hands out what is added meanwhile: what leads to these ids moves with them.
    for (const id of ids) for (const one of this.#attribution.everLedTo(id)) ids.add(one)
    const registrations = new Set(homes.map(({ registrationId }) => registrationId))
    for (const id of ids) for (const one of this.#attribution.registrationsGivenTo(id)) registrations.add(one)
    const folds = [
      ...[...ids].flatMap((id) => this.contributions.ofMember(id)),
      ...[...registrations].flatMap((one) => this.contributions.ofRegistration(one)),
    ]
    for (const fold of folds) {
      const key = documentKey(fold)
      if (others.before.has(key)) continue
      others.before.set(key, { fold, memberId: memberOf(this.#attribution, fold) })
    }
  }

  #followOthers(sums: Sums, { before }: FromOthers, seq: number): void {
    for (const { fold, memberId } of before.values()) {
      const now = memberOf(this.#attribution, fold)
      if (now === memberId) continue
      this.#add(sums, fold, memberId, -1, seq)
      this.#add(sums, fold, now, 1, seq)
    }
  }

  #credit(sums: Sums, contribution: Contribution, view: IdentityView, sign: 1 | -1, seq: number): void {
    this.#add(sums, contribution, memberOf(view, contribution), sign, seq)
  }

  /** Nobody's while it is held. */
  #add(sums: Sums, contribution: Contribution, memberId: string | undefined, sign: 1 | -1, seq: number): void {
    if (memberId === undefined || contribution.memberId === '') return
    const sum = sums.get(memberId) ?? this.balance(memberId) ?? NO_BALANCE
    sums.set(memberId, { ...addContribution(sum, contribution, sign), seq })
  }

  #keep(memberId: string, { points, value, seq }: Sum): void {
    if (!isBalanceInRange({ points, value })) throw beyondRange()
    const sql = `INSERT INTO balance VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET points = excluded.points, value = excluded.value, seq = excluded.seq`
    this.#store.prepare(sql).run(memberId, points, value, seq)
  }

  /** Writes a balance onto its member's document, if that is here and says something else. */
  #publish(write: WriteContext, memberId: string, balance: Sum | undefined): void {
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
}

/** What came in one transaction of decisions that were not made in it. */
interface FromOthers {
  readonly decisions: Set<string>
  /** By document, what they may move, and whose it was before. */
  readonly before: Map<string, { readonly fold: Fold; readonly memberId: string | undefined }>
}

/** The seq of the last change that it takes in. */
type Sum = Balance & { readonly seq: number }
/** Balances that a transaction changes, by member. */
type Sums = Map<string, Sum>

function memberOf(view: IdentityView, { memberId, registrationId }: Contribution): string | undefined {
  return memberOfDocument(view, memberId, registrationId)
}
