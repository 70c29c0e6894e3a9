/** The addresses of a node for its exceptions: look at them, have them tried again, give one up. */
import type { Express } from 'express'
import { z } from 'zod'
import {
  exceptionIdSchema,
  exceptionOrderSchema,
  exceptionQuerySchema,
  retryAllSchema,
} from '../../schemas/protocol/exceptions.ts'
import type { ExceptionDesk } from '../exchange/exception-desk.ts'
import { parseWith } from './app.ts'

const idInPath = z.object({ id: exceptionIdSchema })

export function addExceptionRoutes(app: Express, desk: ExceptionDesk): void {
  app.get('/api/exceptions', (req, res) => void res.json(desk.list(parseWith(exceptionQuerySchema, req.query))))
  app.post('/api/exceptions/retry', async (req, res) => {
    const { dryRun, ...filter } = parseWith(retryAllSchema, req.body ?? {})
    res.json(await desk.retryAll(filter, dryRun))
  })
  app.get('/api/exceptions/:id', (req, res) => void res.json(desk.show(parseWith(idInPath, req.params).id)))
  app.post('/api/exceptions/:id/retry', (req, res) => {
    const { dryRun } = parseWith(exceptionOrderSchema, req.body ?? {})
    res.json(desk.retry(parseWith(idInPath, req.params).id, dryRun))
  })
  app.post('/api/exceptions/:id/discard', (req, res) => {
    const { dryRun } = parseWith(exceptionOrderSchema, req.body ?? {})
    res.json(desk.discard(parseWith(idInPath, req.params).id, dryRun))
  })
}
