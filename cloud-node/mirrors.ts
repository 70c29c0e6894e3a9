/** The mirrors of headquarters: each keeps the tables of one database; a person may pause one, or have tables written anew. */
import type { ChangeFeed } from '../adapters/mysql/change-feed.ts'
import { Mirror } from '../adapters/mysql/mirror.ts'
import type { ParkedDocument } from '../adapters/mysql/parked-documents.ts'
import type { RetryResult } from '../adapters/mysql/retry-parked.ts'
import type { Log } from '../adapters/log.ts'
import type { Store } from '../adapters/sqlite/store.ts'
import { noteBatches } from '../adapters/synclog/note-batches.ts'
import type { SyncRecorder } from '../adapters/synclog/sync-recorder.ts'
import type { CollectionDeclaration } from '../schemas/collection.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import type { RefusedChangeView } from '../schemas/protocol/mirrors.ts'
import type { MirrorStatus } from '../schemas/protocol/status.ts'
import { Captures } from './captures.ts'
import type { MirrorView } from './cloud-operations.ts'
import { CountedMirror } from './counted-mirror.ts'
import type { TakeInParts } from './take-in.ts'

/** A database, and what is mirrored into it. */
export interface MirrorTarget {
  readonly name: string
  /** `mysql://…` */
  readonly url: string
  /** Those with a mapping are mirrored. */
  readonly declarations: readonly CollectionDeclaration[]
  /** Whether missing tables, columns, indexes and views are made; they are, unless this says no. */
  readonly create?: boolean
}

export interface MirrorsParts {
  readonly targets: readonly MirrorTarget[]
  readonly store: Store
  readonly feed: ChangeFeed
  readonly log: Log
  /** Where batches are noted. */
  readonly recorder?: SyncRecorder
}

interface Kept {
  readonly mirror: Mirror
  readonly view: CountedMirror
}

export class Mirrors implements MirrorView {
  readonly #store: Store
  readonly #targets: readonly MirrorTarget[]
  readonly #mirrors: ReadonlyMap<string, Kept>
  readonly #captures: Captures

