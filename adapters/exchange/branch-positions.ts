/**
 * Where the branch stands in the cloud's commit sequence, by class. A new class starts at 0, which is no entry; so does
 * one that got another collection, whose older documents the position would pass.
 */
import { collectionsByClass, type CollectionDeclaration } from '../../schemas/collection.ts'
import type { Position, Positions } from '../../schemas/protocol/exchange.ts'
import type { Store } from '../sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS position (
  class INTEGER PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL, collections TEXT NOT NULL, loading INTEGER NOT NULL
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
    const rows = this.#store.prepare('SELECT class, epoch, seq, collections, loading FROM position').all()
    const known = (rows as PositionRow[]).filter((row) => row.collections === this.#collections.get(row.class))
    return Object.fromEntries(
      known.map(({ class: syncClass, epoch, seq, loading }) => [syncClass, { epoch, seq, loading: loading === 1 }]),
    )
  }

  /**
   * Call inside the transaction that takes what the position passes.
   *
   * @param more whether the class has more behind it; a first load goes on until it has not
   */
  move(syncClass: number, { epoch, seq }: Position, more: boolean): void {
    const loading = more && (this.all()[syncClass]?.loading ?? true) ? 1 : 0
    const sql = `INSERT INTO position VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
      epoch = excluded.epoch, seq = excluded.seq, collections = excluded.collections, loading = excluded.loading`
    this.#store.prepare(sql).run(syncClass, epoch, seq, this.#collections.get(syncClass) ?? '', loading)
  }

  /** Everything from here on comes with what the branch sent itself. */
  reload(): void {
    this.#store.prepare('UPDATE position SET loading = 1').run()
  }

  /** The branch stands nowhere, as a new one. */
  forget(): void {
    this.#store.prepare('DELETE FROM position').run()
  }

  /** @param back where a position is, as far as it still exists */
  goBack(back: (position: Position) => Position | undefined): void {
    for (const [syncClass, { epoch, seq, loading = false }] of Object.entries(this.all())) {
      const position = back({ epoch, seq })
      if (position) this.move(Number(syncClass), position, loading)
      else this.#store.prepare('DELETE FROM position WHERE class = ?').run(Number(syncClass))
    }
  }

  /** Nothing of these classes waits up to there; those that only headquarters has are left out. */
  level(positions: Readonly<Record<string, Position>>): void {
    for (const [syncClass, position] of Object.entries(positions)) {
      if (this.#collections.has(Number(syncClass))) this.move(Number(syncClass), position, false)
    }
  }
}

interface PositionRow {
  class: number
  epoch: string
  seq: number
  collections: string
  loading: number
}

function namesOf(declarations: readonly CollectionDeclaration[]): string {
  return declarations
    .map(({ name }) => name)
    .toSorted()
    .join(' ')
}
