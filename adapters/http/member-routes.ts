/** The addresses of headquarters for its members: look at one, decide about one, decide what waits for a person. */
import type { Express } from 'express'
import { z } from 'zod'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { idSchema, memberActionSchema, reviewAnswerSchema } from '../../schemas/protocol/identity.ts'
import type { MemberDesk } from '../identity/member-desk.ts'
import { parseWith } from './app.ts'

const idInPath = z.object({ id: idSchema })
const documentsPath = idInPath.extend({ collection: z.string().min(1).max(64) })
const phoneBody = z.strictObject({ phone: z.string().min(1).max(100), scope: z.string().min(1).max(64).optional() })
const reviewQuery = z.strictObject({ all: z.enum(['true', 'false']).optional() })
const dryRunBody = z.looseObject({ dryRun: z.boolean().default(false) })

/** Call it after the routes below `/api/members` that have names of their own: `:id` takes every name. */
export function addMemberRoutes(app: Express, desk: MemberDesk): void {
  // A phone comes in a body and never in an address: addresses stay in logs and histories.
  app.post('/api/members/find', (req, res) => {
    const { phone, scope } = parseWith(phoneBody, req.body)
    res.json(desk.find(phone, scope))
  })
  app.get('/api/members/:id', (req, res) => void res.json(desk.show(parseWith(idInPath, req.params).id)))
  app.get('/api/members/:id/audit', (req, res) => void res.json(desk.audit(parseWith(idInPath, req.params).id)))
  app.get('/api/members/:id/documents/:collection', (req, res) => {
    const { id, collection } = parseWith(documentsPath, req.params)
    res.json(desk.documentsOf(collection, id))
  })
  app.post('/api/members/:id/actions', (req, res) => {
    const { id } = parseWith(idInPath, req.params)
    const { dryRun, ...action } = parseWith(dryRunBody, req.body)
    res.json(desk.act(id, parseExactly(memberActionSchema, action), dryRun))
  })
  app.get('/api/requests', (req, res) => {
    res.json(desk.review(parseWith(reviewQuery, req.query).all === 'true'))
  })
  app.post('/api/requests/:id/decide', (req, res) => {
    const { id } = parseWith(idInPath, req.params)
    const { dryRun, ...answer } = parseWith(dryRunBody, req.body)
    res.json(desk.decide(id, parseExactly(reviewAnswerSchema, answer), dryRun))
  })
}

/**
 * Refuses fields that mean nothing here: a mistyped `dryRun` would otherwise be the real thing.
 *
 * @throws OutpostError BAD_REQUEST
 */
export function parseExactly<T extends object>(schema: z.ZodType<T>, input: object): T {
  const parsed = parseWith(schema, input)
  const unknown = Object.keys(input).find((field) => !(field in parsed))
  if (unknown === undefined) return parsed
  throw new OutpostError('BAD_REQUEST', `${unknown.slice(0, 100)}: nothing that belongs here`, {
    field: unknown.slice(0, 100),
  })
}
