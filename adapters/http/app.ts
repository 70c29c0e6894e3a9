/**
 * The Express app of a node: a request id for each request, nothing for pages and names of others, every error in one
 * shape. Bodies are left to the routes, which know who asks.
 */
import { randomUUID } from 'node:crypto'
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express'
import helmet from 'helmet'
import type { z } from 'zod'
import { errorStatus, type ErrorCode } from '../../schemas/error-catalogue.ts'
import { issueInWords } from '../../schemas/issue-in-words.ts'
import { OutpostError, toErrorBody } from '../../schemas/outpost-error.ts'
import { REQUEST_ID } from '../../schemas/protocol/sync-log.ts'
import type { Log } from '../log.ts'
import { compressJson } from './compress-answer.ts'
import { ErrorLog } from './error-log.ts'

/** A batch of 1,000 large documents fits; bytes after inflation. */
export const BODY_LIMIT = 16 * 2 ** 20

/** More than any client of a node sends; all of an address and its headers is bounded by Node (16 KiB). */
const MAX_HEADERS = 100
const MAX_QUERY_FIELDS = 50
const MAX_ADDRESS = 8 * 1024

export interface AppOptions {
  /** Of hosts that the node answers to, beside those of its own machine. */
  readonly names: readonly string[]
  /** Addresses or networks, as Express's `trust proxy` takes them: what they say of a client is believed. */
  readonly trustedProxies: readonly string[]
  /** It is reached by TLS only, its own or a proxy's. */
  readonly isSecure: boolean
}

const OWN_MACHINE_ONLY: AppOptions = { names: [], trustedProxies: [], isSecure: false }

export function createApp(log: Log, options: AppOptions = OWN_MACHINE_ONLY): Express {
  const names = new Set(options.names.map((name) => name.toLowerCase()))
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', 'simple')
  app.set('trust proxy', trusted(options.trustedProxies))
  app.locals['log'] = log
  app.use((req, res, next) => {
    const given = req.get('x-request-id')
    res.locals['requestId'] = given && REQUEST_ID.test(given) ? given : randomUUID()
    res.setHeader('x-request-id', requestIdOf(res))
    // Pages, which may be kept, say so themselves.
    res.setHeader('cache-control', 'no-store')
    next()
  })
  const [plain, secure] = [securityHeaders(false), securityHeaders(true)]
  app.use((req, res, next) => {
    // A browser would ask for everything else on its own machine by TLS too.
    const staysSecure = options.isSecure && !LOOPBACK.has(nameOf(req.host))
    ;(staysSecure ? secure : plain)(req, res, next)
  })
  app.use((req, _res, next) => {
    refuseExcess(req)
    refuseForeignPages(req, names)
    next()
  })
  app.use(compressJson)
  return app
}

/** Call after all routes. */
export function addErrorHandling(app: Express, log: Log): void {
  app.use((req) => {
    throw nothingAt(req)
  })
  const errors = new ErrorLog(log)
  const handler: ErrorRequestHandler = (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error)
    const known = fromHttpError(error) ?? error
    const body = toErrorBody(known, requestIdOf(res))
    const status = statusFor(body.code, res)
    if (known instanceof OutpostError && known.retryAfterS !== undefined) {
      res.setHeader('retry-after', Math.max(1, Math.ceil(known.retryAfterS)))
    }
    const asked = { address: req.ip ?? '', requestId: requestIdOf(res), path: shownPath(req) }
    errors.note({ error: known, code: body.code, status, ...asked })
    res.status(status).json(body)
  }
  app.use(handler)
}

/** For a person, a branch that headquarters does not know is an id of nothing; a branch itself, or its program, is not let in. */
function statusFor(code: ErrorCode, { locals }: Response): number {
  return code === 'BRANCH_UNKNOWN' && locals['asksForBranch'] === true ? 403 : errorStatus(code)
}

export function nothingAt(req: Request): OutpostError {
  return new OutpostError('NOT_FOUND', `there is nothing at ${req.method} ${shownPath(req)}`)
}

/** Addresses of a node hold no long numbers; what does may hold a phone. */
function shownPath({ path }: Request): string {
  return path.slice(0, 200).replaceAll(/[^/]*\d{3}[^/]*/g, '…')
}

