/**
 * The time after headquarters was restored from a backup. Until every active branch has offered everything again, or a
 * person ends it, headquarters decides nothing new about who is who and purges nothing: what it decided in the future
 * that was lost is still coming back.
 */
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { WriteContext } from '../sqlite/document-table.ts'
import type { Store } from '../sqlite/store.ts'

const TABLES = `
CREATE TABLE IF NOT EXISTS recovery (
  only INTEGER PRIMARY KEY CHECK (only = 0), name TEXT NOT NULL, since REAL NOT NULL, from_seq INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS recovery_done (branch_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS recovery_owed (branch_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;`

export interface RecoveryUnderWay {
  readonly name: string
  readonly sinceMs: number
  /** How far the store had come when it was noticed: what came back is behind it. */
  readonly fromSeq: number
}

export class Recovery {
  readonly #store: Store
  readonly #onEnd: ((write: WriteContext, fromSeq: number) => void)[] = []

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLES)
  }

  /** The one that is under way. */
  current(): RecoveryUnderWay | undefined {
    const sql = 'SELECT name, since AS sinceMs, from_seq AS fromSeq FROM recovery WHERE only = 0'
    return this.#store.prepare(sql).get() as RecoveryUnderWay | undefined
  }

  get isRunning(): boolean {
    return this.current() !== undefined
  }

  /** A branch relies on what this store no longer knows, or has not brought back all of it. Call inside a transaction. */
  begin(branchId: string, newName: () => string, nowMs: number): void {
    this.#store
      .prepare('INSERT OR IGNORE INTO recovery VALUES (0, ?, ?, ?)')
      .run(newName(), nowMs, this.#store.head().seq)
    this.#store.prepare('DELETE FROM recovery_done WHERE branch_id = ?').run(branchId)
    this.#store.prepare('INSERT OR IGNORE INTO recovery_owed VALUES (?)').run(branchId)
  }

  /** As `begin`, where only this one of the branches is waited for. Call inside a transaction. */
  beginFor(branchId: string, branchIds: readonly string[], newName: () => string, nowMs: number): void {
    this.begin(branchId, newName, nowMs)
    const insert = this.#store.prepare('INSERT OR IGNORE INTO recovery_done VALUES (?)')
    for (const other of branchIds) if (other !== branchId) insert.run(other)
  }

  /** Whether a branch was amid offering everything again when a person ended the recovery: it still brings decisions. */
  isOwedBy(branchId: string): boolean {
    return this.#store.prepare('SELECT 1 FROM recovery_owed WHERE branch_id = ?').get(branchId) !== undefined
  }

  /** A branch has nothing more to offer. Call inside a transaction. */
  done(branchId: string): void {
    this.#store.prepare('INSERT OR IGNORE INTO recovery_done VALUES (?)').run(branchId)
    this.#store.prepare('DELETE FROM recovery_owed WHERE branch_id = ?').run(branchId)
  }

  /** Of these branches those that have not offered everything yet. */
  waitingFor(branchIds: readonly string[]): string[] {
    const done = new Set(this.#store.prepare('SELECT branch_id FROM recovery_done').pluck().all() as string[])
    return branchIds.filter((id) => !done.has(id))
  }

  /** What was put off follows in the same transaction; without a recovery nothing does. */
  end(write: WriteContext): void {
    const underWay = this.current()
    if (!underWay) return
    this.#store.prepare('DELETE FROM recovery').run()
    this.#store.prepare('DELETE FROM recovery_done').run()
    for (const listener of this.#onEnd) listener(write, underWay.fromSeq)
  }

  /** Does what was put off, inside the transaction that ends the recovery. */
  onEnd(listener: (write: WriteContext, fromSeq: number) => void): void {
    this.#onEnd.push(listener)
  }

  /** @throws OutpostError RECOVERING */
  refuse(): void {
    if (!this.isRunning) return
    const message = 'headquarters was restored from a backup and waits until every branch has offered everything again'
    throw new OutpostError('RECOVERING', message)
  }
}
