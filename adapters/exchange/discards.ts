/**
 * Documents whose local state a person has discarded at a branch. Headquarters is asked for them like for any that is
 * wanted again; what it answers takes the place of the local state instead of being merged into it.
 */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { jsonEqual, type Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import { merge, sameState } from '../../schemas/merge.ts'
import { stampWrite } from '../../schemas/stamp-write.ts'
import { ROW_STATE, type DocumentRow } from '../sqlite/document-row.ts'
import type { WriteContext } from '../sqlite/document-table.ts'
import type { Store } from '../sqlite/store.ts'
import { withLocalFields } from './local-fields.ts'
import { declarationOf, type Replica } from './replica.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS discard (
  collection TEXT NOT NULL, document_id TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (collection, document_id)
) STRICT, WITHOUT ROWID;`

export class Discards {
  readonly #replica: Replica

  constructor(replica: Replica) {
    this.#replica = replica
    replica.store.ensureTable(TABLE)
  }

  /** @param seq of the discarded state: one that is written later stands */
  note(collection: string, id: string, seq: number): void {
    this.#store.prepare('INSERT OR REPLACE INTO discard VALUES (?, ?, ?)').run(collection, id, seq)
  }

  has(collection: string, id: string): boolean {
    return this.#seqOf(collection, id) !== undefined
  }

  /**
   * What headquarters has takes the document's place, unless it was written since. Call inside a transaction.
   *
   * @param origin what is noted where the state is exactly headquarters'
   * @returns whether it did
   */
  replace(write: WriteContext, declaration: CollectionDeclaration, theirs: Doc, origin: string): boolean {
    const { name, merge: spec } = declaration
    const row = this.#take(name, theirs[spec.key] as string)
    if (!row) return false
    // What headquarters alone writes is taken as it is: nothing goes back.
    const undone = declaration.direction === 'down' ? undefined : undo(this.#replica, declaration, row.doc, theirs)
    const doc = withLocalFields(undone ?? theirs, row.doc, this.#store.epoch)
    const options = undone ? { state: ROW_STATE.dirty, origin: '' } : { state: ROW_STATE.clean, origin }
    this.#store.table(name).write(write, row, doc, options)
    return true
  }

  /** Headquarters has no such document: unless it was written since it is deleted here, and headquarters hears nothing of it. */
  remove(write: WriteContext, collection: string, id: string): void {
    const row = this.#take(collection, id)
    if (!row) return
    const { merge: spec } = declarationOf(this.#replica, collection)
    const stamped = stampWrite(spec, row.doc, { ...row.doc, _deleted: true }, this.#replica.clock.stamp)
    // What takes no write was erased, and is a tombstone already.
    const doc = withLocalFields(stamped.ok ? stamped.doc : row.doc, row.doc, this.#store.epoch)
    this.#store.table(collection).write(write, row, doc, { state: ROW_STATE.clean, origin: '' })
  }

  /** Ends the discard; its row, if the document still is as it was then. */
  #take(collection: string, id: string): DocumentRow | undefined {
    const seq = this.#seqOf(collection, id)
    if (seq === undefined) return undefined
    this.#store.prepare('DELETE FROM discard WHERE collection = ? AND document_id = ?').run(collection, id)
    const row = this.#store.table(collection).row(id)
    return row?.seq === seq ? row : undefined
  }

  #seqOf(collection: string, id: string): number | undefined {
    const sql = 'SELECT seq FROM discard WHERE collection = ? AND document_id = ?'
    const found = this.#store.prepare(sql).get(collection, id) as { seq: number } | undefined
    return found?.seq
  }

  get #store(): Store {
    return this.#replica.store
  }
}

/**
 * What one state says, newer than another that is to be given up: whoever holds the other, such as a tablet of the
 * branch, takes it off by that.
 *
 * @returns `undefined` where the two differ in nothing that a write could say, or no write can say it
 */
export function undo(replica: Replica, declaration: CollectionDeclaration, givenUp: Doc, holds: Doc): Doc | undefined {
  const { merge: spec } = declaration
  const merged = merge(spec, givenUp, holds)
  if (sameState(merged, holds) || sameContent(merged, holds)) return undefined
  const wanted = Object.fromEntries(Object.keys(merged).map((field) => [field, holds[field]]))
  const deleted = { _deleted: holds['_deleted'] === true }
  const stamped = stampWrite(spec, merged, { ...wanted, ...holds, ...deleted }, replica.clock.stamp)
  if (!stamped.ok || !sameContent(stamped.doc, holds)) return undefined
  const state = replicatedState(stamped.doc)
  return replica.validate(declaration, state) ? undefined : state
}

function sameContent(a: Doc, b: Doc): boolean {
  return jsonEqual(content(a), content(b))
}

function content(doc: Doc): Doc {
  const { clock: _clock, _deleted, ...fields } = replicatedState(doc)
  return { ...fields, _deleted: _deleted === true }
}
