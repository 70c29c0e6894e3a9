/** The id of headquarters' own request about what it holds: the same whenever that arrives again, and no other's. */
import { createHash } from 'node:crypto'
import { HEADQUARTERS_OWN } from '../../schemas/collections/requests.ts'

/** Of a registration, which one branch made. */
export function heldRegistrationId(registrationId: string): string {
  return own(registrationId)
}

/** Of the deletion of a member: several branches may say it, and each is told what becomes of its own. */
export function heldDeletionId(memberId: string, branchId: string): string {
  return own(`${branchId}\n${memberId}`)
}

function own(of: string): string {
  return HEADQUARTERS_OWN + createHash('sha256').update(of).digest('hex').slice(0, 32)
}
