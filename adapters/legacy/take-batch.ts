/** Takes a batch into a node: its documents, what was refused and how far it came, in one transaction. */
import { isRecord } from '../../schemas/json.ts'
import { deleteGone } from '../import/delete-gone.ts'
import { importRecord, type ImportContext } from '../import/import-records.ts'
import { ImportedRows } from '../import/imported-rows.ts'
import type { ImportResult } from '../import/import-result.ts'
import type { LegacyBatch, LegacyKind, LegacyReject, LegacyTaken } from './legacy-batch.ts'
import type { LegacyBook } from './legacy-book.ts'

export function takeBatch(context: ImportContext, book: LegacyBook, batch: LegacyBatch): LegacyTaken {
  const { source, records, rejects, gone, progress } = batch
  const { store, clock } = context.replica
  const rows = new ImportedRows(store)
  return store.transaction('import', (write) => {
    const at = new Date(clock.wallMs()).toISOString()
    let rejected = rejects.length
    let deleted = 0
    for (const reject of rejects) book.reject(source, reject, at)
    const note = (kind: LegacyKind, legacyId: string, result: ImportResult): void => {
      if (result.outcome !== 'rejected') return book.accept(source, kind, legacyId)
      rejected += 1
      const { code = 'INTERNAL', field, reason = '' } = result
      const refused = { kind, legacyId, code: code as LegacyReject['code'], reason }
      book.reject(source, field === undefined ? refused : { ...refused, field }, at)
    }
    for (const { kind, legacyId } of gone) {
      const result = deleteGone(context, write, rows, { kind, source, legacyId })
      if (result.outcome === 'updated') deleted += 1
      note(kind, legacyId, result)
    }
    const results = records.map((record) => {
      const result = importRecord(context, write, rows, record)
      // One that is no record has no name under which it could be listed; the answer says what is wrong with it.
      if (isNamed(record)) note(record.kind, record.legacyId, result)
      return result
    })
    if (progress) book.keep(source, progress)
    return { results, deleted, rejected }
  })
}

function isNamed(record: unknown): record is { readonly kind: LegacyKind; readonly legacyId: string } {
  if (!isRecord(record) || typeof record['legacyId'] !== 'string') return false
  return record['kind'] === 'member' || record['kind'] === 'order'
}
