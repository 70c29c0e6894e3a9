/**
 * Gives systemd signs of life, only as long as the node does its work: a timer that the event loop must reach, and a write
 * that the store must take. Whoever stays silent is started again.
 */
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { Log } from '../log.ts'
import type { Store } from '../sqlite/store.ts'
import type { ServiceManager } from './service-manager.ts'

export interface WatchdogOptions {
  readonly manager: ServiceManager
  /** Throws while the store takes no write. */
  readonly checkStore: () => void
  readonly log: Log
}

/** Beats in the time after which systemd acts: two may be lost. */
const BEATS = 3

export class Watchdog {
  readonly #options: WatchdogOptions
  #timer: NodeJS.Timeout | undefined
  #telling: Promise<void> | undefined
  #trouble: string | undefined

  constructor(options: WatchdogOptions) {
    this.#options = options
  }

  /** The node is ready. */
  start(): void {
    const { watchdogMs } = this.#options.manager
    if (watchdogMs !== undefined) this.#timer = setInterval(() => this.#beat(), watchdogMs / BEATS).unref()
    this.#beat()
  }

  /** The node stops; what it takes for that is bounded by its unit. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#telling
    await this.#options.manager.tell('STOPPING=1')
  }

  /** Also that it is ready, each time: before version 246 systemd overhears who is gone too soon. */
  #beat(): void {
    // One that hangs is no sign of the node's own death, and the next ones come after it.
    if (this.#telling) return
    const { trouble, isAlive } = this.#look()
    const words = ['READY=1', `STATUS=${trouble ?? 'running'}`, ...(isAlive ? ['WATCHDOG=1'] : [])]
    this.#telling = this.#options.manager.tell(...words).then(() => (this.#telling = undefined))
  }

  #look(): { readonly trouble?: string; readonly isAlive: boolean } {
    try {
      this.#options.checkStore()
      this.#trouble = undefined
      return { isAlive: true }
    } catch (error) {
      const code = error instanceof OutpostError ? error.code : 'INTERNAL'
      const trouble = error instanceof Error ? error.message : String(error)
      const isAlive = code === FULL
      const words = isAlive ? trouble : `${trouble}; systemd is to start the node again`
      if (trouble !== this.#trouble) this.#options.log.error({ code }, `the store takes no write: ${words}`)
      this.#trouble = trouble
      return { trouble, isAlive }
    }
  }
}

/** A start makes no room, and the node goes on by itself when there is some. */
const FULL = 'DISK_FULL'

const PROBE = 'last probe'

/** Writes, and waits for the disk. @throws OutpostError what hinders it, such as DISK_FULL, DISK_FAILED, STORE_READ_ONLY */
export function probeStore(store: Store): void {
  store.transaction('probe', () => store.writeSetting(PROBE, new Date().toISOString()))
}
