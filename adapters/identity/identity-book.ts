/**
 * What the decisions that are here say, in plain tables: the same at headquarters and at branches, as it follows from
 * the decision documents alone. Earlier effects are kept, since a published balance may be older than the newest decision.
 */
import type { DecisionDocument } from '../../schemas/collections/decisions.ts'
import type { Attribution } from '../exchange/attribution.ts'
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import { resolveMember, SOMEBODY_ELSE, type IdentityView, type NumberEffect } from '../../schemas/identity.ts'
import type { WriteContext, Change } from '../sqlite/document-table.ts'
import type { Store } from '../sqlite/store.ts'

const TABLES = `
CREATE TABLE IF NOT EXISTS member_redirect (
  id TEXT NOT NULL, number INTEGER NOT NULL, current TEXT NOT NULL, scope TEXT NOT NULL, decision TEXT NOT NULL,
  PRIMARY KEY (id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS member_redirect_current ON member_redirect (current);
CREATE TABLE IF NOT EXISTS member_number (
  id TEXT NOT NULL, number INTEGER NOT NULL, closed INTEGER NOT NULL, holder TEXT, known TEXT NOT NULL,
  scope TEXT NOT NULL, decision TEXT NOT NULL, PRIMARY KEY (id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS registration_home (
  registration_id TEXT NOT NULL, number INTEGER NOT NULL, current TEXT NOT NULL, scope TEXT NOT NULL,
  decision TEXT NOT NULL, PRIMARY KEY (registration_id, number, decision)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS registration_home_current ON registration_home (current);
CREATE TABLE IF NOT EXISTS erased_member (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS decided (decision TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS decided_number ON decided (number);`

/** Later than every decision. */
const NOW = Number.MAX_SAFE_INTEGER

