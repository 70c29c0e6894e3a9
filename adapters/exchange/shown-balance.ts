/**
 * The balance that a branch shows: the one that headquarters published, corrected by the branch's own documents that it
 * does not contain yet, or contains in an earlier state.
 */
import { addContribution, NO_BALANCE, type Balance } from '../../schemas/contribution.ts'
import { toSortKey } from '../sqlite/sort-key.ts'
import type { BranchSide } from './branch-side.ts'

/** @param memberId of a member whose document is here */
export function shownBalance(branch: BranchSide, memberId: string): Balance {
  const { store } = branch.replica
  const holder = store.declarations.find(({ holdsBalance }) => holdsBalance)
  const member = holder && store.table(holder.name).get(memberId)
  const balanceSeq = (member?.['balanceSeq'] as number | undefined) ?? 0
  let shown = (member?.['balance'] as Balance | undefined) ?? NO_BALANCE
  for (const declaration of store.declarations) {
    if (!declaration.contribution) continue
    const table = store.table(declaration.name)
    const column = table.columns.byField.get('memberId')?.column
    if (!column) continue
    const { key } = declaration.merge
    // Every index starts with whether a document is deleted: without both cases named, SQLite would go over all of it.
    const where = `deleted IN (0, 1) AND ${column} = ?`
    const here = table.select(where, '', [toSortKey(memberId)]).map((doc) => doc[key] as string)
    for (const id of new Set([...here, ...branch.acceptances.documentsOf(memberId, declaration.name)])) {
      const doc = table.get(id)
      const present = doc && declaration.contribution(doc)
      const contained = branch.acceptances.contained(declaration.name, id, balanceSeq)
      if (present?.memberId === memberId) shown = addContribution(shown, present, 1)
      if (contained.memberId === memberId) shown = addContribution(shown, contained, -1)
    }
  }
  return shown
}
