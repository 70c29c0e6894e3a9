/** The addresses of what a node remembers of its exchanges, the same for both nodes. */
import { z } from 'zod'
import type { Access } from '../../schemas/access.ts'
import type { SyncLogKind } from '../../schemas/protocol/sync-log.ts'
import type { SyncLog } from '../synclog/sync-log.ts'
import { HOUR_MS, SPAN_MS } from '../synclog/tally.ts'
import type { RouteTable } from './route-table.ts'

export type SyncLogDesk = Pick<SyncLog, 'list' | 'entry' | 'trail' | 'history' | 'figures'>

const KINDS = [
  'heartbeat',
  'push',
  'pull',
  'receipts',
  'digests',
  'stats',
  'whereabouts',
  'write',
  'mirror',
] as const satisfies readonly SyncLogKind[]

const branch = z.string().min(1).max(64).optional()
const moment = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))
const number = z.coerce.number().int().min(1)
const requestId = z.string().regex(/^[\w.-]{1,64}$/)
/** No name of a collection holds a slash; an id may. */
const document = z
  .string()
  .max(330)
  .regex(/^[^/]{1,64}\/.{1,256}$/)
  .transform((text) => {
    const at = text.indexOf('/')
    return { collection: text.slice(0, at), id: text.slice(at + 1) }
  })

const listQuery = z.object({
  branch,
  kind: z.enum(KINDS).optional(),
  outcome: z.enum(['ok', 'failed', 'refused', 'deferred']).optional(),
  code: z.string().min(1).max(64).optional(),
  request: requestId.optional(),
  document: document.optional(),
  from: moment.optional(),
  to: moment.optional(),
  before: number.optional(),
  limit: number.max(1000).default(100),
})
const historyQuery = z.object({
  branch,
  from: moment.optional(),
  to: moment.optional(),
  step: z.enum(['300', '3600']).default('300'),
})

/** @param nowMs since 1970 */
export function addSyncLogRoutes(routes: RouteTable, syncLog: SyncLogDesk, access: Access, nowMs: () => number): void {
  routes.add(
    {
      method: 'GET',
      path: '/api/sync-log',
      access,
      about:
        'What was exchanged, the newest first; `document` is `<collection>/<id>`, `before` the `next` of the page before. A page may end before it is full and name `next`.',
      query: listQuery,
    },
    ({ query: { from, to, ...query } }) => syncLog.list({ ...query, fromMs: from, toMs: to }),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/sync-log/:number',
      access,
      about: 'One entry with the documents that it carried, 200 at most.',
      params: z.object({ number }),
    },
    ({ params }) => syncLog.entry(params.number),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/sync-log/request/:id',
      access,
      about: 'What became of a request, and of the documents that it carried, on this node.',
      params: z.object({ id: requestId }),
    },
    ({ params }) => syncLog.trail(params.id),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/sync-history',
      access,
      about:
        'What was exchanged in spans of `step` seconds, of a branch or of all; the last day unless `from` and `to` say otherwise.',
      query: historyQuery,
    },
    ({ query }) => {
      const stepMs = query.step === '300' ? SPAN_MS : HOUR_MS
      const { branch: branchId, to = nowMs(), from = to - 24 * HOUR_MS } = query
      return syncLog.history(branchId, stepMs, from, to)
    },
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/sync-figures',
      access,
      about: 'Success rate, failures and delay, of a branch or of all.',
      query: z.object({ branch }),
    },
    ({ query }) => syncLog.figures(query.branch),
  )
}
