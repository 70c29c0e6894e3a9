/** `POST /api/backups`, the same for both nodes: makes a backup and says how far it is. */
import { isAbsolute } from 'node:path'
import type { Express } from 'express'
import { OutpostError, toErrorBody } from '../../schemas/outpost-error.ts'
import { backupRequestSchema, type BackupEvent } from '../../schemas/protocol/backup.ts'
import type { Log } from '../log.ts'
import type { Backups } from '../node/backups.ts'
import { parseWith } from './app.ts'
import { openEventStream } from './event-stream.ts'

export function addBackupRoutes(app: Express, backups: Backups, log: Log): void {
  app.post('/api/backups', async (req, res) => {
    const { to } = parseWith(backupRequestSchema, req.body ?? {})
    if (to !== undefined && !isAbsolute(to)) {
      throw new OutpostError('BAD_REQUEST', 'to: an absolute path of this machine', { field: 'to' })
    }
    const gone = new AbortController()
    const stream = openEventStream(res, () => {
      gone.abort(new OutpostError('BACKUP_FAILED', 'whoever asked for the backup has gone'))
    })
    const send = (event: BackupEvent) => stream.send(event)
    let shown = 0
    const onProgress = (progress: number) => {
      if (progress - shown < 0.01) return
      shown = progress
      send({ progress })
    }
    try {
      send({ report: await backups.make({ to, signal: gone.signal, onProgress }) })
    } catch (error) {
      if (!(error instanceof OutpostError)) log.error({ err: error }, 'a backup failed')
      send({ error: toErrorBody(error, res.locals['requestId'] as string) })
    }
    res.end()
  })
}
