/** How headquarters writes what it decides: edits that are stamped, joins of two members, and the fields that it publishes. */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { eraseDocument } from '../../schemas/erasure.ts'
import { newestStamp, replicatedState, sidecarOf } from '../../schemas/merge-spec.ts'
import { merge, sameState } from '../../schemas/merge.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { stampWrite } from '../../schemas/stamp-write.ts'
import { withLocalFields } from '../exchange/local-fields.ts'
import type { Replica } from '../exchange/replica.ts'
import type { DocumentRow } from '../sqlite/document-row.ts'
import type { WriteContext } from '../sqlite/document-table.ts'

export class IdentityWrites {
  readonly #replica: Replica
  readonly #write: WriteContext

  /** For one transaction. */
  constructor(replica: Replica, write: WriteContext) {
    this.#replica = replica
    this.#write = write
  }

  /** Writes an edit of a document, stamped like anybody's; the fields in `published` are headquarters' own. */
  edit(declaration: CollectionDeclaration, id: string, edit: (stored: Doc) => Doc, published: Doc = {}): Doc {
    const row = this.#row(declaration, id)
    const stamped = stampWrite(declaration.merge, row?.doc, edit(row?.doc ?? {}), this.#replica.clock.stamp)
    if (!stamped.ok) throw new OutpostError(stamped.code, stamped.reason, { field: stamped.field })
    return this.#put(declaration, row, { ...stamped.doc, ...published })
  }

  /** Replaces the fields that only headquarters writes. */
  publish(declaration: CollectionDeclaration, id: string, fields: Doc): void {
    const row = this.#row(declaration, id)
    if (row) this.#put(declaration, row, { ...row.doc, ...fields })
  }

  /** Joins one member's fields into another's, each with the stamp that it has: joining again changes nothing. */
  joinInto(declaration: CollectionDeclaration, from: Doc, into: string): void {
    const row = this.#row(declaration, into)
    if (!row) return
    const { merge: spec } = declaration
    const { d: _deleted, ...clock } = sidecarOf(from)
    const renamed: Record<string, unknown> = { ...replicatedState(from), clock, _deleted: false, [spec.key]: into }
    for (const field of spec.immutable) renamed[field] = row.doc[field]
    this.#put(declaration, row, merge(spec, renamed, row.doc))
  }

  /** Puts back what was stored before a document came, newer than it: whoever sent it takes it off again. */
  undo(declaration: CollectionDeclaration, came: Doc): { doc: Doc; written: boolean } {
    const { merge: spec } = declaration
    const row = this.#row(declaration, came[spec.key] as string)
    const merged = merge(spec, came, row?.doc ?? {})
    if (row && sameState(merged, row.doc)) return { doc: row.doc, written: false }
    const before = row ? row.doc : withoutContent(declaration, merged)
    const wanted = Object.fromEntries(Object.keys(merged).map((field) => [field, before[field]]))
    const stamped = stampWrite(
      spec,
      merged,
      { ...wanted, _deleted: before['_deleted'] === true },
      this.#replica.clock.stamp,
    )
    if (!stamped.ok) throw new OutpostError(stamped.code, stamped.reason, { field: stamped.field })
    return { doc: this.#put(declaration, row, stamped.doc), written: true }
  }

  /** @param forget fields of headquarters' own that say something of a person */
  erase(declaration: CollectionDeclaration, id: string, forget: readonly string[]): Doc | undefined {
    const row = this.#row(declaration, id)
    if (!row) return undefined
    const stamp = this.#replica.clock.stamp(newestStamp(row.doc))
    const erased: Record<string, unknown> = { ...eraseDocument(declaration.merge, row.doc, stamp) }
    for (const field of forget) delete erased[field]
    return this.#put(declaration, row, erased)
  }

  #row(declaration: CollectionDeclaration, id: string): DocumentRow | undefined {
    return this.#replica.store.table(declaration.name).row(id)
  }

  #put(declaration: CollectionDeclaration, row: DocumentRow | undefined, state: Doc): Doc {
    if (row && sameState(state, row.doc)) return row.doc
    const doc = withLocalFields(state, row?.doc, this.#replica.store.epoch)
    const refusal =
      this.#replica.validate(declaration, replicatedState(doc)) ?? declaration.refuse?.(doc, this.#replica.chainKey)
    if (refusal)
      throw new OutpostError(refusal.code, refusal.reason, refusal.field === undefined ? {} : { field: refusal.field })
    const table = this.#replica.store.table(declaration.name)
    table.write(this.#write, row, doc, { state: this.#replica.store.pendingState, origin: '' })
    return doc
  }
}

/** A tombstone that says nothing of what it was. */
function withoutContent(declaration: CollectionDeclaration, doc: Doc): Doc {
  const { key, immutable, erasure } = declaration.merge
  const kept = Object.fromEntries([key, ...immutable].map((field) => [field, doc[field]]))
  return { ...kept, ...erasure?.blank, _deleted: true }
}
