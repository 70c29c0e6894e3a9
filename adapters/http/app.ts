/** The Express app of a node: a request id for each request, JSON bodies within limits, every error in one shape. */
import { randomUUID } from 'node:crypto'
import express, { type ErrorRequestHandler, type Express, type Response } from 'express'
import type { z } from 'zod'
import { errorStatus } from '../../schemas/error-catalogue.ts'
import { OutpostError, toErrorBody } from '../../schemas/outpost-error.ts'
import type { Log } from '../log.ts'
import { compressJson } from './compress-json.ts'
import { ErrorLog } from './error-log.ts'
import { refuseDeep } from './read-json-body.ts'

/** A batch of 1,000 large documents fits; bytes after inflation. */
export const BODY_LIMIT = 16 * 2 ** 20
/** Where bodies are left to the routes. */
export const OWN_BODIES = '/exchange/'

export function createApp(log: Log): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', 'simple')
  app.use((req, res, next) => {
    const given = req.get('x-request-id')
    res.locals['requestId'] = given && /^[\w-]{1,64}$/.test(given) ? given : randomUUID()
    res.setHeader('x-request-id', requestId(res))
    res.setHeader('x-content-type-options', 'nosniff')
    next()
  })
  app.use((req, _res, next) => {
    refuseForeignPages(req.get('host'), req.get('origin'))
    next()
  })
  app.use(compressJson)
  const readJson = express.json({ limit: BODY_LIMIT, strict: false, type: 'application/json' })
  app.use((req, res, next) => (req.path.startsWith(OWN_BODIES) ? next() : readJson(req, res, next)))
  app.use((req, _res, next) => {
    refuseDeep(req.body)
    next()
  })
  app.locals['log'] = log
  return app
}

/** Call after all routes. */
export function addErrorHandling(app: Express, log: Log): void {
  app.use((req) => {
    throw new OutpostError('NOT_FOUND', `there is nothing at ${req.method} ${req.path.slice(0, 200)}`)
  })
  const errors = new ErrorLog(log)
  const handler: ErrorRequestHandler = (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error)
    const known = fromHttpError(error) ?? error
    const body = toErrorBody(known, requestId(res))
    const status = errorStatus(body.code)
    if (known instanceof OutpostError && known.retryAfterS !== undefined)
      res.setHeader('retry-after', known.retryAfterS)
    if (status >= 500) errors.note({ error, code: body.code, requestId: requestId(res), path: req.path })
    res.status(status).json(body)
  }
  app.use(handler)
}

/** @throws OutpostError BAD_REQUEST naming the first field that is wrong */
export function parseWith<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') ?? ''
  throw new OutpostError('BAD_REQUEST', `${field || 'the body'}: ${issue?.message ?? 'not as expected'}`, { field })
}

/**
 * A node listens on this machine only, and so do its browsers' other pages: one from elsewhere must neither read nor
 * write here, also when its name was made to point at this machine.
 */
function refuseForeignPages(host: string | undefined, origin: string | undefined): void {
  const name = (host ?? '').replace(/:\d+$/, '')
  if (!LOOPBACK.has(name))
    throw new OutpostError('BAD_REQUEST', 'this node answers to localhost only', { field: 'host' })
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new OutpostError('BAD_REQUEST', 'pages of other addresses may not speak with this node', { field: 'origin' })
  }
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]'])

function requestId(res: Response): string {
  return res.locals['requestId'] as string
}

/** What Express, its body parser and its file server say of a request that is not well formed. */
function fromHttpError(error: unknown): OutpostError | undefined {
  const { type, status } = (error ?? {}) as { type?: string; status?: number }
  if (type === 'entity.too.large')
    return new OutpostError('BODY_TOO_LARGE', `the body is larger than ${BODY_LIMIT / 2 ** 20} MiB`)
  if (type?.startsWith('entity.') || type?.startsWith('encoding.') || type?.startsWith('charset.')) {
    return new OutpostError('BAD_REQUEST', 'the body is no JSON')
  }
  if (error instanceof URIError) return new OutpostError('BAD_REQUEST', 'the address is not well encoded')
  if (status !== undefined && status >= 400 && status < 500) {
    return new OutpostError('BAD_REQUEST', `the request cannot be answered as it asks: ${(error as Error).message}`)
  }
  return undefined
}
