/** The addresses of headquarters for what a person does with a branch as a whole, and for a recovery. */
import type { Express } from 'express'
import { z } from 'zod'
import { parseWith } from '../adapters/http/app.ts'
import { branchOrderSchema, keepOrderSchema, type BranchOutcome } from '../schemas/protocol/branches.ts'
import type { BranchLifecycle } from './branch-lifecycle.ts'

const idInPath = z.object({ id: z.string().min(1).max(64) })

export function addBranchRoutes(app: Express, lifecycle: BranchLifecycle): void {
  app.get('/api/branches/:id', (req, res) => void res.json(lifecycle.show(parseWith(idInPath, req.params).id)))
  app.post('/api/branches/:id/keep', (req, res) => {
    const { epoch, dryRun } = parseWith(keepOrderSchema, req.body ?? {})
    res.json(lifecycle.keep(parseWith(idInPath, req.params).id, epoch, dryRun))
  })
  const orders: Readonly<Record<string, (id: string, dryRun: boolean) => BranchOutcome>> = {
    replace: (id, dryRun) => lifecycle.replace(id, dryRun),
    retire: (id, dryRun) => lifecycle.retire(id, dryRun),
    revive: (id, dryRun) => lifecycle.revive(id, dryRun),
    snapshot: (id, dryRun) => lifecycle.resnapshot(id, dryRun),
  }
  for (const [name, order] of Object.entries(orders)) {
    app.post(`/api/branches/:id/${name}`, (req, res) => {
      const { dryRun } = parseWith(branchOrderSchema, req.body ?? {})
      res.json(order(parseWith(idInPath, req.params).id, dryRun))
    })
  }
  app.get('/api/recovery', (_req, res) => {
    const recovery = lifecycle.recovery()
    res.json(recovery ? { recovery } : {})
  })
  app.post('/api/recovery/end', (req, res) => {
    res.json(lifecycle.endRecovery(parseWith(branchOrderSchema, req.body ?? {}).dryRun))
  })
}
