/**
 * The mirror as the status shows it: its state at once, its rows counted in MySQL after it has written something, and now and
 * then also without that, as other programs may have changed the tables.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../adapters/log.ts'
import { SYSTEM_TIME, type MirrorTime } from '../adapters/mysql/mirror-options.ts'
import type { Mirror } from '../adapters/mysql/mirror.ts'
import { countRowsByScope } from '../adapters/mysql/scope-counts.ts'
import type { CollectionDeclaration } from '../schemas/collection.ts'
import type { MirrorStatus } from '../schemas/protocol/status.ts'
import type { MirrorView } from './cloud-operations.ts'

/** A branch gives its question up a little later, ms. */
const MIRRORED_PATIENCE_MS = 2000
/** Counting goes over whole tables. The pause behind it is so many times as long as it took, within these limits, ms. */
const PAUSE_RATIO = 10
const COUNT_PAUSE_MS = { least: 2000, most: 3_600_000 } as const
const COUNT_EVERY_MS = 600_000

export class CountedMirror {
  readonly #mirror: Mirror
  readonly #declarations: readonly CollectionDeclaration[]
  readonly #log: Log
  readonly #time: MirrorTime
  readonly #stopping = new AbortController()
  readonly #listeners = new Set<() => void>()
  readonly #unsubscribe: () => void
  readonly #timer: NodeJS.Timeout
  #rows: Record<string, number> = {}
  #scopes: ReadonlyMap<string, number> | undefined
  #countedAt: string | undefined
  #countedWritten = -1
  /** Whether to count although nothing was written. */
  #isDue = false
  #counting = false

  constructor(mirror: Mirror, declarations: readonly CollectionDeclaration[], log: Log, time = SYSTEM_TIME) {
    this.#mirror = mirror
    this.#declarations = declarations
    this.#log = log
    this.#time = time
    this.#unsubscribe = mirror.onStatus(() => {
      this.#notify()
      this.#count()
    })
    this.#timer = setInterval(() => this.countAgain(), COUNT_EVERY_MS)
    this.#timer.unref()
  }

  /** As soon as the mirror runs and the pause behind the last count is over. */
  countAgain(): void {
    this.#isDue = true
    this.#count()
  }

  status(): MirrorStatus {
    const { state, lag, parked, lastError, filling } = this.#mirror.status()
    return {
      name: this.#mirror.name,
      state,
      lag,
      parked,
      filling,
      rows: this.#rows,
      ...(lastError && { lastError }),
      ...(this.#countedAt !== undefined && { countedAt: this.#countedAt }),
    }
  }

  rowsOfBranch(branchId: string): number | undefined {
    return this.#scopes && (this.#scopes.get(branchId) ?? 0)
  }

  readonly mirrored: MirrorView['mirrored'] = async (collection, states) => {
    if (!this.#mirror.mirrors(collection)) return { mirrored: [], mirror: 'off' }
    const late = delay(MIRRORED_PATIENCE_MS, undefined, { ref: false })
    const held = await Promise.race([this.#mirror.holding(collection, states), late])
    return held ? { mirrored: [...held.ids], mirror: 'on', term: held.term } : { mirrored: [], mirror: 'unknown' }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  stop(): void {
    this.#unsubscribe()
    clearInterval(this.#timer)
    this.#stopping.abort()
    this.#listeners.clear()
  }

  #count(): void {
    const { state, written } = this.#mirror.status()
    if (state !== 'running' || this.#counting || (written === this.#countedWritten && !this.#isDue)) return
    this.#counting = true
    this.#isDue = false
    void this.#countAndRest(written).finally(() => {
      this.#counting = false
      if (!this.#stopping.signal.aborted) this.#count()
    })
  }

  async #countAndRest(written: number): Promise<void> {
    const began = this.#time.now()
    await this.#countNow(written)
    const { least, most } = COUNT_PAUSE_MS
    const pause = Math.min(most, Math.max(least, (this.#time.now() - began) * PAUSE_RATIO))
    await this.#time.sleep(pause, this.#stopping.signal).catch(() => undefined)
  }

  async #countNow(written: number): Promise<void> {
    try {
      const rows = await this.#mirror.counts()
      this.#scopes = await this.#mirror.aside((session) => countRowsByScope(session, this.#declarations))
      this.#rows = rows
      this.#countedAt = new Date().toISOString()
      this.#countedWritten = written
      this.#notify()
    } catch (error) {
      this.#isDue = true
      // MySQL went away meanwhile; the mirror says so itself, and the old figures keep their time.
      this.#log.debug({ err: error }, 'the rows of the mirror could not be counted')
    }
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}
