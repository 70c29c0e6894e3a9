/** Where the branch stands in the cloud's commit sequence, by class. A new class starts at 0, which is no entry. */
import type { Position, Positions } from '../../schemas/protocol/exchange.ts'
import type { Store } from '../sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS position (class INTEGER PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL) STRICT;`

export class BranchPositions {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  all(): Positions {
    const rows = this.#store.prepare('SELECT class, epoch, seq FROM position').all()
    return Object.fromEntries(
      (rows as { class: number; epoch: string; seq: number }[]).map(({ class: syncClass, epoch, seq }) => [
        syncClass,
        { epoch, seq },
      ]),
    )
  }

  /** Call inside the transaction that takes what the position passes. */
  move(syncClass: number, { epoch, seq }: Position): void {
    const sql = `INSERT INTO position VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq`
    this.#store.prepare(sql).run(syncClass, epoch, seq)
  }

  moveAll(positions: Positions): void {
    for (const [syncClass, position] of Object.entries(positions)) this.move(Number(syncClass), position)
  }
}
