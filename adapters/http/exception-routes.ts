/** The addresses of a node for its exceptions: look at them, have them tried again, give one up. */
import { z } from 'zod'
import type { Access } from '../../schemas/access.ts'
import {
  exceptionIdSchema,
  exceptionOrderSchema,
  exceptionQuerySchema,
  retryAllSchema,
} from '../../schemas/protocol/exceptions.ts'
import type { ExceptionDesk } from '../exchange/exception-desk.ts'
import type { RouteTable } from './route-table.ts'

const idInPath = z.object({ id: exceptionIdSchema })

export interface ExceptionAccess {
  readonly look: Access
  readonly act: Access
}

export function addExceptionRoutes(routes: RouteTable, desk: ExceptionDesk, { look, act }: ExceptionAccess): void {
  routes.add(
    {
      method: 'GET',
      path: '/api/exceptions',
      access: look,
      about: 'A page of the exceptions, newest first; `next` of the answer is the `after` of the page behind it.',
      query: exceptionQuerySchema,
    },
    ({ query }) => desk.list(query),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/exceptions/retry',
      access: act,
      about: 'Has all exceptions tried again, or those of a collection or branch, and counts what came of it.',
      body: retryAllSchema,
      audit: 'exception.retry-all',
    },
    ({ body: { dryRun, ...filter } }) => desk.retryAll(filter, dryRun),
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/exceptions/:id',
      access: look,
      about: 'One exception with the state that failed and the one in the store, phones masked.',
      params: idInPath,
    },
    ({ params }) => desk.show(params.id),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/exceptions/:id/retry',
      access: act,
      about: 'Has one exception tried again.',
      params: idInPath,
      body: exceptionOrderSchema,
      audit: 'exception.retry',
    },
    ({ params, body }) => desk.retry(params.id, body.dryRun),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/exceptions/:id/discard',
      access: act,
      about: 'Gives one exception up and answers with all that is left of it: the document as it failed.',
      params: idInPath,
      body: exceptionOrderSchema,
      audit: 'exception.discard',
    },
    ({ params, body }) => desk.discard(params.id, body.dryRun),
  )
}
