/**
 * A proxy between a branch and headquarters that understands HTTP, so that faults can be planned for single requests and
 * tests wait for what passes instead of sleeping. What nothing is planned for passes as it is, streams unbuffered.
 */
import { once } from 'node:events'
import {
  createServer,
  request,
  type ClientRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { Exchange } from './fault-proxy-exchange.ts'
import type { Fault } from './fault-proxy-faults.ts'

export { FAULTS, type Fault } from './fault-proxy-faults.ts'
export type { Exchange } from './fault-proxy-exchange.ts'

interface Plan {
  readonly path: string
  readonly fault: Fault
  left: number
  readonly struck: (exchange: Exchange) => void
  readonly letGo: Promise<void>
}

interface Waiter {
  readonly holds: (exchange: Exchange) => boolean
  readonly resolve: (exchange: Exchange) => void
}

interface Whole {
  readonly head: IncomingMessage
  readonly body: Buffer
}

export class FaultProxy {
  /** Everything that came, in the order in which it came. */
  readonly seen: Exchange[] = []
  readonly #target: URL
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #closing = new AbortController()
  #plans: Plan[] = []
  #waiters: Waiter[] = []
  #isCut = false

  private constructor(targetUrl: string) {
    this.#target = new URL(targetUrl)
    this.#server = createServer({ keepAliveTimeout: 20_000 }, (near, answer) => {
      // Either side may go at any moment; that is what this is for.
      this.#serve(near, answer).catch(() => answer.destroy())
    })
    this.#server.on('connection', (socket) => this.#keep(socket))
  }

  static async open(targetUrl: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetUrl)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    // Whoever fails and never closes it shall still end.
    proxy.#server.unref()
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /**
   * Plans a fault for the next requests whose path ends so; plans for one path are used up in their order.
   *
   * @returns resolves when it strikes for the first time: for those that let headquarters act, once that has answered
   */
  next(path: string, fault: Fault, times = 1): Promise<Exchange> {
    return new Promise((struck) => {
      this.#plans.push({ path, fault, left: times, struck, letGo: Promise.resolve() })
    })
  }

  /** Stops the next such request, or the answer to it, until it is let go. */
  hold(path: string, at: 'request' | 'answer'): { readonly held: Promise<Exchange>; readonly letGo: () => void } {
    let letGo = () => {}
    const gone = new Promise<void>((resolve) => (letGo = resolve))
    const held = new Promise<Exchange>((struck) => {
      this.#plans.push({ path, fault: { kind: 'hold', at }, left: 1, struck, letGo: gone })
    })
    return { held, letGo }
  }

  /** As `next`, for all such requests until `restore`; the empty path means every request. */
  always(path: string, fault: Fault): Promise<Exchange> {
    return this.next(path, fault, Number.POSITIVE_INFINITY)
  }

  /** The next exchange that fulfils the condition once its answer has been sent whole. */
  answered(path: string, holds: (exchange: Exchange) => boolean = () => true): Promise<Exchange> {
    return new Promise((resolve) => {
      this.#waiters.push({ holds: (exchange) => exchange.path.endsWith(path) && holds(exchange), resolve })
    })
  }

  /** Ends what runs over it and refuses everything new. */
  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Everything passes again; what is half-open or silent stays so, as nobody closes it. */
  restore(): void {
    this.#isCut = false
    this.#plans = []
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.cut()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  async #serve(near: IncomingMessage, answer: ServerResponse): Promise<void> {
    answer.on('error', () => answer.destroy())
    const path = (near.url ?? '').split('?')[0]!
    const plan = this.#planFor(path)
    const exchange = new Exchange(near, path, plan?.fault)
    this.seen.push(exchange)
    exchange.requestBytes = await bodyOf(near)
    if (plan) await this.#strike(plan, exchange, near, answer)
    else await this.#pass(exchange, near, answer)
  }

  /** One that is used up makes room for the next. */
  #planFor(path: string): Plan | undefined {
    const plan = this.#plans.find((one) => path.endsWith(one.path))
    if (plan && --plan.left === 0) this.#plans = this.#plans.filter((one) => one !== plan)
    return plan
  }

  async #strike(plan: Plan, exchange: Exchange, near: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { fault } = plan
    const struck = () => plan.struck(exchange)
    const ask = () => this.#askWhole(exchange, near)
    switch (fault.kind) {
      case 'drop-request':
        near.socket.destroy()
        return struck()
      case 'reset':
        near.socket.resetAndDestroy()
        return struck()
      case 'half-open':
        return struck()
      case 'answer':
        exchange.noteHead(fault.status)
        answer.writeHead(fault.status, fault.headers)
        await this.#send(exchange, answer, Buffer.from(fault.body))
        return struck()
      case 'delay':
        struck()
        await pause(fault.ms, undefined, { signal: this.#closing.signal })
        return this.#pass(exchange, near, answer)
      case 'drop-response':
        await ask()
        near.socket.destroy()
        return struck()
      case 'one-way':
        await ask()
        return struck()
      case 'duplicate': {
        await ask()
        const second = await ask()
        struck()
        return this.#reply(exchange, answer, second)
      }
      case 'truncate': {
        await this.#sendHalf(answer, await ask())
        near.socket.destroy()
        return struck()
      }
      case 'silence':
        await this.#sendHalf(answer, await ask())
        return struck()
      case 'slow': {
        const { direction, msPerByte } = fault
        if (direction === 'request') {
          struck()
          return this.#reply(exchange, answer, await this.#askWhole(exchange, near, { msPerByte, asker: answer }))
        }
        const { head, body } = await ask()
        struck()
        answer.writeHead(head.statusCode ?? 502, wholeHeaders(head, body))
        await trickle(body, answer, msPerByte, () => answer.destroyed)
        return this.#send(exchange, answer)
      }
      case 'hold': {
        const whole = fault.at === 'answer' ? await ask() : undefined
        struck()
        await plan.letGo
        return whole ? this.#reply(exchange, answer, whole) : this.#pass(exchange, near, answer)
      }
    }
  }

  /** Hands on every part as it comes. */
  async #pass(exchange: Exchange, near: IncomingMessage, answer: ServerResponse): Promise<void> {
    const far = this.#ask(near, exchange.requestBytes)
    answer.once('close', () => far.destroy())
    const head = await this.#headOf(exchange, far)
    answer.writeHead(head.statusCode ?? 502, passedHeaders(head)).flushHeaders()
    for await (const part of head) {
      exchange.notePart(part as Buffer)
      if (!exchange.isSilent) answer.write(part)
    }
    if (!exchange.isSilent) await this.#send(exchange, answer)
  }

  /** Headquarters does it and answers, whatever becomes of who asked. Of a stream that never ends, the first part. */
  async #askWhole(
    exchange: Exchange,
    near: IncomingMessage,
    slowly?: { msPerByte: number; asker: ServerResponse },
  ): Promise<Whole> {
    const far = this.#ask(near, slowly ? undefined : exchange.requestBytes, exchange.requestBytes.length)
    const coming = this.#headOf(exchange, far)
    if (slowly) {
      const { msPerByte, asker } = slowly
      asker.once('close', () => far.destroy())
      // Ends when the asker has given up.
      coming.catch(() => {})
      await trickle(exchange.requestBytes, far, msPerByte, () => far.destroyed)
      far.end()
    }
    const head = await coming
    const body = isStream(head) ? ((await once(head, 'data')) as [Buffer])[0] : await bodyOf(head)
    exchange.notePart(body)
    return { head, body }
  }

  #ask(near: IncomingMessage, body: Buffer | undefined, length = body?.length ?? 0): ClientRequest {
    const { connection: _, 'transfer-encoding': __, ...headers } = near.headers
    if (length > 0) headers['content-length'] = String(length)
    const { hostname, port } = this.#target
    // A connection of its own each: one that an earlier headquarters has left behind would be a fault that nobody planned.
    const options = { hostname, port, path: near.url, method: near.method, headers, agent: false }
    const far = request(options)
    far.on('socket', (socket) => this.#keep(socket))
    far.on('error', () => far.destroy())
    if (body) far.end(body)
    return far
  }

  async #headOf(exchange: Exchange, far: ClientRequest): Promise<IncomingMessage> {
    far.once('finish', () => (exchange.reached += 1))
    const [head] = (await once(far, 'response')) as [IncomingMessage]
    exchange.noteHead(head.statusCode ?? 502, head.headers['content-encoding'], head.rawHeaders)
    return head
  }

  async #reply(exchange: Exchange, answer: ServerResponse, { head, body }: Whole): Promise<void> {
    answer.writeHead(head.statusCode ?? 502, wholeHeaders(head, body))
    await this.#send(exchange, answer, body)
  }

  async #send(exchange: Exchange, answer: ServerResponse, rest?: Buffer): Promise<void> {
    if (answer.destroyed) return
    answer.end(rest)
    await once(answer, 'finish')
    exchange.answered = true
    const fulfilled = this.#waiters.filter(({ holds }) => holds(exchange))
    this.#waiters = this.#waiters.filter((waiter) => !fulfilled.includes(waiter))
    for (const { resolve } of fulfilled) resolve(exchange)
  }

  async #sendHalf(answer: ServerResponse, { head, body }: Whole): Promise<void> {
    answer.writeHead(head.statusCode ?? 502, wholeHeaders(head, body))
    await new Promise((sent) => answer.write(body.subarray(0, Math.ceil(body.length / 2)), sent))
  }

  #keep(socket: Socket): void {
    socket.on('error', () => socket.destroy())
    if (this.#isCut) {
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

async function trickle(bytes: Buffer, into: Writable, msPerByte: number, gone: () => boolean): Promise<void> {
  for (const byte of bytes) {
    if (gone()) return
    into.write(Buffer.of(byte))
    await pause(msPerByte)
  }
}

/** What belongs to one connection only is each connection's own. */
function passedHeaders(
  { rawHeaders }: IncomingMessage,
  dropped = /^(connection|keep-alive|transfer-encoding)$/i,
): string[] {
  return rawHeaders.filter((_, i) => !dropped.test(rawHeaders[i - (i % 2)]!))
}

/** Says how long the body is, so that whoever gets less of it can tell; a stream does not. */
function wholeHeaders(head: IncomingMessage, body: Buffer): string[] {
  const headers = passedHeaders(head, /^(connection|keep-alive|transfer-encoding|content-length)$/i)
  return isStream(head) ? headers : [...headers, 'content-length', String(body.length)]
}

function isStream({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.startsWith('text/event-stream') === true
}
