/**
 * What a branch knows of headquarters' store: its starts, and the newest position that the branch relies on. By these both
 * sides notice that headquarters was restored from a backup, however long it has gone on since.
 */
import { knowsPosition, lastCommon, type EpochStart, type Lineage } from '../../schemas/lineage.ts'
import type { Position } from '../../schemas/protocol/exchange.ts'
import type { Store } from '../sqlite/store.ts'

const TABLES = `
CREATE TABLE IF NOT EXISTS cloud_epoch (epoch TEXT PRIMARY KEY, first_seq INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS cloud_witness (
  only INTEGER PRIMARY KEY CHECK (only = 0), epoch TEXT NOT NULL, seq INTEGER NOT NULL
) STRICT;`

export class KnownCloud {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLES)
  }

  /** The newest position of headquarters' that an answer was acted upon with; `undefined` before the first. */
  witness(): Position | undefined {
    return this.#store.prepare('SELECT epoch, seq FROM cloud_witness WHERE only = 0').get() as Position | undefined
  }

  /** Call inside the transaction that acts on the answer. */
  rely({ epoch, seq }: Position): void {
    const sql = `INSERT INTO cloud_witness VALUES (0, ?, ?)
      ON CONFLICT DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq`
    this.#store.prepare(sql).run(epoch, seq)
  }

  /** Oldest first. */
  lineage(): Lineage {
    const sql = 'SELECT epoch, first_seq AS firstSeq FROM cloud_epoch ORDER BY rowid'
    return this.#store.prepare(sql).all() as EpochStart[]
  }

  newestEpoch(): string | undefined {
    const sql = 'SELECT epoch FROM cloud_epoch ORDER BY rowid DESC LIMIT 1'
    return this.#store.prepare(sql).pluck().get() as string | undefined
  }

  /** Takes headquarters' whole lineage. Call inside a transaction. */
  adopt(lineage: Lineage): void {
    this.#store.prepare('DELETE FROM cloud_epoch').run()
    const insert = this.#store.prepare('INSERT INTO cloud_epoch VALUES (?, ?)')
    for (const { epoch, firstSeq } of lineage) insert.run(epoch, firstSeq)
  }

  /**
   * How a position looks to a headquarters that was restored: the same where it knows it, else the last one that both
   * futures share; `undefined` where there is none. Call before the new lineage is adopted.
   */
  backTo(position: Position, lineage: Lineage, head: Position): Position | undefined {
    if (knowsPosition(lineage, head.seq, position)) return position
    const known = { lineage: this.lineage(), headSeq: Number.MAX_SAFE_INTEGER }
    return lastCommon(known, { lineage, headSeq: head.seq })
  }
}
