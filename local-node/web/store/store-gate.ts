/**
 * Who may have this device's documents open: any number of tabs of one program, or a single one that migrates them. A tab
 * of the older program would go on writing to documents that have been copied, and nobody would ever read that.
 *
 * Web Locks say who has it open. A page that came over plain HTTP has none: there the tabs are asked, and whoever answers
 * is waited for.
 */

export interface StoreGateOptions {
  /** Of the store; tabs of all programs use the same. */
  readonly name: string
  /** A newer program wants to migrate: closes the store when that disturbs nobody. The gate is left afterwards. */
  readonly makeRoom: () => Promise<void>
}

const MAKE_ROOM = 'make room'
const HERE = 'here'
/** As long as a busy tab may need to answer, ms. */
const ANSWER_WITHIN_MS = 2_000

export class StoreGate {
  readonly #options: StoreGateOptions
  readonly #channel: BroadcastChannel
  #leave: (() => void) | undefined
  #isMakingRoom = false

  constructor(options: StoreGateOptions) {
    this.#options = options
    this.#channel = new BroadcastChannel(options.name)
    this.#channel.addEventListener('message', ({ data }) => {
      if (data === MAKE_ROOM) void this.#makeRoom()
    })
  }

  /** From now on nobody migrates the store before it was asked to make room. */
  async enter(): Promise<void> {
    const locks = locksHere()
    if (!locks) {
      this.#leave = () => undefined
      return
    }
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
    const locks = locksHere()
    const { name } = this.#options
    if (!locks) {
      onWait()
      while (await this.#doesAnybodyAnswer());
      if (await isNeeded()) await work()
      return this.enter()
    }
    await locks.request(`${name}-migration`, async () => {
      if (await isNeeded()) {
        onWait()
        this.#channel.postMessage(MAKE_ROOM)
        await locks.request(name, work)
      }
      await this.enter()
    })
  }

  async #makeRoom(): Promise<void> {
    if (!this.#leave) return
    this.#channel.postMessage(HERE)
    if (this.#isMakingRoom) return
    this.#isMakingRoom = true
    await this.#options.makeRoom()
    this.#leave()
    this.#leave = undefined
    this.#isMakingRoom = false
  }

  /** Asks for room, and waits as long as a tab may take to answer, the whole time: it goes on being asked. */
  #doesAnybodyAnswer(): Promise<boolean> {
    return new Promise((resolve) => {
      let answered = false
      const hear = ({ data }: MessageEvent) => {
        if (data === HERE) answered = true
      }
      this.#channel.addEventListener('message', hear)
      this.#channel.postMessage(MAKE_ROOM)
      setTimeout(() => {
        this.#channel.removeEventListener('message', hear)
        resolve(answered)
      }, ANSWER_WITHIN_MS)
    })
  }
}

function locksHere(): LockManager | undefined {
  return (navigator as { locks?: LockManager }).locks
}
