import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { addErrorHandling, createApp } from '../../../adapters/http/app.ts'
import { answerClientErrors } from '../../../adapters/http/client-errors.ts'
import { RouteTable } from '../../../adapters/http/route-table.ts'
import { guardOf, NOBODY } from '../../support/guard-of.ts'
import { z } from 'zod'

let server: Server
let port: number
let streamOpened: () => void

beforeEach(async () => {
  const app = createApp(SILENT)
  const routes = new RouteTable(app, guardOf(NOBODY))
  routes.add({ method: 'GET', path: '/look', access: 'open', about: 'Looks.' }, () => ({ ok: true }))
  routes.add({ method: 'POST', path: '/say', access: 'open', about: 'Says.', body: z.looseObject({}) }, () => ({}))
  routes.add({ method: 'GET', path: '/stream', access: 'open', about: 'Streams.', streams: true }, ({ openStream }) => {
    openStream(() => undefined)
    streamOpened()
  })
  addErrorHandling(app, SILENT)
  server = createServer({ requireHostHeader: false }, app)
  answerClientErrors(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})

afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

/** Sends bytes as they are and reads until the node closes. */
async function send(bytes: string | Buffer): Promise<{ status: number; headers: string; body: string }> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(bytes)
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await once(socket, 'close')
  const [headers = '', ...body] = text.split('\r\n\r\n')
  return { status: Number(headers.split(' ')[1]), headers: headers.toLowerCase(), body: body.join('\r\n\r\n') }
}

const HOST = 'host: localhost\r\n'

it.each([
  ['no HTTP at all', 'hello\r\n\r\n', 400, 'BAD_REQUEST'],
  ['an unknown method', `BREW /look HTTP/1.1\r\n${HOST}\r\n`, 400, 'BAD_REQUEST'],
  [
    'two lengths of one body',
    `POST /say HTTP/1.1\r\n${HOST}content-length: 1\r\ncontent-length: 2\r\n\r\n`,
    400,
    'BAD_REQUEST',
  ],
  [
    'a chunk that is none',
    `POST /say HTTP/1.1\r\n${HOST}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
    400,
    'BAD_REQUEST',
  ],
  ['headers without end', `GET /look HTTP/1.1\r\n${HOST}x: ${'y'.repeat(20_000)}\r\n`, 431, 'HEADERS_TOO_LARGE'],
  [
    'a flood of headers',
    `GET /look HTTP/1.1\r\n${HOST}connection: close\r\n${'a: b\r\n'.repeat(101)}\r\n`,
    431,
    'HEADERS_TOO_LARGE',
  ],
  [
    'a long address',
    `GET /look?${'a'.repeat(9000)} HTTP/1.1\r\n${HOST}connection: close\r\n\r\n`,
    431,
    'HEADERS_TOO_LARGE',
  ],
  ['no host', 'GET /look HTTP/1.1\r\nconnection: close\r\n\r\n', 400, 'BAD_REQUEST'],
  ['an expectation', `GET /look HTTP/1.1\r\n${HOST}expect: wonders\r\n\r\n`, 400, 'BAD_REQUEST'],
  ['a tunnel', `CONNECT localhost:22 HTTP/1.1\r\n${HOST}\r\n`, 404, 'NOT_FOUND'],
])('a request that is %s is answered in the one shape', async (_what, bytes, status, code) => {
  const answer = await send(bytes)
  expect(answer).toMatchObject({ status })
  const body = JSON.parse(answer.body) as { requestId: string }
  expect(body).toMatchObject({ code, message: expect.any(String) as string })
  expect(answer.headers).toContain(`x-request-id: ${body.requestId}`)
  expect(answer.headers).toContain('cache-control: no-store')
})

it('says nothing amid an answer that is under way', async () => {
  const opened = new Promise<void>((resolve) => (streamOpened = resolve))
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  socket.write(`GET /stream HTTP/1.1\r\n${HOST}\r\n`)
  await opened
  socket.write('and now no HTTP\r\n\r\n')
  await once(socket, 'close')
  expect(text).not.toContain('BAD_REQUEST')
})

const nothing = () => undefined
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }
