import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readEvents } from '../../adapters/http/read-events.ts'
import { FaultProxy, FAULTS } from './fault-proxy.ts'

let server: Server
let proxy: FaultProxy
/** What headquarters was asked, whole. */
let asked: { path: string; body: string; parts: number }[]
let streams: ServerResponse[]
let hasStream: Promise<unknown>

const ANSWER = JSON.stringify({ done: 'yes', fill: 'x'.repeat(200) })

beforeEach(async () => {
  asked = []
  streams = []
  server = createServer((req, res) => void serve(req, res))
  hasStream = once(server, 'stream')
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  proxy = await FaultProxy.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})

afterEach(async () => {
  await proxy.close()
  server.closeAllConnections()
  server.close()
})

async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (req.url === '/nudges') {
    res.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 0\n\n')
    streams.push(res)
    server.emit('stream')
    return
  }
  const parts: Buffer[] = []
  try {
    for await (const part of req) parts.push(part as Buffer)
  } catch {
    return
  }
  asked.push({ path: req.url!, body: Buffer.concat(parts).toString(), parts: parts.length })
  server.emit('asked')
  res.writeHead(200, { 'content-type': 'application/json', 'x-more': 'kept' }).end(ANSWER)
}

const post = (body = '{"n":1}', signal?: AbortSignal) =>
  fetch(`${proxy.url}/exchange/v1/push?a=1`, { method: 'POST', body, ...(signal && { signal }) })

/** What a bare connection hears until it ends. */
async function hear(): Promise<{ text: string; error: string | undefined }> {
  const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1')
  socket.write('POST /push HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 2\r\n\r\n{}')
  let text = ''
  let error: string | undefined
  socket.on('data', (part: Buffer) => (text += part.toString()))
  socket.on('error', (cause: NodeJS.ErrnoException) => (error = cause.code))
  await new Promise((closed) => socket.once('close', closed))
  return { text, error }
}

