/** The branch's side of the wire: each call is one request with a deadline and an answer that was checked. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { z } from 'zod'
import { ERROR_CATALOGUE, type ErrorCode } from '../../schemas/error-catalogue.ts'
import { isRecord } from '../../schemas/json.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import {
  digestsResponseSchema,
  heartbeatResponseSchema,
  pageSchema,
  pushResponseSchema,
  receiptsResponseSchema,
  statsResponseSchema,
  whereaboutsResponseSchema,
  type DigestsRequest,
  type DigestsResponse,
  type HeartbeatRequest,
  type HeartbeatResponse,
  type Page,
  type PullRequest,
  type PushRequest,
  type PushResponse,
  type ReceiptsRequest,
  type ReceiptsResponse,
  type StatsRequest,
  type StatsResponse,
  type WhereaboutsRequest,
  type WhereaboutsResponse,
} from '../../schemas/protocol/exchange.ts'
import type { AnswerOf, ExchangeKind, RequestOf } from '../synclog/exchange-load.ts'
import { newRequestId, REQUEST_ID_HEADER } from '../synclog/request-ids.ts'
import type { ClientNote, ClientNotes } from './client-notes.ts'
import { compressRequest } from './compress-request.ts'
import { EXCHANGE_LIMITS, exchangeDeadlineMs } from './exchange-limits.ts'
import type { SignedFetch } from '../access/signed-fetch.ts'
import { EXCHANGE_PATH } from './exchange-path.ts'
import { LinkFailure, parseRetryAfter } from './link-failure.ts'
import { parseQueueTiming, TIMING_HEADER } from './queue-timing.ts'
import { readText } from './read-text.ts'
import { withDeadline } from '../own-signal.ts'

/** `onSent` is called once the request is on its way: what takes time can be done while headquarters works. */
export interface ExchangeClient {
  heartbeat(request: HeartbeatRequest, signal: AbortSignal): Promise<HeartbeatResponse>
  push(request: PushRequest, signal: AbortSignal, onSent?: () => void): Promise<PushResponse>
  pull(request: PullRequest, signal: AbortSignal, onSent?: () => void): Promise<Page>
  receipts(request: ReceiptsRequest, signal: AbortSignal): Promise<ReceiptsResponse>
  digests(request: DigestsRequest, signal: AbortSignal): Promise<DigestsResponse>
  stats(request: StatsRequest, signal: AbortSignal): Promise<StatsResponse>
}

export interface Traffic {
  /** Bytes of bodies as they travelled, since the client was made; also of what failed or was refused. */
  readonly sent: number
  readonly received: number
  /** Characters of JSON of the last request or its answer, whichever was longer. */
  readonly largest: number
  /** How long the last request that was answered waited in headquarters' queue, ms. */
  readonly queuedMs: number
}

export interface HttpExchangeClient extends ExchangeClient {
  /** No part of an exchange: it may be asked while one is under way. */
  whereabouts(request: WhereaboutsRequest, signal: AbortSignal): Promise<WhereaboutsResponse>
  traffic(): Traffic
}

/** `fetch` asks for brotli over TLS only, unless it is told to. */
const HEADERS = { 'content-type': 'application/json', 'accept-encoding': 'br, gzip' }
/** A comparison lists many documents. */
const DIGESTS_DOCUMENTS = 1000

/**
 * Every call throws OutpostError: a LinkFailure for anything that is the link's fault, BODY_TOO_LARGE also for what is
 * too large to be sent at all, else the cloud's own code.
 *
 * @param host of headquarters, as messages name it
 * @param notes where each request is noted
 */
