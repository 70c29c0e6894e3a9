/** Documents that come from headquarters, as a branch takes them into its store. Everything here runs inside a transaction. */
import { scopeOf, type CollectionDeclaration, type Refusal } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { merge, sameState } from '../../schemas/merge.ts'
import type { Page, Receipt } from '../../schemas/protocol/exchange.ts'
import { ROW_STATE } from '../sqlite/document-row.ts'
import type { WriteContext } from '../sqlite/document-table.ts'
import type { Acceptances } from './acceptances.ts'
import type { Discards } from './discards.ts'
import type { Exceptions } from './exceptions.ts'
import { withLocalFields } from './local-fields.ts'
import { declarationOf, idOf, scopesOf, type Replica } from './replica.ts'

/** What came from the cloud is noted with this origin. */
const CLOUD_ORIGIN = 'cloud'

export interface FromCloudParts {
  readonly replica: Replica
  readonly branchId: string
  readonly exceptions: Exceptions
  readonly discards: Discards
  readonly acceptances: Acceptances
}

export class FromCloud {
  readonly #parts: FromCloudParts

  constructor(parts: FromCloudParts) {
    this.#parts = parts
  }

  /**
   * Joins the good ones; those that cannot be taken are noted as failures.
   *
   * @param failing those of which that is known already
   */
  take(
    write: WriteContext,
    documents: Page['documents'],
    nowMs: number,
    failing: ReadonlyMap<Page['documents'][number], Refusal> = NONE,
  ): Receipt[] {
    const fresh: Fresh = new Map()
    const receipts = documents.map((entry) => this.#applyOne(write, entry, nowMs, fresh, failing.get(entry)))
    for (const [declaration, docs] of fresh) this.#insert(write, declaration, docs)
    return receipts
  }

  /** Headquarters no longer has it, or it is no longer this branch's: one more failure, so that a person hears of it. */
  noteMissing(write: WriteContext, { collection, id }: { collection: string; id: string }, nowMs: number): void {
    const reason = 'it failed before, and headquarters did not send it again'
    const { branchId, discards, exceptions } = this.#parts
    if (discards.has(collection, id)) {
      discards.remove(write, collection, id)
      exceptions.clear('pull', branchId, collection, id)
      return
    }
    exceptions.fail({ direction: 'pull', branchId, collection, id, code: 'DOCUMENT_UNKNOWN', reason }, nowMs)
  }

  /** Joins the cloud's state with the row. Afterwards the row is dirty exactly if it differs from the cloud's. */
  join(write: WriteContext, declaration: CollectionDeclaration, theirs: Doc): void {
    const { replica, branchId, exceptions } = this.#parts
    const table = replica.store.table(declaration.name)
    const row = table.row(theirs[declaration.merge.key] as string)
    const merged = row ? merge(declaration.merge, row.doc, theirs) : theirs
    const state = sameState(merged, theirs) ? ROW_STATE.clean : ROW_STATE.dirty
    // Headquarters has all that the row says, so nothing of it is refused any more.
    if (row && row.state !== ROW_STATE.clean && state === ROW_STATE.clean) {
      exceptions.clear('push', branchId, declaration.name, row.id)
    }
    if (row && sameState(merged, row.doc)) {
      if (state === ROW_STATE.clean || row.state === ROW_STATE.clean) table.settle(write, row.id, row.seq, state)
      return
    }
    const doc = withLocalFields(merged, row?.doc, replica.store.epoch)
    table.write(write, row, doc, { state, origin: state === ROW_STATE.clean ? CLOUD_ORIGIN : '' })
  }

  /** @param fresh takes documents that are not here yet */
  #applyOne(
    write: WriteContext,
    entry: Page['documents'][number],
    nowMs: number,
    fresh: Fresh,
    failure: Refusal | undefined,
  ): Receipt {
    const { replica, branchId, exceptions, discards, acceptances } = this.#parts
    const { collection, seq, document, foldedSeq } = entry
    const declaration = declarationOf(replica, collection)
    const id = idOf(declaration, document)
    const refusal = failure ?? this.#refuse(declaration, document)
    if (refusal) {
      const { code, field, reason } = refusal
      exceptions.fail({ direction: 'pull', branchId, collection, id, seq, code, field, reason }, nowMs)
      return { collection, id, seq, outcome: 'rejected', code, reason }
    }
    if (!replica.store.table(collection).has(id)) pushTo(fresh, declaration, document)
    else if (!discards.replace(write, declaration, document, CLOUD_ORIGIN)) this.join(write, declaration, document)
    acceptances.note(declaration, document, foldedSeq)
    exceptions.clear('pull', branchId, collection, id)
    return { collection, id, seq, outcome: 'applied' }
  }

  #refuse(declaration: CollectionDeclaration, document: Doc): Refusal | undefined {
    const { replica, branchId } = this.#parts
    const invalid = replica.validate(declaration, document)
    if (invalid) return invalid
    const mine = scopesOf(branchId).includes(scopeOf(declaration, document))
    if (!mine) return { code: 'SCOPE', reason: 'the document does not belong to this branch' }
    return declaration.refuse?.(document, replica.chainKey) ?? replica.refuseUnsigned(declaration, document)
  }

  /** Many at once; one that came twice with a page is joined with what it was the first time. */
  #insert(write: WriteContext, declaration: CollectionDeclaration, documents: readonly Doc[]): void {
    const { store } = this.#parts.replica
    const docs = documents.map((document) => withLocalFields(document, undefined, store.epoch))
    const options = { state: ROW_STATE.clean, origin: CLOUD_ORIGIN }
    for (const doc of store.table(declaration.name).insertNew(write, docs, options)) this.join(write, declaration, doc)
  }
}

const NONE: ReadonlyMap<Page['documents'][number], Refusal> = new Map()

type Fresh = Map<CollectionDeclaration, Doc[]>

function pushTo<K, T>(lists: Map<K, T[]>, key: K, value: T): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
