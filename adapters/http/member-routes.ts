/** The addresses of headquarters for its members: look at one, decide about one, decide what waits for a person. */
import { z } from 'zod'
import {
  idSchema,
  memberActionSchema,
  memberSearchSchema,
  reviewAnswerSchema,
  type MemberAction,
  type ReviewAnswer,
} from '../../schemas/protocol/identity.ts'
import type { MemberDesk } from '../identity/member-desk.ts'
import { parseWith, unknownField } from './app.ts'
import type { RouteTable } from './route-table.ts'

const idInPath = z.object({ id: idSchema })
const documentsPath = idInPath.extend({ collection: z.string().min(1).max(64) })
const phoneBody = z.strictObject({ phone: z.string().min(1).max(100), scope: z.string().min(1).max(64).optional() })
const reviewQuery = z.strictObject({ all: z.enum(['true', 'false']).optional() })
const dryRunBody = z.looseObject({ dryRun: z.boolean().default(false) })
const actionBody = dryRunBody.and(memberActionSchema)
const decisionBody = dryRunBody.and(reviewAnswerSchema)

/** Call it after the routes below `/api/members` that have names of their own: `:id` takes every name. */
export function addMemberRoutes(routes: RouteTable, desk: MemberDesk): void {
  // A phone comes in a body and never in an address: addresses stay in logs and histories.
  routes.add(
    {
      method: 'POST',
      path: '/api/members/find',
      access: 'viewer',
      about: 'The member that holds a phone, `shared` unless `scope` names a branch.',
      body: phoneBody,
    },
    ({ body }) => desk.find(body.phone, body.scope),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/members/search',
      access: 'viewer',
      about:
        'Members whose name begins with `name`, whatever its capitals, by name; `after` is the `next` of the page before. Phones masked.',
      body: memberSearchSchema,
    },
    ({ body }) => desk.search(body),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/members/:id',
      access: 'viewer',
      about: 'The member that an id stands for today, a deleted one too; phones masked.',
      params: idInPath,
    },
    ({ params }) => desk.show(params.id),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/members/:id/audit',
      access: 'viewer',
      about: 'The merges of the member, oldest first, both sides as they were.',
      params: idInPath,
    },
    ({ params }) => desk.audit(params.id),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/members/:id/documents/:collection',
      access: 'viewer',
      about: 'The documents of a collection that count for the member, whatever id they were written with.',
      params: documentsPath,
    },
    ({ params: { id, collection } }) => desk.documentsOf(collection, id),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/members/:id/actions',
      access: 'operator',
      about: 'Decides something about a member and answers with all that follows from it.',
      params: idInPath,
      body: actionBody,
      audit: 'member.decide',
    },
    ({ params, body: { dryRun, ...rest }, about }) => {
      const action = parseExactly(memberActionSchema, rest)
      Object.assign(about, { detail: actionDetail(action) })
      return desk.act(params.id, action, dryRun)
    },
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/requests',
      access: 'viewer',
      about: 'What waits for a person, oldest first; with `all=true` the last 1,000, whatever their state.',
      query: reviewQuery,
    },
    ({ query }) => desk.review(query.all === 'true'),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/requests/:id/decide',
      access: 'operator',
      about: 'Decides a request that is held and answers with all that follows from it.',
      params: idInPath,
      body: decisionBody,
      audit: 'request.decide',
    },
    ({ params, body: { dryRun, ...rest }, about }) => {
      const answer = parseExactly(reviewAnswerSchema, rest)
      Object.assign(about, { detail: answerDetail(answer) })
      return desk.decide(params.id, answer, dryRun)
    },
  )
}

/** For the audit log, which knows no phone and outlives what is told in reasons. */
function actionDetail(action: MemberAction): Record<string, string> {
  return {
    do: action.do,
    ...(action.do === 'merge' && { into: action.into }),
    ...(action.do === 'split' && { registrations: action.registrations.join(' ') }),
  }
}

function answerDetail(answer: ReviewAnswer): Record<string, string> {
  return { answer: answer.answer, ...(answer.answer === 'merge' && { into: answer.into }) }
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
  throw unknownField([unknown])
}