export function createExchangeClient(send: SignedFetch, host: string, notes?: ClientNotes): HttpExchangeClient {
  let [sent, received, largest, queuedMs] = [0, 0, 0, 0]
  const lone = { push: { timeouts: 0 }, pull: { timeouts: 0 } }

  const call = <K extends ExchangeKind>(
    name: K,
    body: RequestOf<K>,
    exchange: Exchange,
    schema: z.ZodType<AnswerOf<K>>,
    signal: AbortSignal,
  ): Promise<AnswerOf<K>> => {
    const asked = (note?: ClientNote) => request(name, body, exchange, schema, signal, note)
    return notes ? notes.during(name, body, signal, asked) : asked()
  }
  const request = async <T>(
    name: string,
    body: object,
    { documents, lone, onSent }: Exchange,
    schema: z.ZodType<T>,
    signal: AbortSignal,
    note: ClientNote = { requestId: newRequestId(), sent: 0, received: 0 },
  ) => {
    const text = JSON.stringify(body)
    // One document that is too large still goes alone.
    if (text.length > EXCHANGE_LIMITS.maxRequestBytes && documents > 1) {
      throw new OutpostError('BODY_TOO_LARGE', `${documents} documents are ${text.length} characters of JSON`)
    }
    const compressed = await compressRequest(text)
    const headers = { ...HEADERS, ...compressed.headers, [REQUEST_ID_HEADER]: note.requestId }
    const deadlineMs = exchangeDeadlineMs(documents, compressed.bytes.length, lone?.timeouts)
    const startedAt = performance.now()
    const answering = withDeadline(deadlineMs, signal, async (own) => {
      let onSigned = () => undefined as void
      const signed = new Promise<void>((resolve) => (onSigned = resolve))
      const init = { method: 'POST', headers, body: compressed.bytes, signal: own.signal, onSigned } as const
      const asked = () => send(`${EXCHANGE_PATH}/${name}`, init)
      const count = (bytes: number) => {
        sent += bytes
        note.sent += bytes
      }
      count(compressed.bytes.length)
      const asking = ask(asked, host, own.signal, (bytes) => {
        received += bytes
        note.received += bytes
      }).catch((error: unknown) => {
        if (isUnreached(error)) count(-compressed.bytes.length)
        throw error
      })
      if (onSent) {
        await workMeanwhile(asking, signed, onSent).catch((error: unknown) => {
          // Nobody waits for the answer then.
          own.abort(error)
          throw error
        })
      }
      return asking
    })
    const answer = await answering.catch((error: unknown) => {
      if (lone && isTimeout(error)) lone.timeouts += 1
      throw error
    })
    // One that needed the longer time may be followed by more of its size.
    const isQuick = performance.now() - startedAt < exchangeDeadlineMs(documents, compressed.bytes.length)
    if (lone && isQuick) lone.timeouts = 0
    largest = Math.max(text.length, answer.length)
    note.queuedMs = queuedMs = answer.queuedMs
    const parsed = schema.safeParse(answer.body)
    if (parsed.success) return parsed.data
    throw new LinkFailure(`the answer to ${name} is not what headquarters answers`, { cause: parsed.error })
  }
  return {
    heartbeat: (request, signal) => call('heartbeat', request, { documents: 0 }, heartbeatResponseSchema, signal),
    push: (request, signal, onSent) => {
      const documents = request.documents.length
      const exchange = { documents, onSent, lone: documents === 1 ? lone.push : undefined }
      return call('push', request, exchange, pushResponseSchema, signal)
    },
    pull: (request, signal, onSent) => {
      const documents = request.limit + request.wanted.length
      const exchange = { documents, onSent, lone: request.limit === 1 ? lone.pull : undefined }
      return call('pull', request, exchange, pageSchema, signal)
    },
    receipts: (request, signal) =>
      call('receipts', request, { documents: request.receipts.length }, receiptsResponseSchema, signal),
    digests: (request, signal) =>
      call('digests', request, { documents: DIGESTS_DOCUMENTS }, digestsResponseSchema, signal),
    stats: (request, signal) => call('stats', request, { documents: 0 }, statsResponseSchema, signal),
    whereabouts: (request, signal) => call('whereabouts', request, { documents: 0 }, whereaboutsResponseSchema, signal),
    traffic: () => ({ sent, received, largest, queuedMs }),
  }
}