  /** @throws OutpostError BAD_CONFIGURATION for a URL, a mapping or names that cannot work */
  constructor({ targets, store, feed, log, recorder }: MirrorsParts) {
    this.#store = store
    this.#targets = targets
    this.#captures = new Captures(store, log)
    const twice = targets.find(({ name }, at) => targets.findIndex((other) => other.name === name) !== at)
    if (twice) throw new OutpostError('BAD_CONFIGURATION', `two mirrors are called ${twice.name}`, { field: 'mirrors' })
    this.#mirrors = new Map(
      targets.map(({ name, url, declarations, create = true }) => {
        const paused = store.readSetting(settingOf(name)) === 'yes'
        const onBatch = recorder && noteBatches(recorder, name)
        const mirror = new Mirror({ name, paused, feed, declarations, url, create, log, ...(onBatch && { onBatch }) })
        return [name, { mirror, view: new CountedMirror(mirror, declarations, log) }]
      }),
    )
  }

  get names(): readonly string[] {
    return [...this.#mirrors.keys()]
  }

  /** @param takesIn how changes are taken that other programs make; without it none are */
  start(takesIn?: TakeInParts): void {
    for (const { mirror } of this.#mirrors.values()) mirror.start()
    if (takesIn) this.#captures.start(this.#targets, (name) => this.named(name), takesIn)
  }

  async stop(): Promise<void> {
    // Together: a capture may be waiting for an answer on a connection that ends with its mirror.
    await Promise.all([this.#captures.stop(), ...[...this.#mirrors.values()].map(({ mirror }) => mirror.stop())])
    for (const { view } of this.#mirrors.values()) view.stop()
  }

  status(): MirrorStatus[] {
    return [...this.#mirrors.keys()].map((name) => this.#statusOf(name))
  }

  /** In the first one, which is the one that branches are compared with. */
  rowsOfBranch(branchId: string): number | undefined {
    const [first] = this.#mirrors.values()
    return first?.view.rowsOfBranch(branchId)
  }

  /** What all of them hold that mirror the collection. */
  readonly mirrored: MirrorView['mirrored'] = async (collection, states) => {
    const views = [...this.#mirrors.values()].filter(({ mirror }) => mirror.mirrors(collection))
    const answers = await Promise.all(views.map(({ view }) => view.mirrored(collection, states)))
    if (answers.length === 0) return { mirrored: [], mirror: 'off' }
    if (answers.some(({ mirror }) => mirror !== 'on')) return { mirrored: [], mirror: 'unknown' }
    const [first, ...others] = answers.map(({ mirrored }) => new Set(mirrored))
    const inAll = [...first!].filter((id) => others.every((held) => held.has(id)))
    return { mirrored: inAll, mirror: 'on', term: answers.map(({ term }) => term).join(' ') }
  }

  /** Up to where all of them have everything; infinity without one. */
  mirroredUpTo(): number {
    return Math.min(
      ...[...this.#mirrors.values()].map(({ mirror }) => {
        const { position, filling } = mirror.status()
        return position === undefined || filling.length > 0 ? 0 : position.seq
      }),
    )
  }

  onChange(listener: () => void): () => void {
    const unsubscribe = [
      this.#captures.onChange(listener),
      ...[...this.#mirrors.values()].map(({ view }) => view.onChange(listener)),
    ]
    return () => {
      for (const end of unsubscribe) end()
    }
  }

  /** @throws OutpostError NOT_FOUND */
  named(name: string): Mirror {
    const kept = this.#mirrors.get(name)
    if (kept) return kept.mirror
    const names = [...this.#mirrors.keys()]
    const known = names.length > 0 ? `; there is ${names.join(', ')}` : ', and no other one either'
    throw new OutpostError('NOT_FOUND', `there is no mirror "${name}"${known}`, { field: 'mirror' })
  }

  /** Remembered: it stays so when the node is started again. @throws OutpostError NOT_FOUND */
  async pause(name: string): Promise<MirrorStatus> {
    const mirror = this.named(name)
    this.#store.transaction('mirror', () => this.#store.writeSetting(settingOf(name), 'yes'))
    await mirror.pause()
    return this.#statusOf(name)
  }

  /** @throws OutpostError NOT_FOUND */
  resume(name: string): MirrorStatus {
    const mirror = this.named(name)
    this.#store.transaction('mirror', () => this.#store.writeSetting(settingOf(name), 'no'))
    mirror.resume()
    return this.#statusOf(name)
  }

  /**
   * Has a table written anew, and with it the others that hold the same documents.
   *
   * @param signal gives it up as long as it has not begun
   * @returns the tables
   * @throws OutpostError NOT_FOUND, MIRROR_UNAVAILABLE, MIRROR_TABLES
   */
  async rebuild(name: string, table: string, signal?: AbortSignal): Promise<readonly string[]> {
    const mirror = this.named(name)
    const { collection, tables } = mirror.tableNamed(table)
    await mirror.rebuild(collection, signal)
    return tables
  }

  /** @throws OutpostError NOT_FOUND, MIRROR_UNAVAILABLE */
  parked(name: string, limit: number): Promise<readonly ParkedDocument[]> {
    return this.named(name).parked(limit)
  }

  /**
   * @param signal gives it up as long as it has not begun
   * @throws OutpostError NOT_FOUND, MIRROR_UNAVAILABLE, MIRROR_TABLES
   */
  retryParked(name: string, signal?: AbortSignal): Promise<RetryResult> {
    return this.named(name).retryParked(signal)
  }

  /** See `ReconciledMirrors`. */
  countAgain(name: string): void {
    this.#mirrors.get(name)?.view.countAgain()
  }

  /** See `ReconciledMirrors`. @throws OutpostError NOT_FOUND, MIRROR_UNAVAILABLE */
  async takeChanges(name: string): Promise<void> {
    await this.#captures.catchUp(name)
  }

  /** The newest first. @throws OutpostError NOT_FOUND */
  refusedChanges(name: string, limit: number): readonly RefusedChangeView[] {
    this.named(name)
    return this.#captures.refused(name, limit)
  }

  #statusOf(name: string): MirrorStatus {
    const capture = this.#captures.status(name)
    return { ...this.#mirrors.get(name)!.view.status(), ...(capture && { capture }) }
  }
}

function settingOf(name: string): string {
  return `mirror.paused.${name}`
}
