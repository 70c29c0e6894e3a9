/** The merge of a collection as RxDB's conflict handler. */
import type { RxConflictHandler } from 'rxdb'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { merge, sameState } from '../../schemas/merge.ts'

export function conflictHandlerOf(declaration: CollectionDeclaration): RxConflictHandler<Doc> {
  return {
    isEqual: (a, b) => sameState(a, b),
    resolve: ({ newDocumentState, realMasterState }) =>
      merge(declaration.merge, newDocumentState, realMasterState) as never,
  }
}
