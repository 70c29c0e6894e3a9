/** The addresses of headquarters for what a person does with a branch as a whole, and for a recovery. */
import { z } from 'zod'
import type { RouteTable } from '../adapters/http/route-table.ts'
import { branchOrderSchema, keepOrderSchema, type BranchOutcome } from '../schemas/protocol/branches.ts'
import type { BranchLifecycle } from './branch-lifecycle.ts'

const idInPath = z.object({ id: z.string().min(1).max(64) })

interface Order {
  readonly about: string
  readonly audit: string
  readonly does: (id: string, dryRun: boolean) => BranchOutcome
}

export function addBranchRoutes(routes: RouteTable, lifecycle: BranchLifecycle): void {
  routes.add(
    {
      method: 'GET',
      path: '/api/branches/:id',
      access: 'viewer',
      about: 'Everything that headquarters knows of a branch.',
      params: idInPath,
    },
    ({ params }) => lifecycle.show(params.id),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/branches/:id/keep',
      access: 'administrator',
      about: 'Says which of two PCs with the identity of one branch lives.',
      params: idInPath,
      body: keepOrderSchema,
      audit: 'branch.keep',
    },
    ({ params, body }) => lifecycle.keep(params.id, body.epoch, body.dryRun),
  )
  const orders: Readonly<Record<string, Order>> = {
    replace: {
      about: 'Lets a new PC be the branch, and none from before.',
      audit: 'branch.replace',
      does: (id, dryRun) => lifecycle.replace(id, dryRun),
    },
    retire: {
      about: 'Retires a branch: it is let in no more, and nothing waits for it.',
      audit: 'branch.retire',
      does: (id, dryRun) => lifecycle.retire(id, dryRun),
    },
    revive: {
      about: 'Brings a retired branch back; it takes everything anew.',
      audit: 'branch.revive',
      does: (id, dryRun) => lifecycle.revive(id, dryRun),
    },
    snapshot: {
      about: 'Has a branch take everything anew.',
      audit: 'branch.resnapshot',
      does: (id, dryRun) => lifecycle.resnapshot(id, dryRun),
    },
  }
  for (const [name, { about, audit, does }] of Object.entries(orders)) {
    routes.add(
      {
        method: 'POST',
        path: `/api/branches/:id/${name}`,
        access: 'administrator',
        about,
        params: idInPath,
        body: branchOrderSchema,
        audit,
      },
      ({ params, body }) => does(params.id, body.dryRun),
    )
  }
  routes.add(
    {
      method: 'GET',
      path: '/api/recovery',
      access: 'viewer',
      about: 'The recovery of a restored headquarters that is under way, if there is one.',
    },
    () => {
      const recovery = lifecycle.recovery()
      return recovery ? { recovery } : {}
    },
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/recovery/end',
      access: 'administrator',
      about: 'Ends the recovery, whichever branches have not offered everything again yet.',
      body: branchOrderSchema,
      audit: 'recovery.end',
    },
    ({ body }) => lifecycle.endRecovery(body.dryRun),
  )
}
