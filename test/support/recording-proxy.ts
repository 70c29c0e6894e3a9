/** A proxy between a branch and headquarters that can be cut and tells what passes through it. */
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'

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
    server.on('request', (near, answer) => void proxy.#pass(targetUrl, near, answer).catch(() => answer.destroy()))
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

  async #pass(targetUrl: string, near: IncomingMessage, answer: ServerResponse): Promise<void> {
    const url = near.url ?? ''
    const requestBytes: Buffer[] = []
    for await (const chunk of near) requestBytes.push(chunk as Buffer)
    const far = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { ...near.headers, host: new URL(targetUrl).host }
      const asked = request(`${targetUrl}${url}`, { method: near.method, headers }, resolve)
      answer.once('close', () => asked.destroy())
      asked.once('error', reject).end(Buffer.concat(requestBytes))
    })
    const responseBytes: Buffer[] = []
    const status = far.statusCode ?? 502
    this.passed.push({
      url,
      status,
      requestHeaders: near.rawHeaders,
      responseHeaders: far.rawHeaders,
      requestBody: textOf(requestBytes, near),
      // A live stream goes on.
      get responseBody() {
        return textOf(responseBytes, far)
      },
    })
    answer.writeHead(status, withoutLength(far.rawHeaders))
    answer.flushHeaders()
    for await (const chunk of far) {
      responseBytes.push(chunk as Buffer)
      answer.write(chunk)
    }
    answer.end()
  }
}

function textOf(bytes: readonly Buffer[], { headers }: IncomingMessage): string {
  const whole = Buffer.concat(bytes)
  const inflate = { gzip: gunzipSync, br: brotliDecompressSync }[headers['content-encoding'] ?? '']
  return (inflate ? inflate(whole) : whole).toString()
}

/** The body is sent in pieces. */
function withoutLength(raw: readonly string[]): string[] {
  return raw.filter((_, i) => !/^(transfer-encoding|content-length|connection|keep-alive)$/i.test(raw[i - (i % 2)]!))
}
