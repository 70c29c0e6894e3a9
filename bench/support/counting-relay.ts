/** A TCP relay that counts what passes and notes when each request begins: what is on the wire, seen from outside. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export interface RequestMark {
  readonly path: string
  /** From `process.hrtime.bigint()`. */
  readonly at: bigint
  /** Both ways, before this request. */
  readonly bytesBefore: number
}

export class CountingRelay {
  readonly requests: RequestMark[] = []
  readonly #target: URL
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #bytes = 0

  private constructor(target: URL) {
    this.#target = target
    this.#server = createServer((near) => this.#join(near))
  }

  static async open(targetUrl: string): Promise<CountingRelay> {
    const relay = new CountingRelay(new URL(targetUrl))
    await new Promise<void>((resolve, reject) => {
      relay.#server.once('error', reject)
      relay.#server.listen(0, '127.0.0.1', resolve)
    })
    return relay
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Both ways, HTTP heads included. */
  get bytes(): number {
    return this.#bytes
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #join(near: Socket): void {
    const far = connect({ port: Number(this.#target.port), host: this.#target.hostname, noDelay: true })
    near.setNoDelay(true)
    near.on('data', (chunk: Buffer) => this.#noteRequest(chunk))
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('data', (chunk: Buffer) => void (this.#bytes += chunk.length))
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }

  /** A client writes the head of a request at once, so a request begins where a piece does. */
  #noteRequest(chunk: Buffer): void {
    const path = /^(?:GET|POST) (\S+) HTTP/.exec(chunk.toString('latin1', 0, 300))?.[1]
    if (path !== undefined) this.requests.push({ path, at: process.hrtime.bigint(), bytesBefore: this.#bytes })
  }
}
