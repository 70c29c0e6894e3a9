/** The cloud's addresses for local nodes; `docs/protocol.md` describes them. */
import type { Request, Response } from 'express'
import { z } from 'zod'
import type { BranchPrincipal, Principal } from '../../schemas/access.ts'
import {
  digestsRequestSchema,
  heartbeatRequestSchema,
  PROTOCOL_VERSION,
  pullRequestSchema,
  pushRequestSchema,
  receiptsRequestSchema,
  statsRequestSchema,
  whereaboutsRequestSchema,
  type HeartbeatRequest,
  type HeartbeatResponse,
  type StatsRequest,
  type WhereaboutsResponse,
} from '../../schemas/protocol/exchange.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { refuseOtherProtocol, refuseOtherSchemas } from '../../schemas/version-check.ts'
import { VERSION } from '../../schemas/version.ts'
import type { CloudSide } from '../exchange/cloud-side.ts'
import type { AnswerOf, ExchangeKind, RequestOf } from '../synclog/exchange-load.ts'
import { SyncRecorder } from '../synclog/sync-recorder.ts'
import type { Log } from '../log.ts'
import { BODY_LIMIT, parseWith } from './app.ts'
import { BranchNudges, type NudgeHooks } from './branch-nudges.ts'
import { sendJson } from './compress-answer.ts'
import { ExchangeNotes } from './exchange-notes.ts'
import { EXCHANGE_PATH, EXCHANGE_ROOT } from './exchange-path.ts'
import { formatQueueTiming, TIMING_HEADER } from './queue-timing.ts'
import { ExchangeQueue, TooBusy, type Place } from './exchange-queue.ts'
import { estimateBody, parseJson, readBody } from './read-json-body.ts'
import type { RouteTable } from './route-table.ts'

/** A heartbeat is answered at once, whoever waits, and is never large. */
const HEARTBEAT_LIMIT = 2 ** 20
/** 200 ids and a standpoint are never larger. */
const WHEREABOUTS_LIMIT = 256 * 1024
/** Who takes nothing of an answer for so long has gone, ms. */
const ANSWER_TIMEOUT_MS = 60_000

export interface ExchangeHooks extends NudgeHooks {
  /** @throws OutpostError KEY_UNKNOWN, REVOKED, BRANCH_UNKNOWN, BRANCH_RETIRED, BRANCH_DISABLED */
  readonly admit: (branch: BranchPrincipal) => void
  readonly heartbeat: (branch: BranchPrincipal, request: HeartbeatRequest) => HeartbeatResponse
  readonly stats: (branchId: string, request: StatsRequest) => void
  /** Which of these states the mirror holds; answers soon, whatever becomes of MySQL. */
  readonly mirrored: (
    collection: string,
    states: readonly { readonly id: string; readonly seq: number }[],
  ) => Promise<WhereaboutsResponse>
}

const spokenProtocol = z.looseObject({ protocol: z.number().int(), version: z.string().max(40).catch('unknown') })

