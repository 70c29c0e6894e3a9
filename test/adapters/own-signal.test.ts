/** What a request leaves behind in the signal that lives for as long as the node: nothing. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { withDeadline, withOwnSignal } from '../../adapters/own-signal.ts'
import type { HeartbeatRequest } from '../../schemas/protocol/exchange.ts'
import { exchangeClientTo } from '../support/signed-fetch.ts'

let server: Server
let url: string

beforeEach(async () => {
  server = createServer((req, res) => {
    req.resume()
    req.once('end', () => res.writeHead(503).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** Listeners and signals made from it, whatever Node calls what it keeps them in. */
function remembered(signal: AbortSignal): number {
  const kept = Object.getOwnPropertySymbols(signal).map(
    (name) => Reflect.get(signal, name) as { size?: unknown } | null,
  )
  return kept.reduce((sum, value) => sum + (typeof value?.size === 'number' ? value.size : 0), 0)
}

it('a signal is forgotten by those that it was made from, also where the work fails', async () => {
  const [stopping, given] = [new AbortController(), new AbortController()]
  const before = remembered(stopping.signal)
  await withOwnSignal([stopping.signal, given.signal], async () => undefined)
  const failing = withDeadline(60_000, stopping.signal, () => Promise.reject(new Error('broken')))
  await expect(failing).rejects.toThrow('broken')
  expect(remembered(stopping.signal)).toBe(before)
})

it('what is asked of headquarters for years leaves nothing in the signal that ends the node', async () => {
  const stopping = new AbortController()
  const client = exchangeClientTo(url)
  const before = remembered(stopping.signal)
  for (let i = 0; i < 20; i++) {
    await expect(client.heartbeat({} as HeartbeatRequest, stopping.signal)).rejects.toMatchObject({
      code: 'LINK_FAILED',
    })
  }
  expect(remembered(stopping.signal)).toBe(before)
})

it('each parent aborts it with its own reason, one that has aborted before at once', async () => {
  const reason = new Error('the node stops')
  const [stopping, other] = [new AbortController(), new AbortController()]
  const given = await withOwnSignal([other.signal, stopping.signal], async ({ signal }) => {
    expect(signal.aborted).toBe(false)
    stopping.abort(reason)
    return signal.reason as unknown
  })
  expect(given).toBe(reason)
  await withDeadline(60_000, stopping.signal, async ({ signal }) => expect(signal.reason).toBe(reason))
})

it('a deadline that is over is told from an end that somebody wanted', async () => {
  const late = withDeadline(1, new AbortController().signal, ({ signal }) => {
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  })
  await expect(late).rejects.toMatchObject({ name: 'TimeoutError' })
})
