/** RxDB clients of headquarters: each belongs to a branch, and is taken as that branch's own would be. */
import type { Principal } from '../../schemas/access.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { CloudIdentity, CloudSide } from '../exchange/cloud-side.ts'
import { scopesOf } from '../exchange/replica.ts'
import type { EndpointClient } from './client-push.ts'

type Cloud = Pick<CloudSide, 'replica' | 'deleted'>

export interface Branches {
  /** @throws OutpostError BRANCH_UNKNOWN, BRANCH_RETIRED, BRANCH_DISABLED */
  readonly admit: (branchId: string) => unknown
}

/** @returns whose client asks; throws as `admit` */
export function branchClients(
  cloud: Cloud,
  identity: Pick<CloudIdentity, 'gate' | 'onRejected'>,
  { admit }: Branches,
): (principal: Principal) => EndpointClient {
  return (principal) => {
    if (principal.kind !== 'branch' && principal.kind !== 'program') {
      throw new OutpostError('FORBIDDEN', 'this is for clients of a branch only')
    }
    admit(principal.branchId)
    return clientOfBranch(cloud, identity, principal.branchId)
  }
}

export function clientOfBranch(
  { replica, deleted }: Cloud,
  { gate, onRejected }: Pick<CloudIdentity, 'gate' | 'onRejected'>,
  branchId: string,
): EndpointClient {
  return { branchId, scopes: scopesOf(branchId), latestMs: replica.clock.ceilingMs(), gate, deleted, onRejected }
}
