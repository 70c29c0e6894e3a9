/**
 * The merge audit: what both sides were, for every merge of independent records, so that a wrong one can be taken back.
 * Kept at headquarters; an erasure blanks it too.
 */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { liveRegistrations } from '../../schemas/decide-identity.ts'
import type { Doc } from '../../schemas/json.ts'
import { migrateDocument } from '../../schemas/migrations.ts'
import type { Store } from '../sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS merge_audit (
  id INTEGER PRIMARY KEY, at REAL NOT NULL, member_id TEXT NOT NULL, other_id TEXT NOT NULL, branch_id TEXT NOT NULL,
  decision INTEGER, ours TEXT NOT NULL, theirs TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS merge_audit_member ON merge_audit (member_id);
CREATE TABLE IF NOT EXISTS merge_audit_registration (
  registration_id TEXT NOT NULL, audit_id INTEGER NOT NULL, PRIMARY KEY (registration_id, audit_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS merge_audit_branch ON merge_audit (branch_id);`

export interface MergeAuditEntry {
  readonly id: number
  readonly atMs: number
  /** The member that both became, and the one that the other side had been. */
  readonly memberId: string
  readonly otherId: string
  /** The branch whose record joined; `headquarters` for a decision. */
  readonly branchId: string
  /** The decision that joined them; absent where both had registered one phone. */
  readonly decision?: number
  /** What stood at headquarters, and what joined it, as they were before. */
  readonly ours: Doc
  readonly theirs: Doc
}

export class MergeAudit {
  readonly #store: Store
  readonly #members: CollectionDeclaration | undefined

  constructor(store: Store) {
    this.#store = store
    this.#members = store.declarations.find(({ name }) => name === 'members')
    store.ensureTable(TABLE)
  }

  /** Call inside the transaction that merges. */
  note(entry: Omit<MergeAuditEntry, 'id'>): void {
    const { atMs, memberId, otherId, branchId, decision, ours, theirs } = entry
    const sql = 'INSERT INTO merge_audit VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)'
    const sides = [JSON.stringify(ours), JSON.stringify(theirs)]
    const { lastInsertRowid } = this.#store
      .prepare(sql)
      .run(atMs, memberId, otherId, branchId, decision ?? null, ...sides)
    const of = this.#store.prepare('INSERT OR IGNORE INTO merge_audit_registration VALUES (?, ?)')
    for (const one of [...liveRegistrations(ours), ...liveRegistrations(theirs)]) of.run(one, lastInsertRowid)
  }

  /** The merges of a member, oldest first. */
  ofMember(memberId: string): MergeAuditEntry[] {
    return this.#read('SELECT * FROM merge_audit WHERE member_id = ? ORDER BY id', memberId)
  }

  /** The merges that a branch's records took part in, oldest first, after an entry. */
  ofBranch(branchId: string, after: number, limit: number): MergeAuditEntry[] {
    return this.#read(
      'SELECT * FROM merge_audit WHERE branch_id = ? AND id > ? ORDER BY id LIMIT ?',
      branchId,
      after,
      limit,
    )
  }

  /** Blanks every side that speaks of an erased person: what has its registrations, or its id and none. */
  erase(memberIds: readonly string[], registrations: ReadonlySet<string>): void {
    const ofMember = 'SELECT * FROM merge_audit WHERE member_id = ?'
    const ofRegistration = `SELECT * FROM merge_audit WHERE id IN (
      SELECT audit_id FROM merge_audit_registration WHERE registration_id = ?)`
    const entries = [
      ...memberIds.flatMap((id) => this.#read(ofMember, id)),
      ...[...registrations].flatMap((one) => this.#read(ofRegistration, one)),
    ]
    const isTheirs = (side: Doc): boolean => {
      const own = liveRegistrations(side)
      return own.length === 0 ? memberIds.includes(side['id'] as string) : own.some((one) => registrations.has(one))
    }
    for (const { id, ours, theirs } of entries) {
      const sides = [ours, theirs].map((side) => (isTheirs(side) ? '{}' : JSON.stringify(side)))
      this.#store.prepare('UPDATE merge_audit SET ours = ?, theirs = ? WHERE id = ?').run(...sides, id)
    }
  }

  #read(sql: string, ...parameters: (string | number)[]): MergeAuditEntry[] {
    return (this.#store.prepare(sql).all(...parameters) as AuditRow[]).map((row) => ({
      id: row.id,
      atMs: row.at,
      memberId: row.member_id,
      otherId: row.other_id,
      branchId: row.branch_id,
      ...(row.decision !== null && { decision: row.decision }),
      ours: this.#side(row.ours),
      theirs: this.#side(row.theirs),
    }))
  }

  /** As today's schema has it, whenever it was noted; a side that was blanked stays blank. */
  #side(text: string): Doc {
    const side = JSON.parse(text) as Doc
    return this.#members && side['id'] !== undefined ? migrateDocument(this.#members, side) : side
  }
}

interface AuditRow {
  id: number
  at: number
  member_id: string
  other_id: string
  branch_id: string
  decision: number | null
  ours: string
  theirs: string
}
