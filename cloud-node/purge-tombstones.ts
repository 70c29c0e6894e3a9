/**
 * Purges tombstones below what every active branch and the mirror have taken, some at a time, for as long as the node
 * runs. Branches that are away hold everything up; those that are retired do not.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { purgesTombstones } from '../adapters/exchange/deleted-documents.ts'
import type { CloudSide } from '../adapters/exchange/cloud-side.ts'
import type { Log } from '../adapters/log.ts'
import type { BranchRegistry } from './branch-registry.ts'

export interface TombstonePurgeOptions {
  readonly cloud: CloudSide
  readonly registry: BranchRegistry
  /** Up to where the mirror has everything; infinity without a mirror. */
  readonly mirroredUpTo: () => number
  readonly log: Log
}

const PAUSE_MS = 3_600_000
/** Tombstones of one transaction. */
const CHUNK = 500

export class TombstonePurge {
  readonly #options: TombstonePurgeOptions
  readonly #stopping = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<unknown> = Promise.resolve()

  constructor(options: TombstonePurgeOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#running = this.run().catch((err: unknown) => this.#options.log.error({ err }, 'tombstones were not purged'))
    }, PAUSE_MS)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#stopping.abort()
    await this.#running
  }

  /** @returns how many tombstones were purged */
  async run(): Promise<number> {
    const { cloud, registry, mirroredUpTo } = this.#options
    const { store } = cloud.replica
    let purged = 0
    for (const declaration of store.declarations.filter(purgesTombstones)) {
      for (let found = CHUNK; found === CHUNK && !this.#stopping.signal.aborted; await nextTurn()) {
        // Asked anew for each part: what has begun meanwhile ends it.
        if (cloud.recovery.isRunning) return purged
        const upTo = Math.min(registry.takenUpTo(declaration.syncClass), mirroredUpTo())
        found = cloud.deleted.purge(declaration, upTo, CHUNK)
        purged += found
      }
    }
    return purged
  }
}