/** Call it after all other routes below `/exchange/`: what is left there is of another protocol. */
export function addExchangeRoutes(
  routes: RouteTable,
  cloud: CloudSide,
  hooks: ExchangeHooks,
  queue: ExchangeQueue = new ExchangeQueue(),
  recorder: SyncRecorder = new SyncRecorder(routes.app.locals['log'] as Log),
): void {
  const nudges = new BranchNudges(cloud.replica.store, hooks)
  const notes = new ExchangeNotes(cloud, recorder)
  const route = <K extends ExchangeKind>(
    name: K,
    about: string,
    body: z.ZodType<RequestOf<K>>,
    answer: (branchId: string, body: RequestOf<K>) => AnswerOf<K>,
  ): void => {
    const spec = { method: 'POST', path: `${EXCHANGE_PATH}/${name}`, access: 'branch', about, body } as const
    routes.add({ ...spec, readsBody: true }, ({ principal, req, res }) => {
      const branch = branchOf(principal)
      const { branchId } = branch
      return notes.during({ kind: name, branchId, req, res }, async (note) => {
        hooks.admit(branch)
        // It may have gone while it was asked who it is.
        if (res.closed) return
        const place = enter(queue, branchId, req, res)
        if (!(await place.room(estimateBody(req, BODY_LIMIT)))) return
        const bytes = await readBody(req, { limit: BODY_LIMIT, principal, onBytes: place.count })
        if (!bytes) return
        const text = await place.turn(() => {
          // It may have been disabled, or its PC shut out, while it waited.
          hooks.admit(branch)
          const request = parseWith(body, parseJson(bytes))
          return JSON.stringify(note.answering(request, () => answer(branchId, request)))
        })
        if (text === undefined) return
        note.queuedMs = place.waitedMs()
        res.setHeader(TIMING_HEADER, formatQueueTiming(note.queuedMs))
        res.setTimeout(ANSWER_TIMEOUT_MS, () => res.destroy())
        sendJson(req, res, text)
      })
    })
  }
  route('push', "takes a batch of the branch's documents; one outcome for each", pushRequestSchema, (branchId, body) =>
    cloud.push(branchId, body),
  )
  route('pull', 'hands out a page of one class', pullRequestSchema, (branchId, body) => cloud.pull(branchId, body))
  route('receipts', 'notes what became of the documents of a delivery', receiptsRequestSchema, (branchId, body) =>
    cloud.receipts(branchId, body),
  )
  route(
    'digests',
    'compares hashes of a collection, and lists the documents of a bucket',
    digestsRequestSchema,
    (branchId, body) => cloud.digests(branchId, body),
  )
  route('stats', 'notes what the branch sold', statsRequestSchema, (branchId, body) => {
    cloud.admit(branchId, body)
    hooks.stats(branchId, body)
    return cloud.standing(branchId, body)
  })
  const heartbeat = {
    method: 'POST',
    path: `${EXCHANGE_PATH}/heartbeat`,
    access: 'branch',
    about: 'hears where the branch stands; tells the time, what waits for it, and whether both hold the same',
    body: heartbeatRequestSchema,
    readsBody: true,
  } as const
  routes.add(heartbeat, ({ principal, req, res }) => {
    const branch = branchOf(principal)
    return notes.during({ kind: 'heartbeat', branchId: branch.branchId, req, res }, async (note) => {
      hooks.admit(branch)
      const bytes = await readBody(req, { limit: HEARTBEAT_LIMIT, principal })
      if (!bytes) return undefined
      const body = parseJson(bytes)
      // Another protocol may say everything else in another form.
      const { protocol, version } = parseWith(spokenProtocol, body)
      refuseOtherProtocol(protocol, version)
      const request = parseWith(heartbeatRequestSchema, body)
      refuseOtherSchemas(request, cloud.replica.store.declarations)
      hooks.admit(branch)
      return note.answering(request, () => hooks.heartbeat(branch, request))
    })
  })
  const whereabouts = {
    method: 'POST',
    path: `${EXCHANGE_PATH}/whereabouts`,
    access: 'branch',
    about: "tells which of the branch's documents the mirror holds as they are now",
    body: whereaboutsRequestSchema,
    readsBody: true,
  } as const
  const asking = new Set<string>()
  routes.add(whereabouts, ({ principal, req, res }) => {
    const branch = branchOf(principal)
    const { branchId } = branch
    return notes.during({ kind: 'whereabouts', branchId, req, res }, async () => {
      hooks.admit(branch)
      const bytes = await readBody(req, { limit: WHEREABOUTS_LIMIT, principal })
      if (!bytes) return undefined
      const request = parseWith(whereaboutsRequestSchema, parseJson(bytes))
      hooks.admit(branch)
      if (asking.has(branchId)) throw new TooBusy('a question of this branch is being answered', 1)
      asking.add(branchId)
      try {
        return await hooks.mirrored(request.collection, cloud.statesOf(branchId, request))
      } finally {
        asking.delete(branchId)
      }
    })
  })
  const stream = {
    method: 'GET',
    path: `${EXCHANGE_PATH}/nudges`,
    access: 'branch',
    about: 'tells at once that something new waits for the branch',
    streams: true,
  } as const
  routes.add(stream, ({ principal, openStream }) => {
    const branch = branchOf(principal)
    hooks.admit(branch)
    nudges.open(branch, openStream)
  })
  const other = {
    method: 'POST',
    path: `${EXCHANGE_ROOT}:version/:name`,
    access: 'open',
    about: 'refuses other protocols with PROTOCOL_OUTDATED, so that a node knows what to do',
  } as const
  routes.add(other, ({ req }) => {
    if (req.params['version'] === `v${PROTOCOL_VERSION}`) {
      throw new OutpostError('NOT_FOUND', `there is nothing at ${req.path.slice(0, 200)}`)
    }
    const theirs = String(req.params['version']).slice(0, 20)
    const message = `headquarters speaks protocol ${PROTOCOL_VERSION} (Outpost ${VERSION}), this node ${theirs}`
    throw new OutpostError('PROTOCOL_OUTDATED', message)
  })
}

/** Before anything of the body is read. */
function enter(queue: ExchangeQueue, branchId: string, req: Request, res: Response): Place {
  try {
    const place = queue.enter(branchId, () => req.destroy())
    res.once('close', place.leave)
    return place
  } catch (error) {
    if (error instanceof TooBusy) res.setHeader('retry-after', error.retryAfterS)
    throw error
  }
}

/** The route table lets nobody else in. */
function branchOf(principal: Principal): BranchPrincipal {
  if (principal.kind === 'branch') return principal
  throw new OutpostError('FORBIDDEN', 'only a branch may ask this')
}
