/** The addresses of headquarters for its mirrors: how they stand, pause and go on, what MySQL refused, writing anew. */
import type { Response } from 'express'
import { z } from 'zod'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { MirrorStatus } from '../../schemas/protocol/status.ts'
import type { ParkedView, RefusedChangeView } from '../../schemas/protocol/mirrors.ts'
import type { RetryResult } from '../mysql/retry-parked.ts'
import type { RouteTable } from './route-table.ts'

/** What the node does for these addresses. */
export interface MirrorDesk {
  status(): readonly MirrorStatus[]
  /** Resolves when nothing more is written. */
  pause(name: string): Promise<MirrorStatus>
  resume(name: string): MirrorStatus
  /** @param signal gives it up as long as it has not begun */
  rebuild(name: string, table: string, signal: AbortSignal): Promise<readonly string[]>
  parked(name: string, limit: number): Promise<readonly ParkedView[]>
  /** @param signal gives it up as long as it has not begun */
  retryParked(name: string, signal: AbortSignal): Promise<RetryResult>
  refusedChanges(name: string, limit: number): readonly RefusedChangeView[]
}

const nameInPath = z.object({ name: z.string().min(1).max(64) })
const nothing = z.strictObject({})
const MOST_LISTED = 1000

export function addMirrorRoutes(routes: RouteTable, mirrors: MirrorDesk): void {
  routes.add({ method: 'GET', path: '/api/mirrors', access: 'viewer', about: 'How each mirror stands.' }, () =>
    mirrors.status(),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/mirrors/:name/parked',
      access: 'viewer',
      about: 'Documents that MySQL refused, with its reason and the column; at most 1,000, by collection and id.',
      params: nameInPath,
    },
    async ({ params }) => ({ parked: await mirrors.parked(params.name, MOST_LISTED) }),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/mirrors/:name/refused-changes',
      access: 'viewer',
      about: 'Changes that other programs made in its tables and that were refused, the newest 1,000 first.',
      params: nameInPath,
    },
    ({ params }) => ({ refused: mirrors.refusedChanges(params.name, MOST_LISTED) }),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/mirrors/:name/retry',
      access: 'operator',
      about: 'Writes the refused documents again, as they are now.',
      params: nameInPath,
      body: nothing,
      audit: 'mirror.retry',
    },
    ({ params, res }) => mirrors.retryParked(params.name, untilGone(res)),
  )
  for (const verb of ['pause', 'resume'] as const) {
    routes.add(
      {
        method: 'POST',
        path: `/api/mirrors/:name/${verb}`,
        access: 'operator',
        about:
          verb === 'pause'
            ? 'Writes nothing more into the database until it is resumed, also after a restart.'
            : 'Goes on where the mirror was paused.',
        params: nameInPath,
        body: nothing,
        audit: `mirror.${verb}`,
      },
      ({ params }) => mirrors[verb](params.name),
    )
  }
  routes.add(
    {
      method: 'POST',
      path: '/api/mirrors/:name/rebuild',
      access: 'administrator',
      about:
        'Has a table written anew from its documents, with the others that hold the same documents, while the rest goes on.',
      params: nameInPath,
      body: z.strictObject({ table: z.string().min(1).max(64) }),
      audit: 'mirror.rebuild',
    },
    async ({ params, body, res }) => ({ tables: await mirrors.rebuild(params.name, body.table, untilGone(res)) }),
  )
}

/** Aborts once whoever asks has closed the connection, and after the answer. */
function untilGone(res: Response): AbortSignal {
  const gone = new AbortController()
  res.once('close', () => {
    gone.abort(new OutpostError('MIRROR_UNAVAILABLE', 'whoever asked the mirror has gone before it got to that'))
  })
  return gone.signal
}
