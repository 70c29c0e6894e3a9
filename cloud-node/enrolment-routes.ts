/** The addresses by which PCs become branches and change their keys, and by which people let them in and shut them out. */
import { z } from 'zod'
import type { RequestNonces } from '../adapters/access/request-nonces.ts'
import { hashBody } from '../adapters/access/request-proof.ts'
import { readAuthorization } from '../adapters/http/authorization.ts'
import { EXCHANGE_PATH } from '../adapters/http/exchange-path.ts'
import { parseWith } from '../adapters/http/app.ts'
import { parseJson, readBody } from '../adapters/http/read-json-body.ts'
import type { RequestLimits } from '../adapters/http/request-limits.ts'
import type { RouteTable } from '../adapters/http/route-table.ts'
import { actorOf } from '../schemas/access.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import { branchOrderSchema, newProgramSchema } from '../schemas/protocol/branches.ts'
import { enrolmentRequestSchema, newKeyRequestSchema, NONCE_HEADER } from '../schemas/protocol/request-proof.ts'
import type { CloudAccess } from './cloud-access.ts'

const branchPath = z.object({ id: z.string().min(1).max(64) })
const programPath = z.object({ id: z.string().min(1).max(64) })
const nothing = z.strictObject({})
/** An enrolment is a code and a key. */
const ENROLMENT_LIMIT = 8192

export interface EnrolmentSeams {
  readonly nonces: RequestNonces
  readonly limits: RequestLimits
}

export function addEnrolmentRoutes(routes: RouteTable, access: CloudAccess, { nonces, limits }: EnrolmentSeams): void {
  const { enrolment, audit } = access
  routes.add(
    {
      method: 'POST',
      path: `${EXCHANGE_PATH}/enroll`,
      access: 'open',
      about:
        'Makes a PC a branch: takes a code, once, and a key that signs the request; tells what a branch must know.',
      body: enrolmentRequestSchema,
      readsBody: true,
    },
    async ({ req, res, principal }) => {
      const bytes = await readBody(req, { limit: ENROLMENT_LIMIT, principal })
      if (!bytes) return undefined
      const request = parseWith(enrolmentRequestSchema, parseJson(bytes))
      const shown = readAuthorization(req)
      if (shown.kind !== 'proof') {
        throw new OutpostError('UNAUTHENTICATED', 'an enrolment is signed with the key that it names')
      }
      try {
        const claims = await enrolment.proved(shown.jws, request, req.originalUrl)
        if (claims.nonce !== nonces.current()) res.setHeader(NONCE_HEADER, nonces.current())
        nonces.use(claims.nonce, 'enrolment', claims.jti)
        if (claims.bsh !== hashBody(bytes)) {
          throw new OutpostError('UNAUTHENTICATED', 'the body is not the one that was signed', { field: 'body' })
        }
        const enrolled = await enrolment.enrol(request)
        const { branchId } = enrolled.facts
        audit.note({ actor: `branch ${branchId}`, action: 'branch.enrol', subject: branchId })
        return enrolled
      } catch (error) {
        if (error instanceof OutpostError && error.code !== 'NONCE_NEEDED') await limits.noteRefused(req.ip ?? '')
        throw error
      }
    },
  )
  routes.add(
    {
      method: 'POST',
      path: `${EXCHANGE_PATH}/key`,
      access: 'branch',
      about: 'Takes a further key of the branch; the present one lives on for two weeks.',
      body: newKeyRequestSchema,
    },
    async ({ principal, body }) => {
      if (principal.kind !== 'branch') throw new OutpostError('FORBIDDEN', 'only a branch may ask this')
      const { branchId, keyId } = principal
      const answer = await enrolment.rotate(branchId, keyId, body)
      audit.note({ actor: actorOf(principal), action: 'branch.key', subject: branchId, detail: answer })
      return answer
    },
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/branches/:id/code',
      access: 'administrator',
      about: 'Issues the code with which a PC is enrolled as this branch: good once, for a day; earlier ones end.',
      params: branchPath,
      body: nothing,
      status: 201,
      audit: 'branch.code',
    },
    ({ params }) => enrolment.issueCode(params.id),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/branches/:id/keys',
      access: 'viewer',
      about: 'The keys that the branch signs with, or has signed with, the newest first.',
      params: branchPath,
    },
    ({ params }) => ({ keys: enrolment.keys(params.id) }),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/branches/:id/revoke',
      access: 'administrator',
      about: 'Shuts out every PC of the branch at once, and ends its code.',
      params: branchPath,
      body: branchOrderSchema,
      audit: 'branch.revoke',
    },
    ({ params, body }) => enrolment.revoke(params.id, body.dryRun),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/programs',
      access: 'administrator',
      about: 'The programs that are let in by a token.',
    },
    () => access.listPrograms(),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/programs',
      access: 'administrator',
      about: 'Lets a program in as an RxDB client of one branch; answers its token, which is shown once.',
      body: newProgramSchema,
      status: 201,
      audit: 'program.add',
    },
    ({ body: { name, branchId }, about }) => {
      const program = access.addProgram(name, branchId)
      Object.assign(about, { subject: program.id, detail: { name, branchId } })
      return program
    },
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/programs/:id/revoke',
      access: 'administrator',
      about: 'Shuts a program out at once.',
      params: programPath,
      body: nothing,
      audit: 'program.revoke',
    },
    ({ params }) => {
      access.revokeProgram(params.id)
      return { revoked: params.id }
    },
  )
}
