/** Every statement of the sync log, on files of both sides. */
import { join } from 'node:path'
import { openLogToRead } from '../../../adapters/synclog/log-file.ts'
import { LogReader } from '../../../adapters/synclog/log-reader.ts'
import { SyncLog } from '../../../adapters/synclog/sync-log.ts'
import type { SyncNote } from '../../../adapters/synclog/sync-recorder.ts'

const ignore = (): void => undefined
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }

export function useSyncLog(folder: string): void {
  for (const side of ['cloud', 'branch']) {
    const file = join(folder, `${side}-log.sqlite`)
    const syncLog = new SyncLog({ file, log: SILENT, nowMs: Date.now })
    const note: SyncNote = {
      at: new Date().toISOString(),
      branchId: 'b1',
      kind: 'push',
      sent: 1,
      received: 0,
      bytesSent: 1,
      bytesReceived: 1,
      ms: 1,
      outcome: 'failed',
      code: 'TOO_BUSY',
      requestId: 'r1',
    }
    const document = { collection: 'orders', id: 'o1', seq: 1 }
    const details = { documents: [document], delaysMs: [1] }
    syncLog.note(note, details)
    syncLog.figures()
    syncLog.note({ ...note, outcome: 'ok' }, details)
    const time = { fromMs: 0, toMs: Date.now() }
    const queries = [time, { branch: 'b1' }, { kind: 'push' }, { outcome: 'failed' }, { code: 'TOO_BUSY' }] as const
    for (const query of [...queries, { request: 'r1' }, { document }]) syncLog.list({ ...query, limit: 10 })
    syncLog.entry(1)
    syncLog.trail('r1')
    syncLog.history('b1', 300_000, 0, Date.now())
    syncLog.figures('b1')
    if (side === 'cloud') syncLog.chain(['b1'])
    syncLog.close()
    const db = openLogToRead(file)!
    new LogReader(db).list({ limit: 1 })
    db.close()
  }
}
