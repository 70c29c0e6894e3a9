/** What an answer says of its time in the queue, from the queue to the branch's client. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { formatQueueTiming, parseQueueTiming, TIMING_HEADER } from '../../../adapters/http/queue-timing.ts'
import type { StatsRequest } from '../../../schemas/protocol/exchange.ts'
import { exchangeClientTo } from '../../support/signed-fetch.ts'

it('what is written is read again, to the millisecond, also beside what a proxy adds', () => {
  expect(parseQueueTiming(formatQueueTiming(1499.6))).toBe(1500)
  expect(parseQueueTiming(`cache;desc="hit, queue;dur=7", ${formatQueueTiming(40)}`)).toBe(40)
  expect(parseQueueTiming('queue; dur=12.5')).toBe(12.5)
})

it('a header that says nothing of a queue is no wait', () => {
  for (const header of [null, '', 'app;dur=5', 'queue', 'queue;dur=', 'queue;dur=-4', 'myqueue;dur=4']) {
    expect([header, parseQueueTiming(header)]).toEqual([header, 0])
  }
})

it('the client tells the wait of the last answer', async () => {
  const headers: (string | undefined)[] = [formatQueueTiming(1234), undefined]
  const server = createServer((req, res) => {
    const header = headers.shift()
    if (header !== undefined) res.setHeader(TIMING_HEADER, header)
    req.resume()
    req.once('end', () => res.end(JSON.stringify({ head: { epoch: 'e', seq: 1 }, priority: 0, level: {} })))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const client = exchangeClientTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    await client.stats({} as StatsRequest, AbortSignal.timeout(10_000))
    expect(client.traffic().queuedMs).toBe(1234)
    await client.stats({} as StatsRequest, AbortSignal.timeout(10_000))
    expect(client.traffic().queuedMs).toBe(0)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})
