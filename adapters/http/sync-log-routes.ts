/** The addresses of what a node remembers of its exchanges, the same for both nodes. */
import { z } from 'zod'
import type { Access } from '../../schemas/access.ts'
import { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import {
  DOCUMENT_PATH,
  readDocumentPath,
  REQUEST_ID,
  SYNC_LOG_KINDS,
  SYNC_OUTCOMES,
} from '../../schemas/protocol/sync-log.ts'
import type { SyncLog } from '../synclog/sync-log.ts'
import { HOUR_MS, SPAN_MS } from '../synclog/tally.ts'
import type { RouteTable } from './route-table.ts'

export interface SyncLogParts {
  readonly syncLog: Pick<SyncLog, 'list' | 'entry' | 'trail' | 'history' | 'figures'>
  /** Retired ones too. */
  readonly knowsBranch: (id: string) => boolean
  /** Since 1970. */
  readonly nowMs: () => number
}

const branch = z.string().min(1).max(64).optional()
const moment = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))
const number = z.coerce.number().int().min(1)
/** What is none would be searched for in vain, and look as if all were well. */
const code = z
  .string()
  .max(64)
  .transform((text) => text.toUpperCase())
  .refine((text) => Object.hasOwn(ERROR_CATALOGUE, text), 'it must be a code of docs/errors.md, such as TOO_BUSY')
const requestId = z.string().regex(REQUEST_ID)
const document = z
  .string()
  .max(330)
  .regex(DOCUMENT_PATH)
  .transform((text) => readDocumentPath(text)!)

const listQuery = z.object({
  branch,
  kind: z.enum(SYNC_LOG_KINDS).optional(),
  outcome: z.enum(SYNC_OUTCOMES).optional(),
  code: code.optional(),
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

export function addSyncLogRoutes(
  routes: RouteTable,
  { syncLog, knowsBranch, nowMs }: SyncLogParts,
  access: Access,
): void {
  /** The log outlives a headquarters that was restored: it may know of a branch what nobody else does. */
  const refuseUnknown = (id: string | undefined): void => {
    if (id === undefined || knowsBranch(id) || syncLog.list({ branch: id, limit: 1 }).entries.length > 0) return
    throw new OutpostError('BRANCH_UNKNOWN', 'branch: there is no such branch', { field: 'branch' })
  }
  routes.add(
    {
      method: 'GET',
      path: '/api/sync-log',
      access,
      about:
        'What was exchanged, the newest first; `document` is `<collection>/<id>`, `before` the `next` of the page before. A page may end before it is full and name `next`.',
      query: listQuery,
    },
    ({ query: { from, to, ...query } }) => {
      refuseUnknown(query.branch)
      return syncLog.list({ ...query, fromMs: from, toMs: to })
    },
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
      refuseUnknown(query.branch)
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
    ({ query }) => {
      refuseUnknown(query.branch)
      return syncLog.figures(query.branch)
    },
  )
}
