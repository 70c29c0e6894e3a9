/** What the rules look at, put together: the status as it is, and what costs more as it was a moment ago. */
import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { BURN_RATE_HISTORY_MS } from '../adapters/alerts/burn-rate.ts'
import type { ChainSnapshot } from '../adapters/alerts/chain-snapshot.ts'
import type { CloudNodeStatus } from '../schemas/protocol/status.ts'
import type { SyncFigures, SyncHistory } from '../schemas/protocol/sync-log.ts'
import { keptFor } from './kept-for.ts'

/** The sync log, as far as rules ask it. */
export interface ChainFigures {
  /** @param branchId of all without one */
  figures(branchId?: string): SyncFigures
  history(branchId: string | undefined, stepMs: number, fromMs: number, toMs: number): SyncHistory
}

export interface SnapshotParts {
  readonly status: () => CloudNodeStatus
  readonly retries: () => number
  readonly figures: ChainFigures
  /** Of the store: its disk is looked at. */
  readonly file: string
  readonly nowMs: () => number
}

const CHAIN_MS = 5000
const BRANCH_MS = 30_000
const DISK_MS = 30_000
/** Between two looks of a headquarters that is awake. */
const LONGEST_PAUSE_MS = 60_000
/** Of branches, for one snapshot; the others have their turn with the next. */
const MOST_ASKED = 50
const STEP_MS = 300_000

export class AlertSnapshots {
  readonly #parts: SnapshotParts
  #listeningSinceMs: number
  #lookedMs: number
  readonly #ofBranch = new Map<string, { readonly atMs: number; readonly figures: SyncFigures }>()
  readonly #ofChain: () => Pick<ChainSnapshot['figures'], 'all' | 'buckets'>
  readonly #disk: () => ChainSnapshot['disk']

  constructor(parts: SnapshotParts) {
    this.#parts = parts
    this.#listeningSinceMs = this.#lookedMs = parts.nowMs()
    this.#ofChain = keptFor(CHAIN_MS, parts.nowMs, () => this.#askOfChain())
    this.#disk = keptFor(DISK_MS, parts.nowMs, () => freeAt(parts.file))
  }

  /** @throws OutpostError where the store cannot be read */
  take(): ChainSnapshot {
    const { status, retries, nowMs } = this.#parts
    const now = status()
    orNothing(() => this.#askOfBranches(now.branches.map(({ id }) => id)))
    return {
      nowMs: nowMs(),
      listeningSinceMs: this.#listeningSince(),
      status: now,
      retries: retries(),
      disk: this.#disk(),
      figures: { ...orNothing(this.#ofChain), ofBranch: (id) => this.#ofBranch.get(id)?.figures },
    }
  }

  /** A machine that slept, or whose clock was set, has heard nobody meanwhile. */
  #listeningSince(): number {
    const nowMs = this.#parts.nowMs()
    if (Math.abs(nowMs - this.#lookedMs) > LONGEST_PAUSE_MS) this.#listeningSinceMs = nowMs
    this.#lookedMs = nowMs
    return this.#listeningSinceMs
  }

  #askOfChain(): Pick<ChainSnapshot['figures'], 'all' | 'buckets'> {
    const { figures, nowMs } = this.#parts
    const toMs = nowMs()
    const { buckets } = figures.history(undefined, STEP_MS, toMs - BURN_RATE_HISTORY_MS, toMs + STEP_MS)
    return { all: figures.figures(), buckets }
  }

  #askOfBranches(ids: readonly string[]): void {
    const { figures, nowMs } = this.#parts
    const atMs = nowMs()
    const askedMs = (id: string) => this.#ofBranch.get(id)?.atMs ?? -Infinity
    const due = ids.filter((id) => atMs - askedMs(id) >= BRANCH_MS).toSorted((a, b) => askedMs(a) - askedMs(b))
    for (const id of due.slice(0, MOST_ASKED)) this.#ofBranch.set(id, { atMs, figures: figures.figures(id) })
  }
}

/** The sync log is no business data: where it cannot be read, everything else is looked at all the same. */
function orNothing<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch {
    return undefined
  }
}

/** `undefined` where the disk does not tell. */
function freeAt(file: string): ChainSnapshot['disk'] {
  try {
    const { bavail, bsize } = statfsSync(dirname(file))
    return { free: bavail * bsize }
  } catch {
    return undefined
  }
}
