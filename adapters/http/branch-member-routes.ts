/** The addresses of a branch for its members: find and register them, and ask headquarters for what only it decides. */
import type { Express } from 'express'
import { z } from 'zod'
import { idSchema, memberActionSchema } from '../../schemas/protocol/identity.ts'
import type { BranchDesk } from '../identity/branch-desk.ts'
import { parseWith } from './app.ts'
import { parseExactly } from './member-routes.ts'

const idInPath = z.object({ id: idSchema })
const documentsPath = idInPath.extend({ collection: z.string().min(1).max(64) })
const phone = z.string().min(1).max(100)
const phoneBody = z.strictObject({ phone })
const newMemberBody = z.strictObject({
  name: z.string().trim().min(1).max(200),
  phone,
  private: z.boolean().default(false),
})
const reasonBody = z.looseObject({ reason: z.string().max(500).optional() })

export function addBranchMemberRoutes(app: Express, desk: BranchDesk): void {
  // A phone comes in a body and never in an address: addresses stay in logs and histories.
  app.post('/api/members/find', (req, res) => void res.json(desk.find(parseWith(phoneBody, req.body).phone)))
  app.post('/api/members', (req, res) => {
    const { name, phone: number, private: isPrivate } = parseWith(newMemberBody, req.body)
    res.status(201).json(desk.register(name, number, isPrivate))
  })
  app.get('/api/members/:id', (req, res) => void res.json(desk.show(parseWith(idInPath, req.params).id)))
  app.get('/api/members/:id/documents/:collection', (req, res) => {
    const { id, collection } = parseWith(documentsPath, req.params)
    res.json(desk.documentsOf(collection, id))
  })
  app.post('/api/members/:id/requests', (req, res) => {
    const { id } = parseWith(idInPath, req.params)
    const { reason, ...action } = parseWith(reasonBody, req.body)
    res.status(202).json(desk.request(id, parseExactly(memberActionSchema, action), reason))
  })
  app.get('/api/requests', (_req, res) => void res.json(desk.requests()))
}
