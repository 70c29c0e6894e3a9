/** `POST /api/backups`, the same for both nodes: makes a backup and says how far it is. */
import { isAbsolute } from 'node:path'
import type { Access } from '../../schemas/access.ts'
import { OutpostError, toErrorBody } from '../../schemas/outpost-error.ts'
import { backupRequestSchema, type BackupEvent } from '../../schemas/protocol/backup.ts'
import type { Log } from '../log.ts'
import type { Backups } from '../node/backups.ts'
import { NOT_DONE, type RouteTable } from './route-table.ts'

export function addBackupRoutes(routes: RouteTable, backups: Backups, log: Log, access: Access): void {
  routes.add(
    {
      method: 'POST',
      path: '/api/backups',
      access,
      about:
        'Makes a backup and tells how far it is, at the end `{report}` or `{error}`; whoever closes the connection gives it up. `to` is for commands on the machine only.',
      body: backupRequestSchema,
      audit: 'backup.make',
      streams: true,
    },
    async ({ body: { to }, principal, res, openStream }) => {
      if (to !== undefined) refuseTarget(to, principal.kind === 'command')
      const gone = new AbortController()
      const stream = openStream(() => {
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
        return undefined
      } catch (error) {
        if (!(error instanceof OutpostError)) log.error({ err: error }, 'a backup failed')
        send({ error: toErrorBody(error, res.locals['requestId'] as string) })
        return NOT_DONE
      } finally {
        stream.end()
      }
    },
  )
}

/** Whoever names a path writes wherever the node may. */
function refuseTarget(to: string, isCommand: boolean): void {
  if (!isCommand) {
    const message = "to: only a command on the node's own machine names a place for a backup"
    throw new OutpostError('FORBIDDEN', message, { field: 'to' })
  }
  if (!isAbsolute(to)) throw new OutpostError('BAD_REQUEST', 'to: an absolute path of this machine', { field: 'to' })
}
