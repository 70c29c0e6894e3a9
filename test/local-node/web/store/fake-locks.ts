/** Web Locks of one origin, for pages of which each can go away: Node 20 has none. */
interface Lock {
  readonly page: string
  readonly name: string
  readonly mode: LockMode
}

export class FakeLocks {
  #held: Lock[] = []
  #waiting: { readonly lock: Lock; readonly grant: () => void }[] = []

  /** What a page finds as `navigator.locks`. */
  of(page: string): Pick<LockManager, 'request'> {
    const request = async (name: string, ...rest: unknown[]): Promise<unknown> => {
      const work = rest.at(-1) as (lock: Lock | null) => unknown
      const { mode = 'exclusive', ifAvailable = false } = (rest.length > 1 ? rest[0] : {}) as LockOptions
      const lock = { page, name, mode }
      if (ifAvailable && !this.#isFree(lock)) return work(null)
      await new Promise<void>((grant) => {
        this.#waiting.push({ lock, grant })
        this.#grant()
      })
      try {
        return await work(lock)
      } finally {
        this.#held = this.#held.filter((one) => one !== lock)
        this.#grant()
      }
    }
    return { request }
  }

  /** The page is unloaded: its locks are free, whatever its scripts still wait for. */
  unload(page: string): void {
    this.#held = this.#held.filter((one) => one.page !== page)
    this.#grant()
  }

  #isFree({ name, mode }: Lock): boolean {
    const held = this.#held.filter((one) => one.name === name)
    return held.length === 0 || (mode === 'shared' && held.every((one) => one.mode === 'shared'))
  }

  #grant(): void {
    for (;;) {
      const next = this.#waiting.find(({ lock }) => this.#isFree(lock))
      if (!next) return
      this.#waiting = this.#waiting.filter((other) => other !== next)
      this.#held.push(next.lock)
      next.grant()
    }
  }
}
