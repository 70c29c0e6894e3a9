/** A network link that can be cut: a TCP relay between a branch and headquarters. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export class Link {
  readonly #target: URL
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #cut = false

  private constructor(target: URL) {
    this.#target = target
    this.#server = createServer((near) => this.#join(near))
  }

  /** @param port of the near end; 0 takes a free one */
  static async open(targetUrl: string, port = 0): Promise<Link> {
    const link = new Link(new URL(targetUrl))
    await new Promise<void>((resolve, reject) => {
      link.#server.once('error', reject)
      link.#server.listen(port, '127.0.0.1', resolve)
    })
    // Whoever fails and never closes it shall still end.
    link.#server.unref()
    return link
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Ends what runs over the link and refuses everything new. */
  cut(): void {
    this.#cut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  restore(): void {
    this.#cut = false
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #join(near: Socket): void {
    if (this.#cut) {
      near.destroy()
      return
    }
    const far = connect(Number(this.#target.port), this.#target.hostname)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  }
}
