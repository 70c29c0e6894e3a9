/** Finds documents by whom they were written for: by the member id or by the registration that they carry. */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import type { DocumentTable } from '../sqlite/document-table.ts'
import { toSortKey } from '../sqlite/sort-key.ts'

/** Deleted ones too; each once, in no order. */
export function writtenFor(
  { merge }: CollectionDeclaration,
  table: DocumentTable,
  memberIds: readonly string[],
  registrationIds: readonly string[],
): Doc[] {
  const found = new Map<string, Doc>()
  for (const [field, values] of [
    ['memberId', memberIds],
    ['registrationId', registrationIds],
  ] as const) {
    const column = table.columns.byField.get(field)?.column
    if (!column) continue
    for (const value of values) {
      // Every index starts with whether a document is deleted: without both cases named, SQLite would go over all of it.
      for (const doc of table.select(`deleted IN (0, 1) AND ${column} = ?`, '', [toSortKey(value)])) {
        found.set(doc[merge.key] as string, doc)
      }
    }
  }
  return [...found.values()]
}
