/** What is too large for the line, or comes from it, as the branch's client tells it. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { HttpExchangeClient } from '../../../adapters/http/exchange-client.ts'
import { EXCHANGE_LIMITS } from '../../../adapters/http/exchange-limits.ts'
import { errorStatus } from '../../../schemas/error-catalogue.ts'
import type { PushRequest, StatsRequest } from '../../../schemas/protocol/exchange.ts'
import { exchangeClientTo } from '../../support/signed-fetch.ts'

let server: Server
let client: HttpExchangeClient
let asked: number
/** How the server answers with 413. */
let answer: { readonly type: string; readonly body: string }

beforeEach(async () => {
  asked = 0
  server = createServer((req, res) => {
    asked += 1
    req.resume()
    req.once('end', () => res.writeHead(413, { 'content-type': answer.type }).end(answer.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  client = exchangeClientTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** A push of so many documents that are together larger than a request may be. */
function push(count: number): Promise<unknown> {
  const note = 'x'.repeat(Math.ceil(EXCHANGE_LIMITS.maxRequestBytes / count))
  const documents = Array.from({ length: count }, (_, i) => ({
    collection: 'orders',
    seq: i + 1,
    offer: 0,
    document: { id: `o${i}`, note },
  }))
  const head = { epoch: 'start', seq: count }
  return client.push(
    { class: 80, documents, head, positions: {} } as unknown as PushRequest,
    AbortSignal.timeout(30_000),
  )
}

it('several documents that are more than a request may be are not sent at all', async () => {
  await expect(push(2)).rejects.toMatchObject({
    code: 'BODY_TOO_LARGE',
    message: expect.stringMatching(/^2 documents/) as string,
  })
  expect(asked).toBe(0)
})

it('a document that is more than a request may be is sent alone', async () => {
  answer = { type: 'text/html', body: '<h1>413 Request Entity Too Large</h1>' }
  await expect(push(1)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' })
  expect(asked).toBe(1)
})

it.each([
  ['a proxy', { type: 'text/html', body: '<h1>413</h1>' }, /^127\.0\.0\.1:\d+ takes no request of this size$/],
  [
    'headquarters',
    { type: 'application/json', body: JSON.stringify({ code: 'BODY_TOO_LARGE', message: 'the body is larger' }) },
    /^the body is larger$/,
  ],
])('a 413 of %s is no failure of the link', async (_who, told, message) => {
  answer = told
  expect(errorStatus('BODY_TOO_LARGE')).toBe(413)
  await expect(push(1)).rejects.toMatchObject({
    code: 'BODY_TOO_LARGE',
    message: expect.stringMatching(message) as string,
  })
})

it('an answer that inflates beyond any that headquarters gives is given up as the link’s fault', async () => {
  const body = gzipSync(Buffer.alloc(EXCHANGE_LIMITS.maxAnswerBytes + 1, ' '))
  server.removeAllListeners('request')
  server.on('request', (req, res) => {
    req.resume()
    res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(body)
  })
  await expect(push(1)).rejects.toMatchObject({ code: 'LINK_FAILED', message: 'the answer is larger than 64 MiB' })
})

it.each([
  ['a priority that is no number', { priority: 'high' }],
  ['a priority that is no class', { priority: -1 }],
  ['no head', { head: undefined }],
])('an answer with %s is taken for none of headquarters’', async (_what, wrong) => {
  const right = { head: { epoch: 'e', seq: 1 }, priority: 0, level: {} }
  server.removeAllListeners('request')
  server.on('request', (req, res) => {
    req.resume()
    req.once('end', () => res.end(JSON.stringify({ ...right, ...wrong })))
  })
  const refusal = { code: 'LINK_FAILED', message: 'the answer to stats is not what headquarters answers' }
  await expect(client.stats({} as StatsRequest, AbortSignal.timeout(30_000))).rejects.toMatchObject(refusal)
})