/**
 * Says of what was given where it is wrong, and never what it is: it may be a phone.
 *
 * @throws OutpostError BAD_REQUEST naming the first field that is wrong
 */
export function parseWith<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input, { error: issueInWords })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  if (issue?.code === 'unrecognized_keys') throw unknownField([...issue.path, issue.keys[0]!])
  const field = fieldAt(issue?.path ?? [])
  throw new OutpostError('BAD_REQUEST', `${field || 'the body'}: ${issue?.message ?? 'not as expected'}`, { field })
}

export function unknownField(path: readonly PropertyKey[]): OutpostError {
  const field = fieldAt(path)
  return new OutpostError('BAD_REQUEST', `${field}: nothing that belongs here`, { field })
}

/** A path into a body, whose names somebody else has chosen. */
function fieldAt(path: readonly PropertyKey[]): string {
  return path.map((key) => (typeof key === 'number' || FIELD_NAME.test(String(key)) ? String(key) : '…')).join('.')
}

const FIELD_NAME = /^[a-z_][\w-]{0,63}$/i

function refuseExcess({ method, url, query, rawHeaders }: Request): void {
  if (!METHODS.has(method)) throw new OutpostError('NOT_FOUND', 'a node answers to GET and POST')
  if (url.length > MAX_ADDRESS) {
    throw new OutpostError('HEADERS_TOO_LARGE', `the address is longer than ${MAX_ADDRESS} characters`)
  }
  if (rawHeaders.length / 2 > MAX_HEADERS) {
    throw new OutpostError('HEADERS_TOO_LARGE', `there are more than ${MAX_HEADERS} headers`)
  }
  if (Object.keys(query).length > MAX_QUERY_FIELDS) {
    throw new OutpostError('BAD_REQUEST', `the query has more than ${MAX_QUERY_FIELDS} fields`, { field: 'query' })
  }
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST'])

/**
 * A page from elsewhere must neither read nor write here, also when its name was made to point at this machine: the node
 * answers to its own names, and to the pages that it has served itself.
 */
function refuseForeignPages(req: Request, names: ReadonlySet<string>): void {
  const name = nameOf(req.host)
  if (!LOOPBACK.has(name) && !names.has(name)) {
    throw new OutpostError('BAD_REQUEST', 'the node does not answer to this name', { field: 'host' })
  }
  const origin = req.get('origin')
  if (origin !== undefined && origin !== originOf(req)) {
    throw new OutpostError('BAD_REQUEST', 'pages of other addresses may not speak with this node', { field: 'origin' })
  }
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** Of a host with or without a port. Express has none for a request that names none. */
function nameOf(host: string | undefined): string {
  return (host ?? '').replace(/:\d+$/, '').toLowerCase()
}

/** As a browser writes it: without the port that the scheme has anyway. */
function originOf({ protocol, host }: Request): string | undefined {
  const address = `${protocol}://${host}`
  return URL.canParse(address) ? new URL(address).origin : undefined
}

/** @throws OutpostError BAD_CONFIGURATION */
function trusted(proxies: readonly string[]): false | string[] {
  if (proxies.length === 0) return false
  try {
    // Express compiles them only once they are set.
    express().set('trust proxy', [...proxies])
    return [...proxies]
  } catch (cause) {
    const message = `${proxies.join(', ')}: trusted proxies are IP addresses or networks like 10.0.0.0/8`
    throw new OutpostError('BAD_CONFIGURATION', message, { field: 'trustedProxies', cause })
  }
}

/** Answers that are no pages load nothing and stand in no frame; pages replace the policy by their own. */
function securityHeaders(staysSecure: boolean): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: staysSecure && { maxAge: YEAR_S, includeSubDomains: false },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  })
}

const YEAR_S = 365 * 24 * 3600

/** The one that came with the request, or was given to it here. */
export function requestIdOf(res: Response): string {
  return res.locals['requestId'] as string
}

/** What Express and its file server say of a request that is not well formed; what they quote of it is left out. */
function fromHttpError(error: unknown): OutpostError | undefined {
  const { status } = (error ?? {}) as { status?: number }
  if (error instanceof URIError) return new OutpostError('BAD_REQUEST', 'the address is not well encoded')
  if (status !== undefined && status >= 400 && status < 500) {
    return new OutpostError('BAD_REQUEST', 'the request cannot be answered as it asks')
  }
  return undefined
}
