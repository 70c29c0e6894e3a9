/** RxDB clients of headquarters: each request names its branch, and is taken as that branch's own would be. */
import type { Request } from 'express'
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { CloudIdentity } from '../exchange/cloud-side.ts'
import type { DeletedDocuments } from '../exchange/deleted-documents.ts'
import type { Replica } from '../exchange/replica.ts'
import type { EndpointClient } from './client-push.ts'
import { BRANCH_HEADER, type ExchangeHooks } from './exchange-routes.ts'

/** @returns whose client asks; throws OutpostError BRANCH_UNKNOWN, BRANCH_DISABLED */
export function branchClients(
  replica: Replica,
  { gate, onRejected }: Pick<CloudIdentity, 'gate' | 'onRejected'>,
  deleted: DeletedDocuments,
  { admit }: Pick<ExchangeHooks, 'admit'>,
): (req: Request) => EndpointClient {
  return (req) => {
    const branchId = req.get(BRANCH_HEADER)
    if (branchId === undefined) {
      throw new OutpostError('BRANCH_UNKNOWN', `the header ${BRANCH_HEADER} names no branch`)
    }
    admit(branchId)
    const scopes = [SHARED_SCOPE, branchId]
    return { branchId, scopes, latestMs: replica.clock.ceilingMs(), gate, deleted, onRejected }
  }
}
