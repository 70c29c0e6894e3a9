/**
 * How far documents of this branch have come: by its own store, and where it holds them as headquarters has accepted them,
 * by a question whether the mirror has them too. What the mirror has is not asked again for a while.
 */
import type { BranchSide } from '../adapters/exchange/branch-side.ts'
import { declarationOf, documentKey } from '../adapters/exchange/replica.ts'
import type { Log } from '../adapters/log.ts'
import { oneAtATime } from '../adapters/bundle/one-at-a-time.ts'
import { withDeadline } from '../adapters/own-signal.ts'
import { ROW_STATE, type RowState } from '../adapters/sqlite/document-row.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import type { WhereaboutsRequest, WhereaboutsResponse } from '../schemas/protocol/exchange.ts'
import type { Whereabouts, WhereaboutsAnswer } from '../schemas/protocol/whereabouts.ts'

export interface WhereaboutsParts {
  readonly branch: BranchSide
  /** When headquarters was last heard; `undefined` while it is not asked, or since something went wrong. */
  readonly contact: () => number | undefined
  readonly ask: (request: WhereaboutsRequest, signal: AbortSignal) => Promise<WhereaboutsResponse>
  readonly log: Log
  readonly deadlineMs?: number
  /** Monotonic. */
  readonly nowMs?: () => number
}

/** Whoever asks waits no longer for headquarters, ms. */
const DEADLINE_MS = 3000
/** What the mirror has is asked again after so long: it may have been parked there since, ms. */
const TRUSTED_MS = 600_000
/** Documents of which it is remembered that the mirror has them; some 2 MB. */
const MAX_REMEMBERED = 20_000

interface Found {
  readonly id: string
  readonly seq: number
  readonly at: Whereabouts
  /** Headquarters has accepted it, and whether the mirror has it is not known, or was asked long ago. */
  readonly isUnsure: boolean
}

interface Mirrored {
  /** Of the row here, in the state that the mirror is known to have. */
  readonly seq: number
  readonly askedAtMs: number
}

/** Pure: where a document is whose row here stands so. */
export function whereaboutsOf(state: RowState, isMirrored: boolean): Whereabouts {
  if (state === ROW_STATE.parked) return 'refused'
  if (state !== ROW_STATE.clean) return 'node'
  return isMirrored ? 'mirror' : 'headquarters'
}

export class WhereaboutsDesk {
  readonly #parts: WhereaboutsParts
  readonly #stopping = new AbortController()
  readonly #inTurn = oneAtATime()
  readonly #nowMs: () => number
  /** By document, the longest ago asked first. */
  readonly #mirrored = new Map<string, Mirrored>()
  /** The generation of offers for which they are known: a headquarters that was restored has not what it had. */
  #generation: number | undefined
  /** The mirror's term in which they are known: one that was restored or is being rebuilt has not what it had. */
  #term: string | undefined
  #mirror: WhereaboutsResponse['mirror'] = 'unknown'
  /** The contact after which a question failed: the next one shows whether it is worth another. */
  #failedAfter: number | undefined

  constructor(parts: WhereaboutsParts) {
    this.#parts = parts
    this.#nowMs = parts.nowMs ?? (() => performance.now())
  }

  /** @throws OutpostError COLLECTION_UNKNOWN */
  async of(collection: string, ids: readonly string[]): Promise<WhereaboutsAnswer> {
    declarationOf(this.#parts.branch.replica, collection)
    const { deadlineMs = DEADLINE_MS } = this.#parts
    const untilMs = performance.now() + deadlineMs
    if (this.#unsure(collection, ids).length > 0 && this.#mayAsk()) {
      await this.#inTurn(() => this.#ask(collection, ids, untilMs - performance.now()))
    }
    // What was written meanwhile is where it is now.
    const at = Object.fromEntries(this.#look(collection, ids).map((one) => [one.id, one.at]))
    return { at, mirror: this.#mayAsk() ? this.#mirror : 'unknown' }
  }

  /** Ends the question that is under way. */
  stop(): void {
    this.#stopping.abort()
  }

  /** What was asked meanwhile for others need not be asked again. Never rejects. */
  async #ask(collection: string, ids: readonly string[], leftMs: number): Promise<void> {
    const unsure = this.#unsure(collection, ids)
    const contact = this.#parts.contact()
    if (leftMs <= 0 || unsure.length === 0 || !this.#mayAsk()) return
    const { branch, ask, log } = this.#parts
    const generation = branch.recovery.generation()
    const askedAtMs = this.#nowMs()
    const request = { ...branch.standpoint(), collection, ids: unsure.map(({ id }) => id) }
    try {
      const answer = await withDeadline(leftMs, this.#stopping.signal, (own) => ask(request, own.signal))
      this.#failedAfter = undefined
      this.#mirror = answer.mirror
      if (generation !== branch.recovery.generation()) return
      // Nobody has looked: what was known stays.
      if (answer.mirror === 'unknown') return
      if (answer.mirror === 'on' && answer.term !== this.#term) {
        this.#mirrored.clear()
        this.#term = answer.term
      }
      const mirrored = new Set(answer.mirrored)
      for (const { id, seq } of unsure) {
        const key = documentKey({ collection, id })
        this.#mirrored.delete(key)
        if (mirrored.has(id)) this.#remember(key, { seq, askedAtMs })
      }
    } catch (error) {
      this.#failedAfter = contact
      const code = error instanceof OutpostError ? error.code : 'INTERNAL'
      log.debug({ code }, 'headquarters could not be asked what the mirror has')
    }
  }

  #mayAsk(): boolean {
    const contact = this.#parts.contact()
    return contact !== undefined && contact !== this.#failedAfter
  }

  /** Those that are here, each once. */
  #look(collection: string, ids: readonly string[]): Found[] {
    const { replica, recovery } = this.#parts.branch
    const generation = recovery.generation()
    if (generation !== this.#generation) this.#mirrored.clear()
    this.#generation = generation
    const table = replica.store.table(collection)
    return [...new Set(ids)].flatMap((id) => {
      const row = table.row(id)
      if (!row) return []
      const { state, seq } = row
      const known = this.#mirrored.get(documentKey({ collection, id }))
      const isMirrored = known?.seq === seq
      const isFresh = isMirrored && this.#nowMs() - known.askedAtMs < TRUSTED_MS
      return { id, seq, at: whereaboutsOf(state, isMirrored), isUnsure: state === ROW_STATE.clean && !isFresh }
    })
  }

  #unsure(collection: string, ids: readonly string[]): Found[] {
    return this.#look(collection, ids).filter(({ isUnsure }) => isUnsure)
  }

  #remember(key: string, known: Mirrored): void {
    this.#mirrored.set(key, known)
    for (const [oldest] of this.#mirrored) {
      if (this.#mirrored.size <= MAX_REMEMBERED) break
      this.#mirrored.delete(oldest)
    }
  }
}
