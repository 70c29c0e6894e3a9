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
  /**
   * A newer program wants to migrate: loads the page anew when that disturbs nobody. Only a page that is gone writes nothing
   * any more, so the gate is left by that, and not when this resolves: the page goes on for a moment after its reload began.
   */
  readonly makeRoom: () => Promise<void>
}

/** `others`: older programs have the store open; `turn`: another tab of this program migrates, or waits for them. */
export type WaitedFor = 'others' | 'turn'

const MAKE_ROOM = 'make room'
const HERE = 'here'
/** As long as a busy tab may need to answer, ms. */
const ANSWER_WITHIN_MS = 2_000
const UNTIL_THE_PAGE_GOES = new Promise<never>(() => undefined)

export class StoreGate {
  readonly #options: StoreGateOptions
  readonly #channel: BroadcastChannel
  #isInside = false
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
    if (locks) {
      await new Promise<void>((entered) => {
        void locks.request(this.#options.name, { mode: 'shared' }, () => {
          entered()
          return UNTIL_THE_PAGE_GOES
        })
      })
    }
    this.#isInside = true
  }

  /**
   * Runs `work` while nobody else has the store open, and enters. Tabs that want to migrate do so one after the other.
   *
   * @param isNeeded asked when it is this tab's turn: another one may have done it
   * @param onWait for whom
   */
  async alone(
    isNeeded: () => Promise<boolean>,
    onWait: (whom: WaitedFor) => void,
    work: () => Promise<void>,
  ): Promise<void> {
    const locks = locksHere()
    const { name } = this.#options
    if (!locks) {
      onWait('others')
      while (await this.#doesAnybodyAnswer());
      if (await isNeeded()) await work()
      return this.enter()
    }
    const migrate = async () => {
      if (await isNeeded()) {
        onWait('others')
        this.#channel.postMessage(MAKE_ROOM)
        await locks.request(name, work)
      }
      await this.enter()
    }
    const turn = `${name}-migration`
    const wasFree = await locks.request(turn, { ifAvailable: true }, async (lock) => {
      if (lock) await migrate()
      return lock !== null
    })
    if (wasFree) return
    onWait('turn')
    await locks.request(turn, migrate)
  }

  async #makeRoom(): Promise<void> {
    if (!this.#isInside) return
    this.#channel.postMessage(HERE)
    if (this.#isMakingRoom) return
    this.#isMakingRoom = true
    await this.#options.makeRoom()
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
