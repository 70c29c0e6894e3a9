/** The id of headquarters' own request about what it holds: the same whenever that arrives again, and no other's. */
import { createHash } from 'node:crypto'
import { HEADQUARTERS_OWN } from '../../schemas/collections/requests.ts'

/** @param of a registration, or a member whose deletion is in question */
export function heldRequestId(of: string): string {
  return HEADQUARTERS_OWN + createHash('sha256').update(of).digest('hex').slice(0, 32)
}
