/** The cloud's addresses for local nodes; `docs/protocol.md` describes them. */
import type { Express, Request, Response } from 'express'
import { z } from 'zod'
import {
  digestsRequestSchema,
  heartbeatRequestSchema,
  PROTOCOL_VERSION,
  pullRequestSchema,
  pushRequestSchema,
  receiptsRequestSchema,
  statsRequestSchema,
  type HeartbeatRequest,
  type HeartbeatResponse,
  type StatsRequest,
} from '../../schemas/protocol/exchange.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { refuseOtherProtocol, refuseOtherSchemas } from '../../schemas/version-check.ts'
import { VERSION } from '../../schemas/version.ts'
import type { CloudSide } from '../exchange/cloud-side.ts'
import { BODY_LIMIT, OWN_BODIES, parseWith } from './app.ts'
import { BranchNudges } from './branch-nudges.ts'
import { sendJson } from './compress-json.ts'
import { formatQueueTiming, TIMING_HEADER } from './queue-timing.ts'
import { ExchangeQueue, TooBusy, type Place } from './exchange-queue.ts'
import { estimateBody, parseJson, readBody } from './read-json-body.ts'

/** Where a request names its branch until requests are signed. */
export const BRANCH_HEADER = 'outpost-branch'
export const EXCHANGE_PATH = `${OWN_BODIES}v${PROTOCOL_VERSION}`

/** A heartbeat is answered at once, whoever waits, and is never large. */
const HEARTBEAT_LIMIT = 2 ** 20
/** Who takes nothing of an answer for so long has gone, ms. */
const ANSWER_TIMEOUT_MS = 60_000

export interface ExchangeHooks {
  /** @throws OutpostError BRANCH_UNKNOWN, BRANCH_RETIRED, BRANCH_DISABLED */
  readonly admit: (branchId: string) => void
  readonly heartbeat: (branchId: string, request: HeartbeatRequest) => HeartbeatResponse
  readonly stats: (branchId: string, request: StatsRequest) => void
  /** The highest class of which something waits for the branch, as far as is known without asking it. */
  readonly waiting: (branchId: string) => number
}

const spokenProtocol = z.looseObject({ protocol: z.number().int(), version: z.string().max(40).catch('unknown') })

export function addExchangeRoutes(
  app: Express,
  cloud: CloudSide,
  hooks: ExchangeHooks,
  queue: ExchangeQueue = new ExchangeQueue(),
): void {
  const nudges = new BranchNudges(cloud.replica.store, hooks)
  const route = <T>(name: string, schema: z.ZodType<T>, answer: (branchId: string, body: T) => unknown) => {
    app.post(`${EXCHANGE_PATH}/${name}`, async (req, res) => {
      const branchId = branchOf(req)
      hooks.admit(branchId)
      const place = enter(queue, branchId, req, res)
      if (!(await place.room(estimateBody(req, BODY_LIMIT)))) return
      const bytes = await readBody(req, BODY_LIMIT, place.count)
      if (!bytes) return
      const text = await place.turn(() => {
        // It may have been disabled while it waited.
        hooks.admit(branchId)
        return JSON.stringify(answer(branchId, parseWith(schema, parseJson(bytes))))
      })
      if (text === undefined) return
      res.setHeader(TIMING_HEADER, formatQueueTiming(place.waitedMs()))
      res.setTimeout(ANSWER_TIMEOUT_MS, () => res.destroy())
      sendJson(req, res, text)
    })
  }
  route('push', pushRequestSchema, (branchId, body) => cloud.push(branchId, body))
  route('pull', pullRequestSchema, (branchId, body) => cloud.pull(branchId, body))
  route('receipts', receiptsRequestSchema, (branchId, body) => cloud.receipts(branchId, body))
  route('digests', digestsRequestSchema, (branchId, body) => cloud.digests(branchId, body))
  route('stats', statsRequestSchema, (branchId, body) => {
    cloud.admit(branchId, body)
    hooks.stats(branchId, body)
    return cloud.standing(branchId, body)
  })
  app.post(`${EXCHANGE_PATH}/heartbeat`, async (req, res) => {
    const branchId = branchOf(req)
    hooks.admit(branchId)
    const bytes = await readBody(req, HEARTBEAT_LIMIT)
    if (!bytes) return
    const body = parseJson(bytes)
    // Another protocol may say everything else in another form.
    const { protocol, version } = parseWith(spokenProtocol, body)
    refuseOtherProtocol(protocol, version)
    const request = parseWith(heartbeatRequestSchema, body)
    refuseOtherSchemas(request, cloud.replica.store.declarations)
    res.json(hooks.heartbeat(branchId, request))
  })
  app.get(`${EXCHANGE_PATH}/nudges`, (req, res) => {
    const branchId = branchOf(req)
    hooks.admit(branchId)
    nudges.open(branchId, res)
  })
  app.post('/exchange/:version/:name', (req, _res, next) => {
    if (req.params.version === `v${PROTOCOL_VERSION}`) return next()
    const message = `headquarters speaks protocol ${PROTOCOL_VERSION} (Outpost ${VERSION}), this node ${req.params.version}`
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

function branchOf(req: Request): string {
  const branchId = req.get(BRANCH_HEADER) ?? ''
  if (!/^[\w.-]{1,64}$/.test(branchId)) {
    throw new OutpostError('BRANCH_UNKNOWN', `the header ${BRANCH_HEADER} names no branch`)
  }
  return branchId
}
