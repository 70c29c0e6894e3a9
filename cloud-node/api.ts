/** The addresses of the cloud node for its pages and its commands. */
import { z } from 'zod'
import { addOpenRoutes } from '../adapters/http/openapi-routes.ts'
import { addDocumentRoutes } from '../adapters/http/document-routes.ts'
import type { RouteTable } from '../adapters/http/route-table.ts'
import type { WriteNotes } from '../adapters/http/write-notes.ts'
import { addStatusRoutes, type StatusSource } from '../adapters/http/status-routes.ts'
import type { Log } from '../adapters/log.ts'
import type { Backups } from '../adapters/node/backups.ts'
import type { CloudNodeStatus } from '../schemas/protocol/status.ts'
import type { Alerts } from './alerts.ts'
import { addBranchRoutes } from './branch-routes.ts'
import type { CloudOperations } from './cloud-operations.ts'
import { addListingRoutes } from './listing-routes.ts'
import type { Reconciliation } from './reconciliation.ts'

const newBranchBody = z.object({
  id: z.string().min(1).max(64),
  name: z.string().min(1).max(200),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
})

const afterQuery = z.object({ after: z.coerce.number().int().min(0).default(0) })
const listQuery = z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100) })

const branchPath = z.object({ id: z.string().min(1).max(64) })

export interface CloudStatusSource extends StatusSource {
  readonly status: () => CloudNodeStatus
}

/** What headquarters says of itself and of the chain while its node runs, but for its alerts, which look at this. */
export function statusSource(
  operations: CloudOperations,
  backups: Backups,
  onMirrorChange: (listener: () => void) => () => void,
  reconciliation: Pick<Reconciliation, 'status' | 'onChange'>,
): CloudStatusSource {
  const { store } = operations.cloud.replica
  return {
    status: () => {
      const reconciled = reconciliation.status()
      return { ...operations.status(), ...(reconciled && { reconciliation: reconciled }), backup: backups.status() }
    },
    onChange: (listener) => {
      const stops = [
        store.onCommit(listener),
        operations.cloud.exceptions.onChange(listener),
        operations.rows.onChange(listener),
        onMirrorChange(listener),
        reconciliation.onChange(listener),
        backups.onChange(listener),
      ]
      return () => stops.forEach((stop) => stop())
    },
  }
}

export function withAlerts(source: CloudStatusSource, alerts: Pick<Alerts, 'status' | 'onChange'>): CloudStatusSource {
  return {
    status: () => ({ ...source.status(), alerts: alerts.status() }),
    onChange: (listener) => {
      const stops = [source.onChange(listener), alerts.onChange(listener)]
      return () => stops.forEach((stop) => stop())
    },
  }
}

/** @param source of the status */
export function addCloudRoutes(
  routes: RouteTable,
  operations: CloudOperations,
  source: CloudStatusSource,
  writes: WriteNotes,
): void {
  addOpenRoutes(routes, 'headquarters')
  addStatusRoutes(routes, source, routes.app.locals['log'] as Log, 'viewer')
  routes.add({ method: 'GET', path: '/api/branches', access: 'viewer', about: 'The documents of all branches.' }, () =>
    operations.branches(),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/branches',
      access: 'administrator',
      about: 'Adds a branch.',
      body: newBranchBody,
      status: 201,
      audit: 'branch.add',
    },
    ({ body, about }) => {
      about.subject = body.id
      return operations.addBranch(body)
    },
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/branches/:id/enable',
      access: 'operator',
      about: 'Lets a branch in again.',
      params: branchPath,
      audit: 'branch.enable',
    },
    ({ params }) => operations.setBranchEnabled(params.id, true),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/branches/:id/disable',
      access: 'operator',
      about: 'Refuses a branch from its next request on.',
      params: branchPath,
      audit: 'branch.disable',
    },
    ({ params }) => operations.setBranchEnabled(params.id, false),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/branches/:id/joining',
      access: 'viewer',
      about: "How the branch's members came together with headquarters'; `after` is the `next` of the page before.",
      params: branchPath,
      query: afterQuery,
    },
    ({ params, query }) => operations.joining(params.id, query.after),
  )
  addBranchRoutes(routes, operations.lifecycle)
  addDocumentRoutes(
    routes,
    operations,
    { import: 'operator', read: 'viewer', write: 'operator' },
    'for a branch or for all',
    writes,
  )
  addListingRoutes(routes, operations.listings)
  routes.add(
    {
      method: 'GET',
      path: '/api/members/negative',
      access: 'viewer',
      about: 'Members whose balance is below zero.',
      query: listQuery,
    },
    ({ query }) => operations.cloud.balances.negative(query.limit),
  )
}
