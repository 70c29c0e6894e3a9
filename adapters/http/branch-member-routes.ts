/** The addresses of a branch for its members: find and register them, and ask headquarters for what only it decides. */
import { z } from 'zod'
import { idSchema, memberActionSchema } from '../../schemas/protocol/identity.ts'
import type { BranchDesk } from '../identity/branch-desk.ts'
import { parseExactly } from './member-routes.ts'
import type { RouteTable } from './route-table.ts'

const idInPath = z.object({ id: idSchema })
const documentsPath = idInPath.extend({ collection: z.string().min(1).max(64) })
const phone = z.string().min(1).max(100)
const phoneBody = z.strictObject({ phone })
const newMemberBody = z.strictObject({
  name: z.string().trim().min(1).max(200),
  phone,
  private: z.boolean().default(false),
})
const requestBody = z.looseObject({ reason: z.string().max(500).optional() }).and(memberActionSchema)

const forStaff = { access: 'cashier' } as const

export function addBranchMemberRoutes(routes: RouteTable, desk: BranchDesk): void {
  // A phone comes in a body and never in an address: addresses stay in logs and histories.
  routes.add(
    {
      ...forStaff,
      method: 'POST',
      path: '/api/members/find',
      about: 'The members that hold a phone, the private one first; an empty list for none.',
      body: phoneBody,
    },
    ({ body }) => desk.find(body.phone),
  )
  routes.add(
    {
      ...forStaff,
      method: 'POST',
      path: '/api/members',
      about: 'Registers a member, which works offline; `private` makes one that only this branch and headquarters see.',
      body: newMemberBody,
      status: 201,
      audit: 'member.register',
    },
    ({ body: { name, phone: number, private: isPrivate } }) => desk.register(name, number, isPrivate),
  )
  routes.add(
    {
      ...forStaff,
      method: 'GET',
      path: '/api/members/:id',
      about: 'The member that an id stands for today, phones masked.',
      params: idInPath,
    },
    ({ params }) => desk.show(params.id),
  )
  routes.add(
    {
      ...forStaff,
      method: 'GET',
      path: '/api/members/:id/documents/:collection',
      about: 'The documents of a collection that count for the member, whatever id they were written with.',
      params: documentsPath,
    },
    ({ params: { id, collection } }) => desk.documentsOf(collection, id),
  )
  routes.add(
    {
      ...forStaff,
      method: 'POST',
      path: '/api/members/:id/requests',
      about:
        'Asks headquarters to decide something about a member; answers with the request, which is pending until then.',
      params: idInPath,
      body: requestBody,
      status: 202,
      audit: 'request.make',
    },
    ({ params, body: { reason, ...action } }) =>
      desk.request(params.id, parseExactly(memberActionSchema, action), reason),
  )
  routes.add(
    { ...forStaff, method: 'GET', path: '/api/requests', about: 'What this branch has asked headquarters to decide.' },
    () => desk.requests(),
  )
}
