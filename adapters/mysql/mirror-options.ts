/** What a mirror is made with. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Log } from '../log.ts'
import type { ChangeFeed } from './change-feed.ts'

export interface MirrorOptions {
  /** By which its state is found in the database. */
  readonly name?: string
  /** Whether it waits for `resume` before it does anything. */
  readonly paused?: boolean
  readonly feed: ChangeFeed
  /** Those with a mapping are mirrored. */
  readonly declarations: readonly CollectionDeclaration[]
  /** `mysql://user:password@host:port/database`; see `mysql-target.ts`. */
  readonly url: string
  /** Whether missing tables, columns, indexes and views are made; they are, unless this says no. */
  readonly create?: boolean
  readonly log: Log
  /** Stops the mirror. */
  readonly signal?: AbortSignal
  readonly time?: MirrorTime
  /** Hears of each page that was written, and of what kept the mirror from writing. */
  readonly onBatch?: (batch: MirrorBatch) => void
}

export interface MirrorBatch {
  /** The documents as the store has them; of a collection that is written anew they are not named. */
  readonly documents: readonly { readonly collection: string; readonly id: string; readonly seq: number }[]
  readonly written: number
  readonly parked: number
  readonly ms: number
  /** Nothing was written. */
  readonly code?: ErrorCode
}

export interface MirrorTime {
  /** Milliseconds since 1970. */
  now(): number
  /** Rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** In [0, 1). */
  random(): number
}

export const SYSTEM_TIME: MirrorTime = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  random: Math.random,
}
