/**
 * The addresses of a node, each declared once: what it is for, who may ask, what a request holds. From here come the
 * checks before each handler, the reference (`docs/api-*.md`, `openapi.json`) and the table that the abuse suite walks.
 */
import type { Express, Request, Response } from 'express'
import type { z } from 'zod'
import { permissionOf, type Access, type Principal } from '../../schemas/access.ts'
import { isRecord } from '../../schemas/json.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { BODY_LIMIT, parseWith } from './app.ts'
import { openEventStream, type EventStream } from './event-stream.ts'
import { parseJson, readBody } from './read-json-body.ts'

export interface RouteSpec<Params = unknown, Query = unknown, Body = unknown> {
  readonly method: 'GET' | 'POST'
  /** As Express takes it, such as `/api/branches/:id`. */
  readonly path: string
  readonly access: Access
  /** One sentence for whoever writes a program against it: what is done, and what is answered. */
  readonly about: string
  readonly params?: z.ZodType<Params>
  readonly query?: z.ZodType<Query>
  /** JSON; `{}` where none came. */
  readonly body?: z.ZodType<Body>
  /** Of what is answered; 200 unless said. */
  readonly status?: number
  /** What stands in the audit log when it was done, in words that stay the same, such as `branch.add`; nothing for a look. */
  readonly audit?: string
  /** The handler reads the body itself. */
  readonly readsBody?: boolean
  /** The answer is a stream of server-sent events. */
  readonly streams?: boolean
}

export interface Asked<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly principal: Principal
  readonly req: Request
  readonly res: Response
  readonly openStream: OpenStream
  /** What the audit log says of it beside who and what; its subject is the `id` of the address unless said here. */
  readonly about: { subject?: string; detail?: Readonly<Record<string, string>> }
}

/** Answers with a stream, which ends once whoever asked may not come any more; `onClose` runs once, whatever ended it. */
export type OpenStream = (onClose: () => void) => EventStream

/**
 * Answers with what is returned; a handler that has answered itself returns nothing, or `NOT_DONE` where it has answered
 * that it failed.
 */
export type Handler<Params, Query, Body> = (asked: Asked<Params, Query, Body>) => unknown

export const NOT_DONE = Symbol('not done')

/** Knows who asks. */
export interface Guard {
  /** @throws OutpostError 401, 403 or 429: what was shown is not what it says, or too much was asked */
  authenticate(req: Request, res: Response): Promise<Principal>
  /** Whether a stream that was opened for it may go on: what it showed is still good, and whoever that is now may hear it. */
  isStillAdmitted(principal: Principal, access: Access): boolean
  /**
   * Counts a stream that whoever asks opens.
   *
   * @returns what is called when it is over; throws OutpostError TOO_MANY_REQUESTS
   */
  countStream(principal: Principal): () => void
  /** Once something was done that the audit log names. */
  noteDone(spec: RouteSpec, asked: Asked<unknown, unknown, unknown>): void
}

export class RouteTable {
  readonly specs: RouteSpec[] = []
  /** For what is no address: pages, and what is said where there is nothing. */
  readonly app: Express
  readonly #guard: Guard

  constructor(app: Express, guard: Guard) {
    this.app = app
    this.#guard = guard
  }

  /** Checks who asks before anything of a body is read, and all of the request before the handler runs. */
  add<Params = unknown, Query = unknown, Body = unknown>(
    spec: RouteSpec<Params, Query, Body>,
    handler: Handler<Params, Query, Body>,
  ): void {
    this.specs.push(spec)
    this.app[spec.method === 'GET' ? 'get' : 'post'](spec.path, async (req, res, next) => {
      // Express takes HEAD for GET; a stream has no length that it could tell, and no end.
      if (req.method === 'HEAD' && spec.streams === true) return next()
      const principal = await this.#guard.authenticate(req, res)
      res.locals['asksForBranch'] = principal.kind === 'branch' || principal.kind === 'program'
      refuseUnlessPermitted(spec, principal)
      const asked: Asked<Params, Query, Body> = {
        params: parsePart(spec.params, req.params),
        query: parsePart(spec.query, req.query),
        body: undefined as Body,
        principal,
        req,
        res,
        openStream: (onClose) => {
          const release = this.#guard.countStream(principal)
          const isAdmitted = () => this.#guard.isStillAdmitted(principal, spec.access)
          const close = () => {
            release()
            onClose()
          }
          return openEventStream(res, close, isAdmitted)
        },
        about: {},
      }
      if (spec.body && spec.readsBody !== true) {
        const limit = spec.access === 'open' ? OPEN_BODY_LIMIT : BODY_LIMIT
        const bytes = await readBody(req, { limit, principal })
        if (!bytes) return
        Object.assign(asked, { body: parseWith(spec.body, bytes.length === 0 ? {} : parseJson(bytes)) })
      }
      const answer = await handler(asked)
      if (answer === NOT_DONE) return
      if (spec.audit !== undefined && !isDryRun(asked.body)) this.#guard.noteDone(spec, asked)
      if (answer !== undefined) res.status(spec.status ?? 200).json(answer)
    })
  }
}

/** Of what anybody may send, bytes after inflation. */
const OPEN_BODY_LIMIT = 64 * 1024

function parsePart<T>(schema: z.ZodType<T> | undefined, given: unknown): T {
  return schema ? parseWith(schema, given) : (undefined as T)
}

/** Such a request changes nothing. */
function isDryRun(body: unknown): boolean {
  return isRecord(body) && body['dryRun'] === true
}

function refuseUnlessPermitted({ access }: RouteSpec, principal: Principal): void {
  const permission = permissionOf(access, principal)
  if (permission === 'granted') return
  if (permission === 'forbidden') {
    throw new OutpostError('FORBIDDEN', `this is for ${AUDIENCES[access]} only`)
  }
  if (access === 'branch' || access === 'client' || access === 'command') {
    throw new OutpostError('UNAUTHENTICATED', 'the request proves nothing about who sent it')
  }
  const isOfBranch = access === 'device' || access === 'cashier' || access === 'manager'
  if (isOfBranch && principal.kind === 'nobody') {
    throw new OutpostError('NOT_PAIRED', 'only paired devices may ask this: pair this one with a code')
  }
  throw new OutpostError('LOGIN_NEEDED', `this is for ${AUDIENCES[access]}: log in first`)
}

const AUDIENCES: Readonly<Record<Access, string>> = {
  open: 'everybody',
  branch: "a branch's node",
  client: 'RxDB clients',
  device: 'paired devices',
  cashier: 'the staff',
  manager: 'managers',
  viewer: "headquarters' people",
  operator: 'operators',
  administrator: 'administrators',
  command: "commands on the node's own machine",
}
