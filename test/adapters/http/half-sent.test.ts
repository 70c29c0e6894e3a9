/** Branches that fall silent amid a body, as over a line that is cut: their places in the queue are others'. */
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { EXCHANGE_PATH } from '../../../adapters/http/exchange-path.ts'
import { ExchangeQueue } from '../../../adapters/http/exchange-queue.ts'
import { serveCloud, type ServedCloud } from '../../support/served-cloud.ts'

const SILENCE_MS = 30_000
let queue: ExchangeQueue
let cloud: ServedCloud
let socket: Socket

beforeEach(async () => {
  queue = new ExchangeQueue()
  cloud = await serveCloud(['b1'], queue)
  const { hostname, port } = new URL(cloud.url)
  socket = connect(Number(port), hostname)
  await once(socket, 'connect')
})

afterEach(async () => {
  vi.useRealTimers()
  socket.destroy()
  await cloud.close()
})

const bodyBytes = (bytes: number) => vi.waitUntil(() => queue.held().bodyBytes >= bytes)

/** Sends a part of a body that is said to be longer. */
async function begin(part: string): Promise<void> {
  const path = `${EXCHANGE_PATH}/push`
  const authorization = await cloud.authorization('b1', 'POST', path, part)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: localhost',
    `authorization: ${authorization}`,
    'content-type: application/json',
  ]
  socket.write(`${[...head, 'content-length: 1000'].join('\r\n')}\r\n\r\n${part}`)
  await bodyBytes(1)
}

it('is cut off once nothing has come for half a minute, and its place is free', async () => {
  await begin('{"class":')
  const closed = once(socket, 'close')
  expect(queue.held().places).toBe(1)
  vi.advanceTimersByTime(SILENCE_MS)
  await closed
  await vi.waitUntil(() => queue.held().places === 0)
})
