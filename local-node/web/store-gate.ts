/**
 * Who may have this device's documents open: any number of tabs of one program, or a single one that migrates them. A tab
 * of the older program would go on writing to documents that have been copied, and nobody would ever read that.
 */

export interface StoreGateOptions {
  /** Of the store; tabs of all programs use the same. */
  readonly name: string
  /** A newer program wants to migrate: closes the store when that disturbs nobody. The gate is left afterwards. */
  readonly makeRoom: () => Promise<void>
}

export class StoreGate {
  readonly #options: StoreGateOptions
  readonly #channel: BroadcastChannel
  #leave: (() => void) | undefined

  constructor(options: StoreGateOptions) {
    this.#options = options
    this.#channel = new BroadcastChannel(options.name)
    this.#channel.addEventListener('message', () => void this.#makeRoom())
  }

  /** From now on nobody migrates the store before it was asked to make room. */
  async enter(): Promise<void> {
    // Without a secure context there are no locks, and tabs of two programs must not be open together.
    const { locks } = navigator as { locks?: LockManager }
    if (!locks) return
    await new Promise<void>((entered) => {
      const held = new Promise<void>((leave) => (this.#leave = leave))
      void locks.request(this.#options.name, { mode: 'shared' }, () => {
        entered()
        return held
      })
    })
  }

  /**
   * Runs `work` while nobody else has the store open, and enters. Tabs that want to migrate do so one after the other.
   *
   * @param isNeeded asked when it is this tab's turn: another one may have done it
   * @param onWait other tabs have the store open
   */
  async alone(isNeeded: () => Promise<boolean>, onWait: () => void, work: () => Promise<void>): Promise<void> {
    const { locks } = navigator as { locks?: LockManager }
    const { name } = this.#options
    if (!locks) return work()
    await locks.request(`${name}-migration`, async () => {
      if (await isNeeded()) {
        onWait()
        this.#channel.postMessage('make room')
        await locks.request(name, work)
      }
      await this.enter()
    })
  }

  async #makeRoom(): Promise<void> {
    if (!this.#leave) return
    await this.#options.makeRoom()
    this.#leave()
    this.#leave = undefined
  }
}
