/** Follow-ups of a member: their order, and who may take one off. */
import { compareText } from '../../../schemas/compare-text.ts'
import type { FollowUp } from '../../../schemas/collections/members.ts'
import type { StaffIdentity } from '../../../schemas/protocol/staff.ts'

export function newestFollowUps(followUps: readonly FollowUp[]): FollowUp[] {
  return followUps.toSorted((a, b) => compareText(b.at, a.at) || compareText(b.id, a.id))
}

/** One's own, by the name that stands on it; a manager's say is enough for any. */
export function mayRemove({ by }: FollowUp, person: Pick<StaffIdentity, 'name' | 'role'> | undefined): boolean {
  return person !== undefined && (person.role === 'manager' || person.name === by)
}
