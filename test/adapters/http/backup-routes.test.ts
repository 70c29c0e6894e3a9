import { existsSync } from 'node:fs'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { addErrorHandling, createApp } from '../../../adapters/http/app.ts'
import { addBackupRoutes } from '../../../adapters/http/backup-routes.ts'
import { readEvents } from '../../../adapters/http/read-events.ts'
import { RouteTable } from '../../../adapters/http/route-table.ts'
import { Backups } from '../../../adapters/node/backups.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import type { Principal } from '../../../schemas/access.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { BackupEvent } from '../../../schemas/protocol/backup.ts'
import { COMMAND, guardOf } from '../../support/guard-of.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const ADMINISTRATOR: Principal = { kind: 'account', id: 'a-1', name: 'Wu', role: 'administrator' }

let folder: { path: string; remove: () => void }
let backups: Backups
const closing: (() => void)[] = []

beforeEach(() => {
  folder = temporaryFolder()
  const store = new Store({ file: join(folder.path, 's.sqlite'), declarations: COLLECTIONS, tracksPending: false })
  closing.push(folder.remove, () => store.close())
  const identity = { node: 'cloud', chain: 'c' } as const
  backups = new Backups({ source: store, identity, folder: join(folder.path, 'backups'), nowMs: () => 0, log: SILENT })
})

afterEach(async () => {
  await backups.stop()
  for (const close of closing.splice(0).toReversed()) close()
})

async function serve(principal: Principal) {
  const app = createApp(SILENT)
  const guard = guardOf(principal)
  addBackupRoutes(new RouteTable(app, guard), backups, SILENT, 'administrator')
  addErrorHandling(app, SILENT)
  const server = app.listen(0, '127.0.0.1')
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/backups`
  const headers = { 'content-type': 'application/json' }
  const ask = (body: object) => fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return { ask, done: guard.done }
}

async function lastEvent(response: Response): Promise<BackupEvent | undefined> {
  let last: BackupEvent | undefined
  for await (const event of readEvents<BackupEvent>(response)) last = event
  return last
}

it('makes a backup for an administrator in the folder that is for them, and notes it', async () => {
  const { ask, done } = await serve(ADMINISTRATOR)
  const last = await lastEvent(await ask({}))
  const { report } = last as Extract<BackupEvent, { report: unknown }>
  expect(report.file.startsWith(join(folder.path, 'backups'))).toBe(true)
  expect(existsSync(report.file)).toBe(true)
  expect(done).toEqual(['backup.make'])
})

it('lets only commands of its machine say where one goes', async () => {
  const to = join(folder.path, 'elsewhere.sqlite')
  const administrator = await serve(ADMINISTRATOR)
  const refused = await administrator.ask({ to })
  expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'FORBIDDEN', field: 'to' }])
  expect([existsSync(to), administrator.done]).toEqual([false, []])
  const command = await serve(COMMAND)
  expect((await command.ask({ to: 'elsewhere.sqlite' })).status).toBe(400)
  expect(await lastEvent(await command.ask({ to }))).toMatchObject({ report: { file: to } })
})

it('notes nothing where none was made', async () => {
  const { ask, done } = await serve(COMMAND)
  const existing = join(folder.path, 's.sqlite')
  expect(await lastEvent(await ask({ to: existing }))).toMatchObject({ error: { code: 'BAD_CONFIGURATION' } })
  expect(done).toEqual([])
})

const nothing = () => undefined
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }
