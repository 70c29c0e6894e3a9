/** RxDB clients of headquarters: each request names its branch, and is taken as that branch's own would be. */
import type { Request } from 'express'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { CloudIdentity, CloudSide } from '../exchange/cloud-side.ts'
import { scopesOf } from '../exchange/replica.ts'
import type { EndpointClient } from './client-push.ts'
import { BRANCH_HEADER, type ExchangeHooks } from './exchange-routes.ts'

type Cloud = Pick<CloudSide, 'replica' | 'deleted'>

/** @returns whose client asks; throws OutpostError BRANCH_UNKNOWN, BRANCH_DISABLED */
export function branchClients(
  cloud: Cloud,
  identity: Pick<CloudIdentity, 'gate' | 'onRejected'>,
  { admit }: Pick<ExchangeHooks, 'admit'>,
): (req: Request) => EndpointClient {
  return (req) => {
    const branchId = req.get(BRANCH_HEADER)
    if (branchId === undefined) {
      throw new OutpostError('BRANCH_UNKNOWN', `the header ${BRANCH_HEADER} names no branch`)
    }
    admit(branchId)
    return clientOfBranch(cloud, identity, branchId)
  }
}

export function clientOfBranch(
  { replica, deleted }: Cloud,
  { gate, onRejected }: Pick<CloudIdentity, 'gate' | 'onRejected'>,
  branchId: string,
): EndpointClient {
  return { branchId, scopes: scopesOf(branchId), latestMs: replica.clock.ceilingMs(), gate, deleted, onRejected }
}
