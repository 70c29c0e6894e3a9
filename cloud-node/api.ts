/** The addresses of the cloud node for its pages and its commands. */
import type { Express } from 'express'
import { z } from 'zod'
import { parseWith } from '../adapters/http/app.ts'
import { BRANCH_HEADER, EXCHANGE_PATH } from '../adapters/http/exchange-routes.ts'
import type { Log } from '../adapters/log.ts'
import type { Backups } from '../adapters/node/backups.ts'
import { addStatusRoutes } from '../adapters/http/status-routes.ts'
import { importBatchSchema } from '../adapters/import/import-records.ts'
import { addBranchRoutes } from './branch-routes.ts'
import type { CloudOperations } from './cloud-operations.ts'

const newBranchBody = z.object({
  id: z.string().min(1).max(64),
  name: z.string().min(1).max(200),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
})

const documentBody = z.record(z.string(), z.unknown())
const afterQuery = z.object({ after: z.coerce.number().int().min(0).default(0) })
const listQuery = z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100) })

export function addCloudRoutes(
  app: Express,
  operations: CloudOperations,
  backups: Backups,
  onMirrorChange: (listener: () => void) => () => void,
): void {
  const { store } = operations.cloud.replica
  addStatusRoutes(
    app,
    {
      status: () => ({ ...operations.status(), backup: backups.status() }),
      onChange: (listener) => {
        const stops = [
          store.onCommit(listener),
          operations.rows.onChange(listener),
          onMirrorChange(listener),
          backups.onChange(listener),
        ]
        return () => stops.forEach((stop) => stop())
      },
    },
    app.locals['log'] as Log,
  )
  app.post(`${EXCHANGE_PATH}/join`, (req, res) => void res.json(operations.factsFor(req.get(BRANCH_HEADER) ?? '')))
  app.get('/api/branches', (_req, res) => void res.json(operations.branches()))
  app.post('/api/branches', (req, res) => {
    res.status(201).json(operations.addBranch(parseWith(newBranchBody, req.body)))
  })
  app.post('/api/branches/:id/enable', (req, res) => void res.json(operations.setBranchEnabled(req.params.id, true)))
  app.post('/api/branches/:id/disable', (req, res) => void res.json(operations.setBranchEnabled(req.params.id, false)))
  app.get('/api/branches/:id/joining', (req, res) => {
    res.json(operations.joining(req.params.id, parseWith(afterQuery, req.query).after))
  })
  addBranchRoutes(app, operations.lifecycle)
  app.post('/api/import', (req, res) => void res.json(operations.importBatch(parseWith(importBatchSchema, req.body))))
  app.get('/api/documents/:collection/:id', (req, res) => {
    res.json(operations.read(req.params.collection, req.params.id))
  })
  app.post('/api/documents/:collection', (req, res) => {
    res.json(operations.write(req.params.collection, parseWith(documentBody, req.body)))
  })
  app.get('/api/members/negative', (req, res) => {
    res.json(operations.cloud.balances.negative(parseWith(listQuery, req.query).limit))
  })
}
