/** Answers, in the shape of every error, what Node's HTTP parser refuses before any of the app has run. */
import { randomUUID } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { errorStatus } from '../../schemas/error-catalogue.ts'
import { OutpostError, toErrorBody } from '../../schemas/outpost-error.ts'

/** For how long whoever is still sending may read the answer, ms. */
const LINGER_MS = 1000

/**
 * Call it before the server listens; it is one of `node:http` or `node:https`. Make the server with
 * `requireHostHeader: false`: the app says in its own words that a request names no host.
 */
export function answerClientErrors(server: EventEmitter): void {
  const responses = new WeakMap<Duplex, Set<ServerResponse>>()
  const refused = new WeakSet<Duplex>()
  const refuse = (socket: Duplex, error: OutpostError) => {
    if (refused.has(socket)) return
    refused.add(socket)
    // Amid an answer nothing can be said that would not be taken for a part of it.
    const isAnswering = [...(responses.get(socket) ?? [])].some((res) => res.headersSent)
    if (!socket.writable || isAnswering) {
      socket.destroy()
      return
    }
    socket.end(rawAnswer(error))
    const linger = setTimeout(() => socket.destroy(), LINGER_MS)
    socket.once('close', () => clearTimeout(linger))
    socket.resume()
  }
  server.on('request', (req: IncomingMessage, res: ServerResponse) => {
    const open = responses.get(req.socket) ?? new Set()
    responses.set(req.socket, open.add(res))
    res.once('close', () => open.delete(res))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET') socket.destroy()
    else refuse(socket, reasonOf(error.code))
  })
  server.on('connect', (_req: IncomingMessage, socket: Duplex) => {
    refuse(socket, new OutpostError('NOT_FOUND', 'a node is no proxy'))
  })
  server.on('checkExpectation', (req: IncomingMessage) => {
    refuse(req.socket, new OutpostError('BAD_REQUEST', 'the header expect asks for what is not offered'))
  })
}

function reasonOf(code: string | undefined): OutpostError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new OutpostError('HEADERS_TOO_LARGE', 'the address and the headers are larger than 16 KiB')
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new OutpostError('BODY_TOO_LARGE', 'the extensions of a chunk of the body are larger than 16 KiB')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new OutpostError('BAD_REQUEST', 'the request did not arrive in time')
    default:
      return new OutpostError('BAD_REQUEST', 'this is no request of HTTP/1.1')
  }
}

function rawAnswer(error: OutpostError): string {
  const requestId = randomUUID()
  const status = errorStatus(error.code)
  const body = JSON.stringify(toErrorBody(error, requestId))
  const headers = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    `x-request-id: ${requestId}`,
  ]
  return `${headers.join('\r\n')}\r\n\r\n${body}`
}
