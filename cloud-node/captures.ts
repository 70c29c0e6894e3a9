/** The captures of headquarters, each beside its mirror: those that have tables which other programs may change. */
import { capturedCollections } from '../adapters/mysql/capture-plan.ts'
import { Capture } from '../adapters/mysql/capture.ts'
import type { Mirror } from '../adapters/mysql/mirror.ts'
import { mirroredCollections } from '../adapters/mysql/mirrored-collection.ts'
import type { Log } from '../adapters/log.ts'
import type { Store } from '../adapters/sqlite/store.ts'
import type { CaptureStatus, RefusedChangeView } from '../schemas/protocol/mirrors.ts'
import { CaptureBook } from './capture-book.ts'
import type { MirrorTarget } from './mirrors.ts'
import { TakeIn, type TakeInParts } from './take-in.ts'

interface Kept {
  readonly capture: Capture
  readonly book: CaptureBook
}

export class Captures {
  readonly #store: Store
  readonly #log: Log
  readonly #captures = new Map<string, Kept>()
  readonly #listeners = new Set<() => void>()

  constructor(store: Store, log: Log) {
    this.#store = store
    this.#log = log
  }

  /** Legal once. */
  start(targets: readonly MirrorTarget[], mirrorOf: (name: string) => Mirror, takesIn: TakeInParts): void {
    for (const { name, url, declarations } of targets) {
      const collections = capturedCollections(mirroredCollections(declarations))
      if (collections.length === 0) continue
      const book = new CaptureBook(this.#store, name)
      const desk = new TakeIn(takesIn, book)
      const capture = new Capture({ mirror: mirrorOf(name), url, collections, desk, log: this.#log })
      this.#captures.set(name, { capture, book })
      capture.onStatus(() => {
        for (const listener of this.#listeners) listener()
      })
      capture.start()
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#captures.values()].map(({ capture }) => capture.stop()))
  }

  /** `undefined` where no table of the mirror takes changes of others. */
  status(mirror: string): CaptureStatus | undefined {
    const kept = this.#captures.get(mirror)
    return kept && { ...kept.capture.status(), refused: kept.book.countRefused() }
  }

  /** Resolves once everything has been taken that was changed until now. @throws OutpostError MIRROR_UNAVAILABLE */
  async catchUp(mirror: string): Promise<void> {
    await this.#captures.get(mirror)?.capture.catchUp()
  }

  /** The newest first. */
  refused(mirror: string, limit: number): readonly RefusedChangeView[] {
    return this.#captures.get(mirror)?.book.refused(limit) ?? []
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