describe('the fault proxy', () => {
  it('passes what nothing is planned for as it is, and tells what passed', async () => {
    const response = await post()
    expect(response.headers.get('x-more')).toBe('kept')
    expect(await response.text()).toBe(ANSWER)
    expect(asked).toEqual([{ path: '/exchange/v1/push?a=1', body: '{"n":1}', parts: 1 }])
    const [exchange] = proxy.seen
    expect(exchange).toMatchObject({
      method: 'POST',
      path: '/exchange/v1/push',
      status: 200,
      reached: 1,
      answered: true,
    })
    expect(exchange!.request()).toEqual({ n: 1 })
    expect(exchange!.answer()).toMatchObject({ done: 'yes' })
  })

  it('reads bodies that are compressed', async () => {
    const body = gzipSync('{"n":2}')
    const headers = { 'content-encoding': 'gzip' }
    await fetch(`${proxy.url}/push`, { method: 'POST', headers, body })
    expect(proxy.seen[0]!.request()).toEqual({ n: 2 })
  })

  it('plans by path and count, in order', async () => {
    void proxy.next('/push', FAULTS['answer 500'], 2)
    void proxy.next('/push', FAULTS['answer 503'])
    expect((await fetch(`${proxy.url}/pull`, { method: 'POST' })).status).toBe(200)
    const statuses = []
    for (let i = 0; i < 4; i++) statuses.push((await post()).status)
    expect(statuses).toEqual([500, 500, 503, 200])
  })

  it('tells when an answer has been sent', async () => {
    const answered = proxy.answered('/push', (exchange) => (exchange.request() as { n: number }).n === 2)
    await post('{"n":1}')
    await post('{"n":2}')
    expect(await answered).toBe(proxy.seen[1])
  })

  it('drops a request: headquarters never sees it', async () => {
    const struck = proxy.next('/push', FAULTS['drop request'])
    expect(await hear()).toMatchObject({ text: '', error: undefined })
    expect(await struck).toMatchObject({ reached: 0, answered: false })
    expect(asked).toEqual([])
  })

  it('drops a response: headquarters has done it', async () => {
    void proxy.next('/push', FAULTS['drop response after commit'])
    expect(await hear()).toMatchObject({ text: '' })
    expect(asked).toHaveLength(1)
    expect(proxy.seen[0]).toMatchObject({ reached: 1, answered: false })
  })

  it('duplicates a request', async () => {
    void proxy.next('/push', FAULTS['duplicate request'])
    expect(await (await post()).text()).toBe(ANSWER)
    expect(asked.map(({ body }) => body)).toEqual(['{"n":1}', '{"n":1}'])
    expect(proxy.seen[0]!.reached).toBe(2)
  })

  it('delays a request', async () => {
    const struck = proxy.next('/push', { kind: 'delay', ms: 20 })
    const answer = post()
    expect((await struck).reached).toBe(0)
    expect((await answer).status).toBe(200)
  })

  it('truncates an answer, which says how long it would have been', async () => {
    void proxy.next('/push', FAULTS['truncate response'])
    const { text } = await hear()
    expect(text).toContain(`content-length: ${ANSWER.length}`)
    expect(text.endsWith(ANSWER.slice(0, Math.ceil(ANSWER.length / 2)))).toBe(true)
    void proxy.next('/push', FAULTS['truncate response'])
    await expect(post().then((response) => response.text())).rejects.toThrow()
  })

  it('resets a connection with RST', async () => {
    void proxy.next('/push', FAULTS['reset (RST)'])
    expect(await hear()).toMatchObject({ text: '', error: 'ECONNRESET' })
    expect(asked).toEqual([])
  })

  it('sends a request a byte at a time', async () => {
    void proxy.next('/push', { kind: 'slow', direction: 'request', msPerByte: 1 })
    expect(await (await post()).text()).toBe(ANSWER)
    expect(asked[0]!.body).toBe('{"n":1}')
    expect(asked[0]!.parts).toBeGreaterThan(2)
  })

  it('sends an answer a byte at a time', async () => {
    void proxy.next('/push', { kind: 'slow', direction: 'response', msPerByte: 1 })
    const response = await post()
    let parts = 0
    let text = ''
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
      parts += 1
      text += part
    }
    expect(text).toBe(ANSWER)
    expect(parts).toBeGreaterThan(ANSWER.length / 2)
  })

  it('gives a slow request up with whoever asked', async () => {
    const gaveUp = new AbortController()
    const answer = post('{"n":1}', gaveUp.signal)
    const struck = proxy.next('/push', FAULTS['slow-loris request'])
    await struck
    gaveUp.abort()
    await expect(answer).rejects.toThrow()
    expect(await (await post('{"n":2}')).text()).toBe(ANSWER)
    expect(asked.map(({ body }) => body)).toEqual(['{"n":2}'])
  })

  it.each([
    ['answer 429', 429, '1'],
    ['answer 500', 500, null],
    ['answer 503', 503, '1'],
  ] as const)('answers in the place of headquarters: %s', async (fault, status, retryAfter) => {
    void proxy.next('/push', FAULTS[fault])
    const response = await post()
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter])
    expect(asked).toEqual([])
  })

  it('is a captive portal', async () => {
    void proxy.next('/push', FAULTS['captive portal'])
    const response = await post()
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html'])
    expect(await response.text()).toContain('<!doctype html>')
    expect(asked).toEqual([])
  })

  it('stays half-open: takes the request, never answers, never closes', async () => {
    const gaveUp = new AbortController()
    const struck = proxy.next('/push', FAULTS['half-open'])
    const answer = post('{"n":1}', gaveUp.signal)
    expect(await struck).toMatchObject({ reached: 0, answered: false })
    // What comes later over another connection passes meanwhile.
    await post('{"n":2}')
    expect(asked.map(({ body }) => body)).toEqual(['{"n":2}'])
    gaveUp.abort()
    await expect(answer).rejects.toThrow('aborted')
  })

  it('falls silent in the middle of an answer without closing', async () => {
    const gaveUp = new AbortController()
    const struck = proxy.next('/push', FAULTS['silence in the answer'])
    const response = await post('{"n":1}', gaveUp.signal)
    const { answered } = await struck
    const text = response.text()
    await post('{"n":2}')
    gaveUp.abort()
    await expect(text).rejects.toThrow('aborted')
    expect([response.status, answered]).toEqual([200, false])
  })

  it('is a one-way partition until it is restored: requests go through, answers never come', async () => {
    void proxy.always('', FAULTS['one-way partition'])
    const gaveUp = new AbortController()
    const answers = [post('{"n":1}', gaveUp.signal), post('{"n":2}', gaveUp.signal)]
    while (asked.length < 2) await once(server, 'asked')
    gaveUp.abort()
    for (const answer of answers) await expect(answer).rejects.toThrow('aborted')
    proxy.restore()
    expect((await post('{"n":3}')).status).toBe(200)
    expect(proxy.seen.map(({ answered }) => answered)).toEqual([false, false, true])
  })

  it('holds a request until it is let go, also for an asker that is gone', async () => {
    const { held, letGo } = proxy.hold('/push', 'request')
    const gaveUp = new AbortController()
    const answer = post('{"n":1}', gaveUp.signal)
    expect((await held).reached).toBe(0)
    gaveUp.abort()
    await expect(answer).rejects.toThrow('aborted')
    const arrives = once(server, 'asked')
    letGo()
    await arrives
    await post('{"n":2}')
    expect(asked.map(({ body }) => body)).toEqual(['{"n":1}', '{"n":2}'])
  })

  it('holds an answer until it is let go', async () => {
    const { held, letGo } = proxy.hold('/push', 'answer')
    const answer = post()
    expect(await held).toMatchObject({ reached: 1, answered: false })
    letGo()
    expect(await (await answer).text()).toBe(ANSWER)
  })

  it('hands on each event of a stream as it comes, and can let the stream fall silent', async () => {
    const response = await fetch(`${proxy.url}/nudges`)
    await hasStream
    const events = readEvents<number>(response)
    expect((await events.next()).value).toBe(0)
    streams[0]!.write('data: 1\n\n')
    expect((await events.next()).value).toBe(1)
    const [stream] = proxy.seen
    expect(stream).toMatchObject({ path: '/nudges', answered: false })
    stream!.silence()
    const more = events.next()
    streams[0]!.write('data: 2\n\n')
    // By another way, so that it would have come by now.
    await post()
    const nothing = Symbol('nothing')
    expect(await Promise.race([more, post().then(() => nothing)])).toBe(nothing)
  })

  it('ends a stream when either side does', async () => {
    const gaveUp = new AbortController()
    await fetch(`${proxy.url}/nudges`, { signal: gaveUp.signal })
    await hasStream
    const closed = once(streams[0]!, 'close')
    gaveUp.abort()
    await closed
    const second = await fetch(`${proxy.url}/nudges`)
    streams[1]!.end('data: 1\n\n')
    expect(await second.text()).toBe('data: 0\n\ndata: 1\n\n')
  })

  it.each(['silence in the answer', 'truncate response', 'one-way partition'] as const)(
    'strikes streams too: %s',
    async (fault) => {
      const struck = proxy.next('/nudges', FAULTS[fault])
      const gaveUp = new AbortController()
      const text = fetch(`${proxy.url}/nudges`, { signal: gaveUp.signal }).then((response) => response.text())
      text.catch(() => {})
      expect(await struck).toMatchObject({ reached: 1, answered: false })
      gaveUp.abort()
      await expect(text).rejects.toThrow()
    },
  )

  it('can be cut and restored', async () => {
    await post()
    proxy.cut()
    await expect(post()).rejects.toThrow('fetch failed')
    proxy.restore()
    expect((await post()).status).toBe(200)
  })

  it('passes on that headquarters cannot be reached', async () => {
    server.closeAllConnections()
    server.close()
    await expect(post()).rejects.toThrow('fetch failed')
  })
})
