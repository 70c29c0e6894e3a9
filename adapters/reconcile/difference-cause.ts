/**
 * Why the rows of a document are likely to be as they are. Each row says by its version with which state of its document it
 * was written, and the mirror has passed the present one; so what contradicts it came from elsewhere.
 *
 * - `newer-state`: a row is of a later state than headquarters has. Headquarters was restored, or another one writes here.
 * - `older-state`: a row is of an earlier state. MySQL was restored, or somebody wrote an old copy back.
 * - `left-behind`: rows of a document that was deleted or that there is not, with a version as the mirror writes it.
 * - `inserted`: a row that no state of a document has had, inserted by hand or by another program.
 * - `deleted`: a row is missing that was written.
 * - `changed`: a row of the present state holds something else: changed by hand or by another program.
 * - `cut-off`: it holds the beginning only of what was written: somebody has made a column shorter.
 */
import type { RowDifference } from '../mysql/compare-rows.ts'
import type { DocumentDifference } from '../mysql/settle-documents.ts'
import { VERSION_COLUMN } from '../mysql/table-definition.ts'
import { DIFFERENCE_CAUSES, type DifferenceCause } from '../../schemas/protocol/reconciliation.ts'

/** @param head the store's newest seq */
export function differenceCause(difference: DocumentDifference, head: number): DifferenceCause {
  const causes = new Set(difference.rows.map((row) => rowCause(difference, row, head)))
  // What explains more goes first: after a restore of MySQL, rows are missing, too many and old at once.
  return DIFFERENCE_CAUSES.find((cause) => causes.has(cause))!
}

function rowCause({ seq, deleted }: DocumentDifference, row: RowDifference, head: number): DifferenceCause {
  const { kind, writtenAt = 0, fields } = row
  if (kind === 'missing') return 'deleted'
  if (writtenAt > (seq ?? head)) return 'newer-state'
  if (kind === 'unexpected') {
    if (writtenAt === 0 || writtenAt === seq) return 'inserted'
    return deleted || seq === undefined ? 'left-behind' : 'older-state'
  }
  if (writtenAt !== seq) return 'older-state'
  const values = fields.filter(({ column }) => column !== VERSION_COLUMN)
  if (values.length === 0) return 'newer-state'
  const isCut = values.every(
    ({ expected, found }) => expected !== null && found !== null && found !== '' && expected.startsWith(found),
  )
  return isCut ? 'cut-off' : 'changed'
}
