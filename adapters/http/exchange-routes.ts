/** The cloud's addresses for local nodes; `docs/protocol.md` describes them. */
import type { Express, Request } from 'express'
import type { z } from 'zod'
import {
  heartbeatRequestSchema,
  PROTOCOL_VERSION,
  pullRequestSchema,
  pushRequestSchema,
  receiptsRequestSchema,
  type HeartbeatRequest,
  type HeartbeatResponse,
} from '../../schemas/protocol/exchange.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { CloudSide } from '../exchange/cloud-side.ts'
import { parseWith } from './app.ts'

/** Where a request names its branch until requests are signed. */
export const BRANCH_HEADER = 'outpost-branch'
export const EXCHANGE_PATH = `/exchange/v${PROTOCOL_VERSION}`

export interface ExchangeHooks {
  /** @throws OutpostError BRANCH_UNKNOWN, BRANCH_DISABLED */
  readonly admit: (branchId: string) => void
  readonly heartbeat: (branchId: string, request: HeartbeatRequest) => HeartbeatResponse
}

export function addExchangeRoutes(app: Express, cloud: CloudSide, hooks: ExchangeHooks): void {
  const route = <T>(name: string, schema: z.ZodType<T>, answer: (branchId: string, body: T) => unknown) => {
    app.post(`${EXCHANGE_PATH}/${name}`, (req, res) => {
      const branchId = branchOf(req)
      hooks.admit(branchId)
      res.json(answer(branchId, parseWith(schema, req.body)))
    })
  }
  route('heartbeat', heartbeatRequestSchema, (branchId, body) => {
    if (body.protocol !== PROTOCOL_VERSION) throw outdated(body.protocol)
    return hooks.heartbeat(branchId, body)
  })
  route('push', pushRequestSchema, (branchId, body) => cloud.push(branchId, body))
  route('pull', pullRequestSchema, (branchId, body) => cloud.pull(branchId, body))
  route('receipts', receiptsRequestSchema, (branchId, body) => cloud.receipts(branchId, body))
  app.post('/exchange/:version/:name', (req, _res, next) => {
    if (req.params.version === `v${PROTOCOL_VERSION}`) next()
    else throw outdated(req.params.version)
  })
}

function branchOf(req: Request): string {
  const branchId = req.get(BRANCH_HEADER) ?? ''
  if (!/^[\w.-]{1,64}$/.test(branchId)) {
    throw new OutpostError('BRANCH_UNKNOWN', `the header ${BRANCH_HEADER} names no branch`)
  }
  return branchId
}

function outdated(spoken: number | string): OutpostError {
  return new OutpostError('PROTOCOL_OUTDATED', `headquarters speaks protocol ${PROTOCOL_VERSION}, this node ${spoken}`)
}
