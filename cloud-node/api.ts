/** The addresses of the cloud node for its pages and its commands. */
import { z } from 'zod'
import { addOpenRoutes } from '../adapters/http/openapi-routes.ts'
import type { RouteTable } from '../adapters/http/route-table.ts'
import { addStatusRoutes } from '../adapters/http/status-routes.ts'
import { importBatchSchema } from '../adapters/import/import-records.ts'
import type { Log } from '../adapters/log.ts'
import type { Backups } from '../adapters/node/backups.ts'
import { addBranchRoutes } from './branch-routes.ts'
import type { CloudOperations } from './cloud-operations.ts'

const newBranchBody = z.object({
  id: z.string().min(1).max(64),
  name: z.string().min(1).max(200),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
})

const documentBody = z.record(z.string(), z.unknown())
const afterQuery = z.object({ after: z.coerce.number().int().min(0).default(0) })
const listQuery = z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100) })

const branchPath = z.object({ id: z.string().min(1).max(64) })
const collectionPath = z.object({ collection: z.string().min(1).max(64) })
const documentPath = collectionPath.extend({ id: z.string().min(1).max(256) })

export function addCloudRoutes(
  routes: RouteTable,
  operations: CloudOperations,
  backups: Backups,
  onMirrorChange: (listener: () => void) => () => void,
): void {
  const { store } = operations.cloud.replica
  addOpenRoutes(routes, 'headquarters')
  addStatusRoutes(
    routes,
    {
      status: () => ({ ...operations.status(), backup: backups.status() }),
      onChange: (listener) => {
        const stops = [
          store.onCommit(listener),
          operations.rows.onChange(listener),
          onMirrorChange(listener),
          backups.onChange(listener),
        ]
        return () => stops.forEach((stop) => stop())
      },
    },
    routes.app.locals['log'] as Log,
    'viewer',
  )
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
      audit: 'added a branch',
    },
    ({ body }) => operations.addBranch(body),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/branches/:id/enable',
      access: 'operator',
      about: 'Lets a branch in again.',
      params: branchPath,
      audit: 'enabled a branch',
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
      audit: 'disabled a branch',
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
  routes.add(
    {
      method: 'POST',
      path: '/api/import',
      access: 'operator',
      about: 'Imports records, and answers with what became of each.',
      body: importBatchSchema,
      audit: 'imported records',
    },
    ({ body }) => operations.importBatch(body),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/documents/:collection/:id',
      access: 'viewer',
      about: 'One document.',
      params: documentPath,
    },
    ({ params: { collection, id } }) => operations.read(collection, id),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/documents/:collection',
      access: 'operator',
      about: 'Writes one document, for a branch or for all; fields that are not named stay as they are.',
      params: collectionPath,
      body: documentBody,
      audit: 'wrote a document',
    },
    ({ params, body }) => operations.write(params.collection, body),
  )
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
