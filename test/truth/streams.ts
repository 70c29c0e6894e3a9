/** The live streams of a simulated chain: each PC keeps one open, and opens it again as the real ones do. */
import { BranchNudges, type NudgeHooks } from '../../adapters/http/branch-nudges.ts'
import { afterStream, NO_STREAMS, STREAM_LIMITS, type StreamHistory } from '../../adapters/http/stream-pauses.ts'
import type { Store } from '../../adapters/sqlite/store.ts'
import type { SimulatedBranch } from '../support/simulated-chain.ts'

/** Until a side notices that the other one is gone without a word. */
const UNNOTICED_MS = 900_000

interface Stream {
  readonly history: StreamHistory
  /** While it is open. */
  open?: { readonly sinceMs: number; readonly goneAtServer: () => void; isDead: boolean }
  timer?: ReturnType<typeof setTimeout>
}

export interface StreamSurroundings {
  readonly nowMs: () => number
  /** Whether the PC runs, wants a stream, and its link carries one. */
  readonly reaches: (at: SimulatedBranch) => boolean
  readonly onNudge: (at: SimulatedBranch, priority: number) => void
}

export class Streams {
  readonly #surroundings: StreamSurroundings
  readonly #streams = new Map<SimulatedBranch, Stream>()
  #nudges: BranchNudges | undefined

  constructor(surroundings: StreamSurroundings) {
    this.#surroundings = surroundings
  }

  /** Headquarters was started: it holds no stream, and the branches notice. */
  serve(store: Store, hooks: NudgeHooks): void {
    this.#nudges = new BranchNudges(store, hooks)
    for (const [at, { open }] of this.#streams) if (open) this.#lost(at)
  }

  isOpen(at: SimulatedBranch): boolean {
    return this.#streams.get(at)?.open !== undefined
  }

  start(at: SimulatedBranch): void {
    if (!this.#streams.has(at)) this.#connect(at, NO_STREAMS)
  }

  /** The PC is switched off, or wants no stream any more. */
  stop(at: SimulatedBranch): void {
    const stream = this.#streams.get(at)
    clearTimeout(stream?.timer)
    this.#streams.delete(at)
    stream?.open?.goneAtServer()
  }

  /** @param isNoticed at once, by both sides; else each takes its time */
  cut(at: SimulatedBranch, isNoticed: boolean): void {
    const stream = this.#streams.get(at)
    const { open } = stream ?? {}
    if (!stream || !open) return
    if (isNoticed) {
      open.goneAtServer()
      this.#lost(at)
      return
    }
    open.isDead = true
    setTimeout(open.goneAtServer, UNNOTICED_MS)
    stream.timer = setTimeout(() => this.#lost(at), STREAM_LIMITS.silenceMs)
  }

  #connect(at: SimulatedBranch, history: StreamHistory): void {
    const stream: Stream = { history }
    this.#streams.set(at, stream)
    if (!this.#surroundings.reaches(at) || !this.#open(at, stream)) this.#again(at, history, undefined)
  }

  #open(at: SimulatedBranch, stream: Stream): boolean {
    const { nowMs, onNudge } = this.#surroundings
    let close: (() => void) | undefined
    const goneAtServer = () => {
      const told = close
      close = undefined
      told?.()
    }
    const open = { sinceMs: nowMs(), goneAtServer, isDead: false }
    stream.open = open
    try {
      this.#nudges!.open(principalOf(at.id), (onClose) => {
        close = onClose
        return {
          send: (data) => {
            const { priority } = data as { priority: number }
            if (!open.isDead && stream.open === open) queueMicrotask(() => onNudge(at, priority))
            return 0
          },
          end: () => {
            if (!open.isDead && this.#streams.get(at) === stream) queueMicrotask(() => this.#lost(at, stream))
          },
        }
      })
    } catch {
      delete stream.open
      return false
    }
    at.cycle.linked()
    return true
  }

  #lost(at: SimulatedBranch, which = this.#streams.get(at)): void {
    const stream = this.#streams.get(at)
    if (!stream?.open || stream !== which) return
    this.#again(at, stream.history, this.#surroundings.nowMs() - stream.open.sinceMs)
  }

  #again(at: SimulatedBranch, before: StreamHistory, livedMs: number | undefined): void {
    const end = livedMs === undefined ? ({ kind: 'unreached' } as const) : ({ kind: 'ended', livedMs } as const)
    const { history, pauseMs } = afterStream(before, end, 0.5)
    const timer = setTimeout(() => this.#connect(at, history), pauseMs)
    this.#streams.set(at, { history, timer })
  }
}

function principalOf(branchId: string) {
  return { kind: 'branch', branchId, keyId: '', bodyHash: '' } as const
}