/** The socket has the request after two turns of the loop. */
async function workMeanwhile(asking: Promise<unknown>, signed: Promise<void>, work: () => void): Promise<void> {
  // Whoever waits for it hears of a failure; here nobody does.
  const ended = asking.then(ignore, ignore)
  await Promise.race([signed, ended])
  await nextTurn()
  await nextTurn()
  work()
}

const ignore = () => undefined

interface Exchange {
  /** That it carries or asks for. */
  readonly documents: number
  readonly onSent?: (() => void) | undefined
  /** Where nothing smaller can be tried: how many such requests in a row were not answered in time. */
  readonly lone?: { timeouts: number } | undefined
}

interface Answer {
  readonly body: unknown
  /** Of its JSON, characters. */
  readonly length: number
  readonly queuedMs: number
}

/**
 * @param onReceived hears of the bytes of the answer as they come
 * @throws LinkFailure, OutpostError with headquarters' own code
 */
async function ask(
  send: () => Promise<Response>,
  host: string,
  signal: AbortSignal,
  onReceived: (bytes: number) => void,
): Promise<Answer> {
  let response: Response
  let text: string
  try {
    response = await send()
    text = await readText(response, signal, meter(response, onReceived))
  } catch (cause) {
    if (cause instanceof LinkFailure) throw cause
    throw new LinkFailure(describe(cause), { cause })
  }
  const body = parseJson(text)
  const queuedMs = parseQueueTiming(response.headers.get(TIMING_HEADER))
  if (response.ok && body !== undefined) return { body, length: text.length, queuedMs }
  throw refusal(response, body, host)
}

/**
 * Tells of inflated bytes as of so many that travelled: no more than the answer says that it has. What a proxy sends in
 * pieces does not say so; then it counts as it was inflated. Throws beyond what headquarters ever answers.
 */
function meter({ headers }: Response, onReceived: (bytes: number) => void): (inflated: number) => void {
  const limit = EXCHANGE_LIMITS.maxAnswerBytes
  const length = Number(headers.get('content-length') ?? Number.POSITIVE_INFINITY)
  let before = 0
  return (inflated) => {
    const after = before + inflated
    onReceived(Math.min(length, after) - Math.min(length, before))
    before = after
    if (after > limit) throw new LinkFailure(`the answer is larger than ${limit / 2 ** 20} MiB`)
  }
}

/** No connection came about, so nothing has travelled. */
function isUnreached(error: unknown): boolean {
  const cause = error instanceof LinkFailure && error.cause instanceof Error ? error.cause.cause : undefined
  return isRecord(cause) && UNREACHED.has(String(cause['code']))
}

const UNREACHED: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
])

function refusal({ status, headers }: Response, body: unknown, host: string): OutpostError {
  const { code, message } = isRecord(body) ? body : {}
  const isOurs = typeof code === 'string' && code in ERROR_CATALOGUE
  const isPassing = status >= 500 || status === 429
  if (isOurs && !isPassing) return new OutpostError(code as ErrorCode, typeof message === 'string' ? message : code)
  if (status === 413) return new OutpostError('BODY_TOO_LARGE', `${host} takes no request of this size`)
  const retryAfterMs = isPassing ? parseRetryAfter(headers.get('retry-after'), Date.now()) : undefined
  // Headquarters itself is in trouble: as with any other failure of the link, the branch tries again later.
  const what = isOurs
    ? `headquarters could not do it: ${String(message)} [${code}]`
    : `${host} answered ${status}, which is not headquarters' way to answer`
  return new LinkFailure(what, { retryAfterMs })
}

function isTimeout(error: unknown): boolean {
  return error instanceof LinkFailure && error.cause instanceof Error && error.cause.name === 'TimeoutError'
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
