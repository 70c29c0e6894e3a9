/** Notes a request once its answer has gone, or whoever asked has: nobody waits for it. */
import type { Request, Response } from 'express'
import { outcomeOf, type SyncLogEntry, type SyncLogKind } from '../../schemas/protocol/sync-log.ts'
import { NO_LOAD, type ExchangeLoad } from '../synclog/exchange-load.ts'
import { cycleOf } from '../synclog/request-ids.ts'
import { elapsedMs, roundMs, type SyncRecorder } from '../synclog/sync-recorder.ts'
import { requestIdOf } from './app.ts'

export interface NotedLoad extends ExchangeLoad {
  readonly delaysMs?: readonly number[]
}

/** What becomes known of a request while it is answered. */
export interface RequestNote {
  load: NotedLoad
  failure?: NonNullable<SyncLogEntry['code']>
  queuedMs?: number
}

export interface NotedRequest {
  readonly recorder: SyncRecorder
  readonly kind: SyncLogKind
  readonly branchId: string | undefined
  /** Since 1970. */
  readonly nowMs: number
  readonly req: Request
  readonly res: Response
}

export function noteRequest({ recorder, kind, branchId, nowMs, req, res }: NotedRequest): RequestNote {
  const at = new Date(nowMs).toISOString()
  const startedAt = performance.now()
  const note: RequestNote = { load: NO_LOAD }
  const write = () => {
    const code = note.failure ?? (res.writableFinished ? undefined : 'LINK_FAILED')
    const requestId = requestIdOf(res)
    const cycle = cycleOf(requestId)
    const { documents, delaysMs, backlog, ...load } = note.load
    recorder.note(
      {
        at,
        ...(branchId !== undefined && { branchId }),
        kind,
        ...load,
        bytesSent: Number(req.get('content-length') ?? 0),
        bytesReceived: Number(res.getHeader('content-length') ?? 0),
        ms: elapsedMs(startedAt),
        ...(note.queuedMs !== undefined && { queuedMs: roundMs(note.queuedMs) }),
        outcome: outcomeOf(code),
        ...(code !== undefined && { code }),
        requestId,
        ...(cycle !== undefined && { cycle }),
      },
      { ...(documents && { documents }), ...(delaysMs && { delaysMs }), ...(backlog !== undefined && { backlog }) },
    )
  }
  // It may have gone while it was asked who it is.
  if (res.closed) write()
  else res.once('close', write)
  return note
}
