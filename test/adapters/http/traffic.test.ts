/** What the branch's client counts of its line, for a cap and for people: also what came to nothing. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { HttpExchangeClient } from '../../../adapters/http/exchange-client.ts'
import type { HeartbeatRequest } from '../../../schemas/protocol/exchange.ts'
import { exchangeClientTo } from '../../support/signed-fetch.ts'

let server: Server
let client: HttpExchangeClient
/** Bytes of the bodies that arrived. */
let arrived: number
/** Comes when a whole request is there. */
let answer: (req: IncomingMessage, res: ServerResponse) => void

beforeEach(async () => {
  arrived = 0
  server = createServer((req, res) => {
    req.on('data', (chunk: Buffer) => (arrived += chunk.length))
    req.once('end', () => answer(req, res))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  client = exchangeClientTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function ask(signal = new AbortController().signal): Promise<unknown> {
  const host = Array.from({ length: 500 }, (_, i) => `pc${i}`).join()
  return client.heartbeat({ host } as unknown as HeartbeatRequest, signal)
}

it('counts what is refused, both ways', async () => {
  const body = JSON.stringify({ code: 'BRANCH_DISABLED', message: 'not now' })
  answer = (_req, res) => res.writeHead(403, { 'content-type': 'application/json' }).end(body)
  await expect(ask()).rejects.toMatchObject({ code: 'BRANCH_DISABLED' })
  expect(arrived).toBeGreaterThan(500)
  expect(client.traffic()).toMatchObject({ sent: arrived, received: body.length })
})

it('counts a request once it is sent, though nobody ever answers it', async () => {
  const there = new Promise<void>((resolve) => (answer = () => resolve()))
  const giveUp = new AbortController()
  const asking = ask(giveUp.signal)
  await there
  expect(client.traffic()).toMatchObject({ sent: arrived, received: 0 })
  giveUp.abort()
  await expect(asking).rejects.toMatchObject({ code: 'LINK_FAILED' })
  expect(client.traffic()).toMatchObject({ sent: arrived, received: 0 })
})

it('counts as much of an answer as came before the line broke', async () => {
  const begun = new Promise<ServerResponse>((resolve) => {
    answer = (_req, res) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 })
      res.write(' '.repeat(400))
      resolve(res)
    }
  })
  const asking = ask()
  asking.catch(() => undefined)
  await vi.waitFor(() => expect(client.traffic().received).toBe(400))
  ;(await begun).destroy()
  await expect(asking).rejects.toMatchObject({ code: 'LINK_FAILED' })
  expect(client.traffic()).toMatchObject({ sent: arrived, received: 400 })
})

it('counts of a compressed answer what travelled, of one in pieces what it became', async () => {
  const body = brotliCompressSync(JSON.stringify({ not: 'headquarters'.repeat(1000) }))
  const headers = { 'content-type': 'application/json', 'content-encoding': 'br' }
  answer = (_req, res) => res.writeHead(200, { ...headers, 'content-length': body.length }).end(body)
  await expect(ask()).rejects.toMatchObject({ code: 'LINK_FAILED' })
  expect(client.traffic().received).toBe(body.length)
  answer = (_req, res) => {
    res.writeHead(200, headers).write(body)
    res.end()
  }
  await expect(ask()).rejects.toMatchObject({ code: 'LINK_FAILED' })
  expect(client.traffic().received).toBe(body.length + JSON.stringify({ not: 'headquarters'.repeat(1000) }).length)
})

it('counts nothing where no connection comes about', async () => {
  const closed = createServer()
  closed.listen(0, '127.0.0.1')
  await once(closed, 'listening')
  client = exchangeClientTo(`http://127.0.0.1:${(closed.address() as AddressInfo).port}`)
  await new Promise((resolve) => closed.close(resolve))
  await expect(ask()).rejects.toMatchObject({ message: 'headquarters cannot be reached (ECONNREFUSED)' })
  expect(client.traffic()).toMatchObject({ sent: 0, received: 0 })
})
