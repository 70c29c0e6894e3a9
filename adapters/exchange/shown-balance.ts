/**
 * The balance that a branch shows: the one that headquarters published, corrected by the branch's own documents that it
 * does not contain yet, or contains in an earlier state or for somebody else.
 */
import { addContribution, NO_BALANCE, type Balance, type Contribution } from '../../schemas/contribution.ts'
import { memberOfDocument, resolveMember, type IdentityView } from '../../schemas/identity.ts'
import { toSortKey } from '../sqlite/sort-key.ts'
import type { BranchSide } from './branch-side.ts'

/** @param id any id that has ever stood for the member */
export function shownBalance(branch: BranchSide, id: string): Balance {
  const { attribution, acceptances } = branch
  const { store } = branch.replica
  const memberId = resolveMember(attribution, id)
  const holder = store.declarations.find(({ holdsBalance }) => holdsBalance)
  const member = holder && store.table(holder.name).get(memberId)
  const balanceSeq = (member?.['balanceSeq'] as number | undefined) ?? 0
  let shown = (member?.['balance'] as Balance | undefined) ?? NO_BALANCE
  // Headquarters counted by the decisions that it had taken then.
  const then = attribution.asOf((member?.['decided'] as number | undefined) ?? 0)
  const writtenIds = attribution.writtenIdsOf(memberId)
  for (const declaration of store.declarations) {
    if (!declaration.contribution) continue
    const table = store.table(declaration.name)
    const column = table.columns.byField.get('memberId')?.column
    if (!column) continue
    const { key } = declaration.merge
    // Every index starts with whether a document is deleted: without both cases named, SQLite would go over all of it.
    const where = `deleted IN (0, 1) AND ${column} = ?`
    const written = (one: string) => table.select(where, '', [toSortKey(one)]).map((doc) => doc[key] as string)
    const accepted = (one: string) => acceptances.documentsOf(one, declaration.name)
    for (const documentId of new Set(writtenIds.flatMap((one) => [...written(one), ...accepted(one)]))) {
      const doc = table.get(documentId)
      const present = doc && declaration.contribution(doc)
      const contained = acceptances.contained(declaration.name, documentId, balanceSeq)
      if (present && countsFor(attribution, present, memberId)) shown = addContribution(shown, present, 1)
      if (countsFor(then, contained, memberId)) shown = addContribution(shown, contained, -1)
    }
  }
  return shown
}

function countsFor(view: IdentityView, contribution: Contribution, memberId: string): boolean {
  return memberOfDocument(view, contribution.memberId, contribution.registrationId) === memberId
}
