/**
 * Where the branch stands in the cloud's commit sequence, by class. A new class starts at 0, which is no entry; so does
 * one that got another collection, whose older documents the position would pass.
 */
import { collectionsByClass, type CollectionDeclaration } from '../../schemas/collection.ts'
import type { Position, Positions } from '../../schemas/protocol/exchange.ts'
import type { Store } from '../sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS position (
  class INTEGER PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL, collections TEXT NOT NULL
) STRICT;`

export class BranchPositions {
  readonly #store: Store
  /** The names of each class's collections, as they are noted beside a position. */
  readonly #collections: ReadonlyMap<number, string>

  constructor(store: Store, declarations: readonly CollectionDeclaration[]) {
    this.#store = store
    const classes = [...collectionsByClass(declarations)]
    this.#collections = new Map(classes.map(([syncClass, of]) => [syncClass, namesOf(of)]))
    store.ensureTable(TABLE)
  }

  all(): Positions {
    const rows = this.#store.prepare('SELECT class, epoch, seq, collections FROM position').all()
    const known = (rows as { class: number; epoch: string; seq: number; collections: string }[]).filter(
      (row) => row.collections === this.#collections.get(row.class),
    )
    return Object.fromEntries(known.map(({ class: syncClass, epoch, seq }) => [syncClass, { epoch, seq }]))
  }

  /** Call inside the transaction that takes what the position passes. */
  move(syncClass: number, { epoch, seq }: Position): void {
    const sql = `INSERT INTO position VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
      epoch = excluded.epoch, seq = excluded.seq, collections = excluded.collections`
    this.#store.prepare(sql).run(syncClass, epoch, seq, this.#collections.get(syncClass) ?? '')
  }

  moveAll(positions: Positions): void {
    for (const [syncClass, position] of Object.entries(positions)) this.move(Number(syncClass), position)
  }
}

function namesOf(declarations: readonly CollectionDeclaration[]): string {
  return declarations
    .map(({ name }) => name)
    .toSorted()
    .join(' ')
}
