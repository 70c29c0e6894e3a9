/**
 * How far documents of this branch have come: by its own store, and where it holds them as headquarters has accepted them,
 * by a question whether the mirror has them too. What the mirror has once had is not asked again.
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
}

/** Whoever asks waits no longer for headquarters, ms. */
const DEADLINE_MS = 3000
/** Documents of which it is remembered that the mirror has them; some 2 MB. */
const MAX_REMEMBERED = 20_000

interface Found {
  readonly id: string
  readonly seq: number
  readonly at: Whereabouts
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
  /** By document: the seq of its row here in the state that the mirror is known to have. The longest known first. */
  readonly #mirrored = new Map<string, number>()
  /** The generation of offers for which they are known: a headquarters that was restored has not what it had. */
  #generation: number | undefined
  #mirror: WhereaboutsResponse['mirror'] = 'unknown'
  /** The contact after which a question failed: the next one shows whether it is worth another. */
  #failedAfter: number | undefined

  constructor(parts: WhereaboutsParts) {
    this.#parts = parts
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
    const request = { ...branch.standpoint(), collection, ids: unsure.map(({ id }) => id) }
    try {
      const answer = await withDeadline(leftMs, this.#stopping.signal, (own) => ask(request, own.signal))
      this.#failedAfter = undefined
      this.#mirror = answer.mirror
      if (generation !== branch.recovery.generation()) return
      const mirrored = new Set(answer.mirrored)
      for (const { id, seq } of unsure) if (mirrored.has(id)) this.#remember(documentKey({ collection, id }), seq)
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
      const isMirrored = this.#mirrored.get(documentKey({ collection, id })) === seq
      return { id, seq, at: whereaboutsOf(state, isMirrored) }
    })
  }

  /** Those that headquarters has accepted, and of which it is not known that the mirror has them. */
  #unsure(collection: string, ids: readonly string[]): Found[] {
    return this.#look(collection, ids).filter(({ at }) => at === 'headquarters')
  }

  #remember(key: string, seq: number): void {
    this.#mirrored.delete(key)
    this.#mirrored.set(key, seq)
    for (const [oldest] of this.#mirrored) {
      if (this.#mirrored.size <= MAX_REMEMBERED) break
      this.#mirrored.delete(oldest)
    }
  }
}
