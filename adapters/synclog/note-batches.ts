/** Notes what a mirror writes into MySQL. */
import type { MirrorBatch } from '../mysql/mirror-options.ts'
import { newRequestId } from './request-ids.ts'
import { roundMs, type SyncRecorder } from './sync-recorder.ts'

export function noteBatches(recorder: SyncRecorder, mirror: string): (batch: MirrorBatch) => void {
  return ({ documents, written, parked, ms, code }) => {
    recorder.note(
      {
        at: new Date(Date.now() - ms).toISOString(),
        kind: 'mirror',
        sent: written + parked,
        received: 0,
        ...(written + parked > 0 && { outcomes: { applied: written, ...(parked > 0 && { rejected: parked }) } }),
        bytesSent: 0,
        bytesReceived: 0,
        ms: roundMs(ms),
        outcome: code === undefined ? 'ok' : 'failed',
        ...(code !== undefined && { code }),
        requestId: newRequestId(),
        mirror,
      },
      { documents },
    )
  }
}
