/** Deletes the document of a row that is gone where it was imported from. */
import { resolveMember } from '../../schemas/identity.ts'
import { declarationOf } from '../exchange/replica.ts'
import { writeDocument } from '../exchange/write-documents.ts'
import type { WriteContext } from '../sqlite/document-table.ts'
import type { ImportContext } from './import-records.ts'
import type { ImportResult } from './import-result.ts'
import { GONE, type ImportedRows } from './imported-rows.ts'

export interface GoneRow {
  readonly kind: 'member' | 'order'
  readonly source: string
  readonly legacyId: string
}

/**
 * An ordinary deletion, which replicates. A member whom another row, branch or till knows too stays: this row alone is
 * no reason to take him from them. Call inside a transaction.
 */
export function deleteGone(
  context: ImportContext,
  write: WriteContext,
  rows: ImportedRows,
  { kind, source, legacyId }: GoneRow,
): ImportResult {
  const { replica, here } = context
  const known = rows.find(kind, source, legacyId)
  if (!known || known.hash === GONE) return { outcome: 'unchanged' }
  const id = kind === 'member' ? resolveMember(here.world, known.documentId) : known.documentId
  const collection = `${kind}s`
  const stored = replica.store.table(collection).get(id)
  const noteGone = () => {
    rows.note(kind, source, legacyId, known.documentId, GONE)
    rows.forgetFields(kind, source, legacyId)
  }
  if (!stored || stored['_deleted'] === true) {
    noteGone()
    return { outcome: 'unchanged' }
  }
  const registrations = stored['registrations']
  if (kind === 'member' && Array.isArray(registrations) && registrations.length > 1) {
    const reason = `the row was deleted; the member stays, since ${registrations.length - 1} others registered the member too`
    return { outcome: 'rejected', code: 'MEMBER_CONFLICT', reason }
  }
  const written = writeDocument(replica, write, declarationOf(replica, collection), id, (doc) => ({
    ...doc,
    _deleted: true,
  }))
  if (written.outcome === 'refused') {
    const { code, reason, field } = written.refusal
    return { outcome: 'rejected', code, reason, ...(field !== undefined && { field }) }
  }
  noteGone()
  return { outcome: 'updated' }
}
