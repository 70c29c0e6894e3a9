/** The branch's side of the wire: each call is one request with a deadline and an answer that was checked. */
import type { z } from 'zod'
import { ERROR_CATALOGUE, type ErrorCode } from '../../schemas/error-catalogue.ts'
import { isRecord } from '../../schemas/json.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import {
  heartbeatResponseSchema,
  pageSchema,
  pushResponseSchema,
  receiptsResponseSchema,
  type HeartbeatRequest,
  type HeartbeatResponse,
  type Page,
  type PullRequest,
  type PushRequest,
  type PushResponse,
  type ReceiptsRequest,
  type ReceiptsResponse,
} from '../../schemas/protocol/exchange.ts'
import { BRANCH_HEADER, EXCHANGE_PATH } from './exchange-routes.ts'

export interface ExchangeClient {
  heartbeat(request: HeartbeatRequest, signal: AbortSignal): Promise<HeartbeatResponse>
  push(request: PushRequest, signal: AbortSignal): Promise<PushResponse>
  pull(request: PullRequest, signal: AbortSignal): Promise<Page>
  receipts(request: ReceiptsRequest, signal: AbortSignal): Promise<ReceiptsResponse>
}

/** A request may take 3.5 s and 30 ms more for each document that it carries or asks for. */
const DEADLINE_MS = 3500
const DEADLINE_PER_DOCUMENT_MS = 30

/** Every call throws OutpostError: LINK_FAILED for anything that is the link's fault, else the cloud's own code. */
export function createExchangeClient(cloudUrl: string, branchId: string): ExchangeClient {
  const call = async <T>(name: string, body: object, documents: number, schema: z.ZodType<T>, signal: AbortSignal) => {
    const deadline = AbortSignal.timeout(DEADLINE_MS + documents * DEADLINE_PER_DOCUMENT_MS)
    const answer = await post(
      `${cloudUrl}${EXCHANGE_PATH}/${name}`,
      branchId,
      body,
      AbortSignal.any([signal, deadline]),
    )
    const parsed = schema.safeParse(answer)
    if (!parsed.success) throw linkFailed(`the answer to ${name} is not what headquarters answers`, parsed.error)
    return parsed.data
  }
  return {
    heartbeat: (request, signal) => call('heartbeat', request, 0, heartbeatResponseSchema, signal),
    push: (request, signal) => call('push', request, request.documents.length, pushResponseSchema, signal),
    pull: (request, signal) => call('pull', request, request.limit, pageSchema, signal),
    receipts: (request, signal) => call('receipts', request, request.receipts.length, receiptsResponseSchema, signal),
  }
}

async function post(url: string, branchId: string, body: object, signal: AbortSignal): Promise<unknown> {
  let response: Response
  let text: string
  try {
    const headers = { 'content-type': 'application/json', [BRANCH_HEADER]: branchId }
    response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal, redirect: 'error' })
    text = await response.text()
  } catch (cause) {
    throw linkFailed(describe(cause), cause)
  }
  const answer = parseJson(text)
  if (response.ok && answer !== undefined) return answer
  const code = isRecord(answer) ? answer['code'] : undefined
  if (response.status < 500 && typeof code === 'string' && code in ERROR_CATALOGUE) {
    const message = isRecord(answer) ? answer['message'] : undefined
    throw new OutpostError(code as ErrorCode, typeof message === 'string' ? message : code)
  }
  const { host } = new URL(url)
  // Headquarters itself is in trouble: as with any other failure of the link, the branch tries again later.
  if (typeof code === 'string' && code in ERROR_CATALOGUE) {
    throw linkFailed(`headquarters could not do it: ${isRecord(answer) ? String(answer['message']) : ''} [${code}]`)
  }
  throw linkFailed(`${host} answered ${response.status}, which is not headquarters' way to answer`)
}

function linkFailed(message: string, cause?: unknown): OutpostError {
  return new OutpostError('LINK_FAILED', message, { cause })
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  if (cause.name === 'TimeoutError') return 'headquarters did not answer in time'
  const inner = cause.cause as NodeJS.ErrnoException | undefined
  return inner?.code ? `headquarters cannot be reached (${inner.code})` : cause.message
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
