/** What is searched for in vain since there is no such thing is refused: an empty list would say that all is well. */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addErrorHandling, createApp } from '../../../adapters/http/app.ts'
import { RouteTable } from '../../../adapters/http/route-table.ts'
import { addSyncLogRoutes } from '../../../adapters/http/sync-log-routes.ts'
import { SYNC_LOG_FILE, SyncLog } from '../../../adapters/synclog/sync-log.ts'
import { COMMAND, guardOf } from '../../support/guard-of.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { serve, type Served } from '../../support/serve.ts'

const ignore = (): void => undefined
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const NOW_MS = Date.parse('2026-03-01T10:00:00.000Z')

let folder: ReturnType<typeof temporaryFolder>
let syncLog: SyncLog
let served: Served

beforeEach(async () => {
  folder = temporaryFolder()
  syncLog = new SyncLog({ file: join(folder.path, SYNC_LOG_FILE), log: SILENT, nowMs: () => NOW_MS })
  const app = createApp(SILENT)
  const parts = { syncLog, knowsBranch: (id: string) => id === 'north', nowMs: () => NOW_MS }
  addSyncLogRoutes(new RouteTable(app, guardOf(COMMAND)), parts, 'viewer')
  addErrorHandling(app, SILENT)
  served = await serve(app)
})

afterEach(async () => {
  await served.close()
  syncLog.close()
  folder.remove()
})

async function ask(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${served.url}${path}`)
  return { status: response.status, body: await response.json() }
}

function noteFailureOf(branchId: string): void {
  const size = { sent: 1, received: 0, bytesSent: 9, bytesReceived: 9, ms: 1 }
  const end = { outcome: 'failed', code: 'TOO_BUSY', requestId: 'r1' } as const
  syncLog.note(
    { at: new Date(NOW_MS).toISOString(), branchId, kind: 'push', ...size, ...end },
    { documents: [], delaysMs: [] },
  )
}

test.each(['/api/sync-log', '/api/sync-history', '/api/sync-figures'])(
  '%s refuses a branch that there is not, and not one of which nothing was noted yet',
  async (path) => {
    expect(await ask(`${path}?branch=nope`)).toMatchObject({
      status: 404,
      body: { code: 'BRANCH_UNKNOWN', field: 'branch' },
    })
    expect(await ask(`${path}?branch=north`)).toMatchObject({ status: 200 })
  },
)

test('of a branch that headquarters has forgotten, as after a restore, the log still tells', async () => {
  noteFailureOf('south')
  expect(await ask('/api/sync-log?branch=south')).toMatchObject({ status: 200, body: { entries: [{ number: 1 }] } })
  expect(await ask('/api/sync-figures?branch=south')).toMatchObject({ status: 200, body: { failed: 1 } })
})

test('a code that is none is refused, and one in small letters is that code', async () => {
  noteFailureOf('north')
  expect(await ask('/api/sync-log?code=too_busy')).toMatchObject({ status: 200, body: { entries: [{ number: 1 }] } })
  for (const code of ['NO_SUCH_CODE', 'toString', '']) {
    expect(await ask(`/api/sync-log?code=${code}`)).toMatchObject({
      status: 400,
      body: { code: 'BAD_REQUEST', field: 'code', message: expect.stringContaining('docs/errors.md') as string },
    })
  }
})
