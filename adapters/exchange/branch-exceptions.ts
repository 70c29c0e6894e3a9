/** A branch's exceptions: what headquarters refused, what of headquarters' cannot be taken, what clients sent and was refused. */
import { ROW_STATE } from '../sqlite/document-row.ts'
import type { BranchSide } from './branch-side.ts'
import { ExceptionDesk, type ExceptionDeskParts } from './exception-desk.ts'

export function branchExceptions(branch: BranchSide, parts: Pick<ExceptionDeskParts, 'take' | 'wake'>): ExceptionDesk {
  const { replica, exceptions, discards, branchId } = branch
  const { store } = replica
  return new ExceptionDesk({
    ...parts,
    node: 'branch',
    replica,
    exceptions,
    isDiscarded: (collection, id) => discards.has(collection, id),
    retry(write, { collection, id }, step) {
      if (step !== 'send') return
      const row = store.table(collection).row(id)
      // In the lane of what failed before, where it delays nothing fresh.
      if (row?.state === ROW_STATE.parked) store.table(collection).settle(write, id, row.seq, ROW_STATE.retry)
    },
    discard(write, { collection, id }) {
      const row = store.table(collection).row(id)!
      store.table(collection).settle(write, id, row.seq, ROW_STATE.parked)
      discards.note(collection, id, row.seq)
      const reason = "what this branch had written was discarded, and headquarters' state is to take its place"
      exceptions.clear('pull', branchId, collection, id)
      exceptions.fail({ direction: 'pull', branchId, collection, id, code: 'DISCARDED', reason }, write.nowMs(), 0)
    },
  })
}
