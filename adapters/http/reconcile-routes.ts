/** The addresses of headquarters for comparing the mirrors' rows with its documents. */
import { z } from 'zod'
import { permissionOf } from '../../schemas/access.ts'
import type { ReconcileReport, ReconcileRun } from '../../schemas/protocol/reconciliation.ts'
import { withoutValues } from '../reconcile/difference-view.ts'
import type { RouteTable } from './route-table.ts'

/** What the node does for these addresses. */
export interface ReconcileDesk {
  list(): readonly ReconcileRun[]
  report(id: number): ReconcileReport
  begin(wanted: z.output<typeof wantedRun>): Promise<ReconcileRun>
  approve(id: number): Promise<ReconcileRun>
  stopRun(id: number): Promise<ReconcileRun>
}

const name = z.string().min(1).max(64)
const wantedRun = z.strictObject({
  mirror: name.optional(),
  table: name.optional(),
  branch: name.optional(),
  date: z.iso.date().optional(),
  dryRun: z.boolean().optional(),
})
const runInPath = z.object({ run: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) })

export function addReconcileRoutes(routes: RouteTable, desk: ReconcileDesk): void {
  routes.add(
    {
      method: 'GET',
      path: '/api/reconcile',
      access: 'viewer',
      about: 'The last 100 comparisons of rows with documents, newest first.',
    },
    () => ({ runs: desk.list() }),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/reconcile/:run',
      access: 'viewer',
      about:
        'One of them, with what differed: at most 1,000 documents, each with its rows and fields and the likely cause. What stands in the fields is for operators.',
      params: runInPath,
    },
    ({ params, principal }) => {
      const report = desk.report(params.run)
      return permissionOf('operator', principal) === 'granted' ? report : withoutValues(report)
    },
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/reconcile',
      access: 'operator',
      about:
        'Begins one, over all rows of a mirror or over those of a table, a branch or a day in UTC; answers at once. What differs is repaired, unless it is too much or only looked at.',
      body: wantedRun,
      status: 202,
      audit: 'reconcile.begin',
    },
    ({ body }) => desk.begin(body),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/reconcile/:run/approve',
      access: 'operator',
      about: 'Begins one that repairs what a waiting one has found, whatever that is by now; answers at once.',
      params: runInPath,
      body: z.strictObject({}),
      status: 202,
      audit: 'reconcile.approve',
    },
    ({ params, about }) => {
      about.subject = String(params.run)
      return desk.approve(params.run)
    },
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/reconcile/:run/stop',
      access: 'operator',
      about:
        'Ends one that is under way; what it has found is kept, and what it has repaired stays so. Answers when it has ended.',
      params: runInPath,
      body: z.strictObject({}),
      audit: 'reconcile.stop',
    },
    ({ params, about }) => {
      about.subject = String(params.run)
      return desk.stopRun(params.run)
    },
  )
}
