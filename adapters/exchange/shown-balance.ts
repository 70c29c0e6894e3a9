/**
 * The balance that a branch shows: the one that headquarters published, corrected by the branch's own documents that it
 * does not contain yet, or contains in an earlier state or for somebody else.
 */
import { addContribution, NO_BALANCE, type Balance, type Contribution } from '../../schemas/contribution.ts'
import { memberOfDocument, resolveMember, type IdentityView } from '../../schemas/identity.ts'
import { writtenFor } from './written-for.ts'
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
  const ids = [memberId, ...attribution.everLedTo(memberId)]
  const registrations = attribution.registrationsGivenTo(memberId)
  for (const declaration of store.declarations) {
    if (!declaration.contribution) continue
    const table = store.table(declaration.name)
    if (!table.columns.byField.has('memberId')) continue
    const written = writtenFor(declaration, table, ids, registrations).map(
      (doc) => doc[declaration.merge.key] as string,
    )
    const accepted = acceptances.documentsOf(declaration.name, ids, registrations)
    for (const documentId of new Set([...written, ...accepted])) {
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