export class IdentityBook implements Attribution {
  readonly #store: Store
  readonly #listeners: ((decision: DecisionDocument) => void)[] = []
  readonly #beforeOthers: ((write: WriteContext, decision: DecisionDocument) => void)[] = []
  /** Ids and registrations that any decision speaks of, and perhaps a few more: of all others nothing need be asked. */
  readonly #spokenOf = new Set<string>()

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLES)
    const spokenOf = `SELECT id FROM member_redirect UNION SELECT id FROM member_number
      UNION SELECT registration_id FROM registration_home`
    for (const key of store.prepare(spokenOf).pluck().all() as string[]) this.#spokenOf.add(key)
    store.derive(this.#derive)
  }

  /** Calls back inside the transaction in which a decision arrives. */
  onDecision(listener: (decision: DecisionDocument) => void): void {
    this.#listeners.push(listener)
  }

  /** Calls back before a decision is taken that was not made here and now. */
  beforeOthers(listener: (write: WriteContext, decision: DecisionDocument) => void): void {
    this.#beforeOthers.push(listener)
  }

  /**
   * Takes a decision; a repeat changes nothing. Of two with one number, which a headquarters can make that was restored
   * from a backup and has not noticed yet, the larger id holds everywhere. Call inside a transaction.
   */
  take(decision: DecisionDocument): void {
    const { id: by, number, scope, redirects, numbers, homes } = decision
    this.#noteSpokenOf(decision)
    for (const { id, to } of redirects) {
      const sql = `INSERT INTO member_redirect VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        current = excluded.current, scope = excluded.scope, decision = excluded.decision
        WHERE excluded.decision > decision`
      this.#store.prepare(sql).run(id, number, to, scope, by)
    }
    for (const { id, closed, holder, known } of numbers) {
      const sql = `INSERT INTO member_number VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        closed = excluded.closed, holder = excluded.holder, known = excluded.known, scope = excluded.scope,
        decision = excluded.decision WHERE excluded.decision > decision`
      this.#store.prepare(sql).run(id, number, closed ? 1 : 0, holder ?? null, JSON.stringify(known), scope, by)
    }
    for (const { registrationId, to } of homes) {
      // Of two with one number both are kept: others may have been told of the smaller id alone.
      const sql = 'INSERT OR IGNORE INTO registration_home VALUES (?, ?, ?, ?, ?)'
      this.#store.prepare(sql).run(registrationId, number, to, scope, by)
    }
    for (const id of decision.erased) this.#store.prepare('INSERT OR IGNORE INTO erased_member VALUES (?)').run(id)
    const isNew = this.#store.prepare('INSERT OR IGNORE INTO decided VALUES (?, ?)').run(by, number).changes > 0
    if (isNew) for (const listener of this.#listeners) listener(decision)
  }

  /** The number of the newest decision here, 0 for none. */
  newest(): number {
    return this.#store.prepare('SELECT coalesce(max(number), 0) FROM decided').pluck().get() as number
  }

  redirectOf(id: string, upTo = NOW): string | undefined {
    if (!this.#spokenOf.has(id)) return undefined
    const sql = 'SELECT current FROM member_redirect WHERE id = ? AND number <= ? ORDER BY number DESC LIMIT 1'
    return this.#store.prepare(sql).pluck().get(id, upTo) as string | undefined
  }

  numberOf(id: string, upTo = NOW): NumberEffect | undefined {
    if (!this.#spokenOf.has(id)) return undefined
    const sql = `SELECT closed, holder, known FROM member_number WHERE id = ? AND number <= ? ORDER BY number DESC LIMIT 1`
    const row = this.#store.prepare(sql).get(id, upTo) as
      | { closed: number; holder: string | null; known: string }
      | undefined
    if (!row) return undefined
    const known = JSON.parse(row.known) as string[]
    return { id, closed: row.closed === 1, known, ...(row.holder !== null && { holder: row.holder }) }
  }

  homeOf(registrationId: string, upTo = NOW): string | undefined {
    if (!this.#spokenOf.has(registrationId)) return undefined
    const sql = `SELECT current FROM registration_home WHERE registration_id = ? AND number <= ?
      ORDER BY number DESC, decision DESC LIMIT 1`
    return this.#store.prepare(sql).pluck().get(registrationId, upTo) as string | undefined
  }

  /** What everybody was told last of whose a registration is: a member, or `SOMEBODY_ELSE`. */
  homeToldToAll(registrationId: string): string | undefined {
    const sql = `SELECT current FROM registration_home WHERE registration_id = ? AND scope = '${SHARED_SCOPE}'
      ORDER BY number DESC, decision DESC LIMIT 1`
    return this.#store.prepare(sql).pluck().get(registrationId) as string | undefined
  }

  /** The last member that is known to have had a registration. */
  lastNamedHome(registrationId: string): string | undefined {
    const sql = `SELECT current FROM registration_home WHERE registration_id = ? AND current <> '${SOMEBODY_ELSE}'
      ORDER BY number DESC, decision DESC LIMIT 1`
    return this.#store.prepare(sql).pluck().get(registrationId) as string | undefined
  }

  /** What the decisions up to one of them said. */
  asOf(upTo: number): IdentityView {
    return {
      redirectOf: (id) => this.redirectOf(id, upTo),
      numberOf: (id) => this.numberOf(id, upTo),
      homeOf: (registrationId) => this.homeOf(registrationId, upTo),
    }
  }

  /** The decision that last said something of a number, 0 for none. */
  numberDecidedBy(id: string): number {
    const sql = 'SELECT coalesce(max(number), 0) FROM member_number WHERE id = ?'
    return this.#store.prepare(sql).pluck().get(id) as number
  }

  isErased(id: string): boolean {
    return this.#store.prepare('SELECT 1 FROM erased_member WHERE id = ?').get(id) !== undefined
  }

  /** Every id that stands for a member today, itself first. */
  idsOf(memberId: string): string[] {
    const others = this.everLedTo(memberId).filter((id) => id !== memberId && resolveMember(this, id) === memberId)
    return [memberId, ...others]
  }

  /** Every id that a decision has ever made stand for a member. */
  everLedTo(memberId: string): string[] {
    return this.#store
      .prepare('SELECT DISTINCT id FROM member_redirect WHERE current = ?')
      .pluck()
      .all(memberId) as string[]
  }

  /** The registrations that a decision has ever made a member's, or that of one that has become part of it. */
  registrationsGivenTo(memberId: string): string[] {
    const given = this.#store
      .prepare('SELECT DISTINCT registration_id FROM registration_home WHERE current = ?')
      .pluck()
    return [...new Set([memberId, ...this.everLedTo(memberId)].flatMap((id) => given.all(id) as string[]))]
  }

  /** The scope of the first decision that spoke of an id; `undefined` for one that none spoke of. */
  scopeOf(id: string): string | undefined {
    const redirect = 'SELECT number, scope FROM member_redirect WHERE id = ? ORDER BY number LIMIT 1'
    const number = 'SELECT number, scope FROM member_number WHERE id = ? ORDER BY number LIMIT 1'
    const found = [redirect, number].flatMap((sql) => this.#store.prepare(sql).all(id) as FirstWord[])
    return found.toSorted((a, b) => a.number - b.number)[0]?.scope
  }

  readonly #derive = (write: WriteContext, changes: readonly Change[]): void => {
    for (const { table, doc } of changes) {
      if (table.declaration?.signed !== true) continue
      const decision = doc as unknown as DecisionDocument
      if (this.#isTaken(decision.id)) {
        // By whoever made it: another one that reads the same tables.
        this.#noteSpokenOf(decision)
        continue
      }
      for (const listener of this.#beforeOthers) listener(write, decision)
      this.take(decision)
    }
  }

  #noteSpokenOf({ redirects, numbers, homes }: DecisionDocument): void {
    for (const { id } of [...redirects, ...numbers]) this.#spokenOf.add(id)
    for (const { registrationId } of homes) this.#spokenOf.add(registrationId)
  }

  #isTaken(decision: string): boolean {
    return this.#store.prepare('SELECT 1 FROM decided WHERE decision = ?').get(decision) !== undefined
  }
}

interface FirstWord {
  number: number
  scope: string
}
