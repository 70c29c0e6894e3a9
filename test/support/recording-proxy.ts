/** A proxy between a branch and headquarters that can be cut and tells what passes through it. */
import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface Passed {
  readonly url: string
  readonly status: number
  readonly requestHeaders: readonly string[]
  readonly responseHeaders: readonly string[]
  readonly requestBody: string
  readonly responseBody: string
}

export class RecordingProxy {
  readonly passed: Passed[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #cut = false

  private constructor(server: Server) {
    this.#server = server
  }

  static async open(targetUrl: string): Promise<RecordingProxy> {
    const server = createServer()
    const proxy = new RecordingProxy(server)
    server.on('connection', (socket) => {
      if (proxy.#cut) socket.destroy()
      proxy.#sockets.add(socket)
      socket.once('close', () => proxy.#sockets.delete(socket))
    })
    server.on('request', (near, answer) => {
      void proxy.#pass(targetUrl, near).then(
        (passed) => {
          proxy.passed.push(passed)
          answer.writeHead(passed.status, withoutLength(passed.responseHeaders)).end(passed.responseBody)
        },
        () => answer.destroy(),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  cut(): void {
    this.#cut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  restore(): void {
    this.#cut = false
  }

  close(): void {
    this.cut()
    this.#server.close()
  }

  async #pass(targetUrl: string, near: IncomingMessage): Promise<Passed> {
    const url = near.url ?? ''
    const requestBody = await bodyOf(near)
    const far = await new Promise<IncomingMessage>((resolve, reject) => {
      // Both bodies are told as text.
      const headers = { ...near.headers, host: new URL(targetUrl).host, 'accept-encoding': 'identity' }
      request(`${targetUrl}${url}`, { method: near.method, headers }, resolve).once('error', reject).end(requestBody)
    })
    const responseBody = await bodyOf(far)
    return {
      url,
      status: far.statusCode ?? 502,
      requestHeaders: near.rawHeaders,
      responseHeaders: far.rawHeaders,
      requestBody,
      responseBody,
    }
  }
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** The body is sent whole. */
function withoutLength(raw: readonly string[]): string[] {
  return raw.filter((_, i) => !/^(transfer-encoding|content-length|connection|keep-alive)$/i.test(raw[i - (i % 2)]!))
}
