/**
 * Stands between a mirror and MySQL, and lets a connection hang as a broken network does: nothing comes through any more,
 * and nobody is told.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

interface Plan {
  readonly at: 'request' | 'answer'
  readonly statement: string
  readonly hung: () => void
}

export class HangingProxy {
  readonly #target: URL
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #plan: Plan | undefined

  private constructor(target: string) {
    this.#target = new URL(target)
    this.#server = createServer((near) => this.#serve(near))
  }

  static async open(target: string): Promise<HangingProxy> {
    const proxy = new HangingProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  /** As the target's, with this proxy in its place. */
  get url(): string {
    const url = new URL(this.#target)
    url.port = String((this.#server.address() as AddressInfo).port)
    return url.href
  }

  /**
   * The next connection that sends such a statement hangs from then on: MySQL does not get it, or does it and its answer
   * is lost. Resolves when it hangs.
   */
  hang(at: Plan['at'], statement: string): Promise<void> {
    return new Promise((hung) => {
      this.#plan = { at, statement, hung }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #serve(near: Socket): void {
    const far = connect({ host: this.#target.hostname, port: Number(this.#target.port) })
    let plan: Plan | undefined
    near.on('data', (bytes) => {
      if (!plan && this.#plan && bytes.includes(this.#plan.statement)) {
        plan = this.#plan
        this.#plan = undefined
        if (plan.at === 'answer') far.write(bytes)
        else plan.hung()
      } else if (!plan) far.write(bytes)
    })
    far.on('data', (bytes) => {
      if (plan) plan.hung()
      else near.write(bytes)
    })
    // MySQL learns that the mirror is gone, as it does when a router forgets the connection.
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroy())
    for (const socket of [near, far]) {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.once('close', () => this.#sockets.delete(socket))
    }
  }
}
