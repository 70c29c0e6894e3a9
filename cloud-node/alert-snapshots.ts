/** What the rules look at, put together: the status as it is, and what costs more as it was a moment ago. */
import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { BURN_RATE_HISTORY_MS } from '../adapters/alerts/burn-rate.ts'
import type { ChainSnapshot } from '../adapters/alerts/chain-snapshot.ts'
import type { ChainFigures } from '../schemas/protocol/chain-figures.ts'
import type { CloudNodeStatus } from '../schemas/protocol/status.ts'
import type { SyncHistory } from '../schemas/protocol/sync-log.ts'
import { keptFor } from './kept-for.ts'

export interface SnapshotParts {
  readonly status: () => CloudNodeStatus
  readonly retries: () => number
  /** @throws OutpostError where the sync log cannot be read, as `history` */
  readonly figures: () => ChainFigures
  readonly syncLog: { history(branchId: undefined, stepMs: number, fromMs: number, toMs: number): SyncHistory }
  /** Of the store: its disk is looked at. */
  readonly file: string
  readonly nowMs: () => number
}

const FIGURES_MS = 5000
const DISK_MS = 30_000
/** Between two looks of a headquarters that is awake. */
const LONGEST_PAUSE_MS = 60_000
const STEP_MS = 300_000

export class AlertSnapshots {
  readonly #parts: SnapshotParts
  #listeningSinceMs: number
  #lookedMs: number
  readonly #figures: () => ChainSnapshot['figures']
  readonly #disk: () => ChainSnapshot['disk']

  constructor(parts: SnapshotParts) {
    this.#parts = parts
    this.#listeningSinceMs = this.#lookedMs = parts.nowMs()
    this.#figures = keptFor(FIGURES_MS, parts.nowMs, () => this.#askFigures())
    this.#disk = keptFor(DISK_MS, parts.nowMs, () => freeAt(parts.file))
  }

  /** @throws OutpostError where the store cannot be read */
  take(): ChainSnapshot {
    const { status, retries, nowMs } = this.#parts
    return {
      nowMs: nowMs(),
      listeningSinceMs: this.#listeningSince(),
      status: status(),
      retries: retries(),
      disk: this.#disk(),
      figures: orNothing(this.#figures) ?? {},
    }
  }

  /** A machine that slept, or whose clock was set, has heard nobody meanwhile. */
  #listeningSince(): number {
    const nowMs = this.#parts.nowMs()
    if (Math.abs(nowMs - this.#lookedMs) > LONGEST_PAUSE_MS) this.#listeningSinceMs = nowMs
    this.#lookedMs = nowMs
    return this.#listeningSinceMs
  }

  #askFigures(): ChainSnapshot['figures'] {
    const { figures, syncLog, nowMs } = this.#parts
    const toMs = nowMs()
    const { all, branches } = figures()
    const { buckets } = syncLog.history(undefined, STEP_MS, toMs - BURN_RATE_HISTORY_MS, toMs + STEP_MS)
    return { all, branches, buckets }
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
