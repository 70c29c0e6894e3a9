/** Writes of this node itself (imports, its API): stamped like any RxDB write, many documents in one transaction. */
import type { CollectionDeclaration, Refusal } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { stampWrite } from '../../schemas/stamp-write.ts'
import type { WriteContext } from '../sqlite/document-table.ts'
import { withLocalFields } from './local-fields.ts'
import type { Replica } from './replica.ts'

export type WriteResult =
  | { readonly outcome: 'inserted' | 'updated' | 'unchanged'; readonly doc: Doc; readonly seq: number }
  | { readonly outcome: 'refused'; readonly refusal: Refusal }

/** Computes the wanted state from the stored one, tombstones included; `undefined` leaves it as it is. */
export type Edit = (stored: Doc | undefined) => Doc | undefined

/** Call inside a transaction. */
export function writeDocument(
  replica: Replica,
  write: WriteContext,
  declaration: CollectionDeclaration,
  id: string,
  edit: Edit,
): WriteResult {
  const table = replica.store.table(declaration.name)
  const row = table.row(id)
  const wanted = edit(row?.doc)
  if (!wanted) return row ? { outcome: 'unchanged', doc: row.doc, seq: row.seq } : NOTHING_TO_WRITE
  const stamped = stampWrite(declaration.merge, row?.doc, wanted, replica.clock.stamp)
  if (!stamped.ok) return { outcome: 'refused', refusal: stamped }
  if (row && !stamped.changed) return { outcome: 'unchanged', doc: row.doc, seq: row.seq }
  const doc = withLocalFields(stamped.doc, row?.doc, replica.store.epoch)
  const refusal = replica.validate(declaration, replicated(doc)) ?? declaration.refuse?.(doc, replica.chainKey)
  if (refusal) return { outcome: 'refused', refusal }
  const seq = table.write(write, row, doc, { state: replica.store.pendingState, origin: '' })
  return { outcome: row ? 'updated' : 'inserted', doc, seq }
}

const NOTHING_TO_WRITE: WriteResult = {
  outcome: 'refused',
  refusal: { code: 'DOCUMENT_UNKNOWN', reason: 'there is no such document' },
}

function replicated(doc: Doc): Doc {
  const { _rev, _meta, _attachments, ...rest } = doc
  return rest
}
