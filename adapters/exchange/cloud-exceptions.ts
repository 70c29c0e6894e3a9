/** Headquarters' exceptions: what branches cannot take, what came back to it from its own lost past. */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import { merge, sameState } from '../../schemas/merge.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { stampWrite } from '../../schemas/stamp-write.ts'
import type { DocumentRow } from '../sqlite/document-row.ts'
import type { WriteContext } from '../sqlite/document-table.ts'
import type { CloudSide } from './cloud-side.ts'
import { undo } from './discards.ts'
import { ExceptionDesk, type ExceptionDeskParts } from './exception-desk.ts'
import { failedState } from './exception-view.ts'
import type { ExceptionRow } from './exceptions.ts'
import { withLocalFields } from './local-fields.ts'
import { declarationOf, type Replica } from './replica.ts'
import { refusalError } from './write-for-person.ts'

export function cloudExceptions(
  { replica, exceptions }: Pick<CloudSide, 'replica' | 'exceptions'>,
  parts: Pick<ExceptionDeskParts, 'take'>,
): ExceptionDesk {
  const rowOf = ({ collection, id }: ExceptionRow) => replica.store.table(collection).row(id)
  /** Several branches may have brought the same back: what is decided of one state is decided of what it contains. */
  const decide = (write: WriteContext, declaration: CollectionDeclaration, of: ExceptionRow, doc: Doc) => {
    put(replica, write, declaration, rowOf(of), doc)
    for (const { branchId, ...other } of exceptions.ofDocument('here', of.collection, of.id)) {
      const state = other.code === 'LOST_FUTURE' ? failedState(other, declaration) : undefined
      if (!state || !sameState(merge(declaration.merge, state, doc), doc)) continue
      exceptions.clear('here', branchId, of.collection, of.id)
    }
  }
  return new ExceptionDesk({
    ...parts,
    node: 'cloud',
    replica,
    exceptions,
    isDiscarded: () => false,
    wake: () => undefined, // branches come by themselves
    retry(write, of, step) {
      const declaration = declarationOf(replica, of.collection)
      const row = rowOf(of)
      // With a new seq it is news to every branch that may hold it.
      if (step === 'resend') put(replica, write, declaration, row, row!.doc)
      else decide(write, declaration, of, restored(declaration, failedState(of, declaration)!, row))
    },
    discard(write, of) {
      const declaration = declarationOf(replica, of.collection)
      const row = rowOf(of)
      decide(write, declaration, of, withdrawn(replica, declaration, failedState(of, declaration)!, row))
    },
  })
}

/** As headquarters' own write, which goes to every branch. */
function put(
  replica: Replica,
  write: WriteContext,
  declaration: CollectionDeclaration,
  row: DocumentRow | undefined,
  doc: Doc,
): void {
  const { store } = replica
  const refusal = replica.validate(declaration, replicatedState(doc)) ?? declaration.refuse?.(doc, replica.chainKey)
  if (refusal) throw refusalError(refusal)
  const stored = withLocalFields(doc, row?.doc, store.epoch)
  store.table(declaration.name).write(write, row, stored, { state: store.pendingState, origin: '' })
}

/** What came back joined with what headquarters has by now, which keeps the say over its own fields. */
function restored(declaration: CollectionDeclaration, cameBack: Doc, row: DocumentRow | undefined): Doc {
  refuseSigned(declaration)
  return merge(declaration.merge, cameBack, row?.doc ?? cameBack)
}

/** What headquarters has, or a deletion where it has nothing, newer than what came back. */
function withdrawn(
  replica: Replica,
  declaration: CollectionDeclaration,
  cameBack: Doc,
  row: DocumentRow | undefined,
): Doc {
  refuseSigned(declaration)
  if (row) return undo(replica, declaration, cameBack, row.doc) ?? row.doc
  const stamped = stampWrite(declaration.merge, cameBack, { ...cameBack, _deleted: true }, replica.clock.stamp)
  if (!stamped.ok) throw refusalError(stamped)
  return stamped.doc
}

/** Nobody writes those but who decides: what was signed once is true for ever and comes back by itself. */
function refuseSigned(declaration: CollectionDeclaration): void {
  if (declaration.signed !== true) return
  throw new OutpostError('EXCEPTION_STANDS', `${declaration.name} are made by what headquarters decides`)
}
