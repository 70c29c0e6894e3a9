/**
 * What only headquarters writes, coming back from a branch after headquarters has lost it. Decisions prove themselves by
 * their signature; everything else waits among the exceptions until a person takes it or keeps it away.
 */
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import { scopeOf, type CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { merge, sameState } from '../../schemas/merge.ts'
import type { TakeBack } from './accept-document.ts'
import { MAX_TRIES, type Exceptions } from './exceptions.ts'
import { withLocalFields } from './local-fields.ts'
import { idOf, type Replica } from './replica.ts'

export function takeBack(replica: Replica, exceptions: Exceptions, branchId: string): TakeBack {
  return (write, declaration, pushed) => {
    const { store } = replica
    const refusal =
      replica.validate(declaration, pushed) ??
      ([SHARED_SCOPE, branchId].includes(scopeOf(declaration, pushed)) ? undefined : FOREIGN) ??
      declaration.refuse?.(pushed, replica.chainKey) ??
      replica.refuseUnsigned(declaration, pushed)
    if (refusal) return { outcome: 'rejected', refusal }
    const table = store.table(declaration.name)
    const row = table.row(idOf(declaration, pushed))
    const merged = merge(declaration.merge, pushed, row?.doc ?? {})
    if (row && sameState(merged, row.doc)) {
      return { outcome: sameState(merged, pushed) ? 'applied' : 'merged', doc: row.doc, written: false }
    }
    if (declaration.signed === true) {
      const doc = withLocalFields(merged, row?.doc, store.epoch)
      table.write(write, row, doc, { state: store.pendingState, origin: branchId })
      return { outcome: 'applied', doc, written: true }
    }
    noteLostFuture(exceptions, declaration, pushed, branchId, Date.now())
    return { outcome: 'held', doc: pushed, written: false }
  }
}

const FOREIGN = { code: 'SCOPE', reason: 'the document does not belong to this branch' } as const

/** Parks a state that headquarters had before it was restored. */
export function noteLostFuture(
  exceptions: Exceptions,
  declaration: CollectionDeclaration,
  document: Doc,
  branchId: string,
  nowMs: number,
): void {
  const failure = {
    direction: 'here',
    branchId,
    collection: declaration.name,
    id: idOf(declaration, document),
    code: 'LOST_FUTURE',
    reason: 'headquarters had written this before it was restored from a backup',
    document: JSON.stringify(document),
  } as const
  exceptions.fail(failure, nowMs, MAX_TRIES)
}
