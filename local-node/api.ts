/** The addresses of a local node for its pages, its commands and other programs in the shop. */
import type { Express } from 'express'
import { z } from 'zod'
import { parseWith } from '../adapters/http/app.ts'
import type { Log } from '../adapters/log.ts'
import type { Backups } from '../adapters/node/backups.ts'
import { addStatusRoutes } from '../adapters/http/status-routes.ts'
import { importBatchSchema } from '../adapters/import/import-records.ts'
import type { BranchSession } from '../schemas/protocol/session.ts'
import type { BranchOperations } from './branch-operations.ts'
import { settingsChangeSchema } from './sync/sync-settings.ts'
import type { SyncService } from './sync/sync-service.ts'

const syncBody = z.discriminatedUnion('action', [
  z.strictObject({ action: z.enum(['on', 'off', 'now']) }),
  settingsChangeSchema.extend({ action: z.literal('set') }),
])
const documentBody = z.record(z.string(), z.unknown())

export function addBranchRoutes(app: Express, operations: BranchOperations, sync: SyncService, backups: Backups): void {
  const { store } = operations.branch.replica
  app.get('/api/session', (_req, res) => {
    const { branchId, branchName, chainKey, country, currency } = operations.facts
    const { overdraft } = operations
    res.json({ branchId, branchName, chainKey, country, currency, overdraft } satisfies BranchSession)
  })
  addStatusRoutes(
    app,
    {
      status: () => ({ ...operations.status(), backup: backups.status() }),
      onChange: (listener) => {
        const stops = [store.onCommit(listener), sync.onChange(listener), backups.onChange(listener)]
        return () => stops.forEach((stop) => stop())
      },
    },
    app.locals['log'] as Log,
  )
  app.post('/api/sync', async (req, res) => {
    const { action, ...change } = parseWith(syncBody, req.body)
    res.json(await operations.setSync(action, change))
  })
  app.post('/api/import', (req, res) => {
    res.json(operations.importBatch(parseWith(importBatchSchema, req.body)))
  })
  app.get('/api/documents/:collection/:id', (req, res) => {
    res.json(operations.read(req.params.collection, req.params.id))
  })
  app.post('/api/documents/:collection', (req, res) => {
    res.json(operations.write(req.params.collection, parseWith(documentBody, req.body)))
  })
  app.get('/api/members/:id/balance', (req, res) => void res.json(operations.balanceOf(req.params.id)))
}
