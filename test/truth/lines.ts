/** The lines between PCs and headquarters, which lose, delay and cut what travels, and who hears of it. */
import type { ExchangeClient } from '../../adapters/http/exchange-client.ts'
import { exchangeDeadlineMs } from '../../adapters/http/exchange-limits.ts'
import type { ExchangeKind } from '../../adapters/synclog/exchange-load.ts'
import type { SyncLog } from '../../adapters/synclog/sync-log.ts'
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { HeartbeatRequest, HeartbeatResponse } from '../../schemas/protocol/exchange.ts'
import type { SimulatedBranch } from '../support/simulated-chain.ts'
import type { FakeTime } from './fake-time.ts'

export interface Line {
  isCut: boolean
  /** How long a request, and its answer, is under way. */
  requestMs: number
  answerMs: number
  /** What happens to the next requests, in order. */
  faults: ('lose-request' | 'lose-answer')[]
}

/** Hears of all that travels, at the moment at which it does. */
export interface Witness {
  /** A heartbeat leaves the branch. @returns what is called when headquarters has answered it, and when the branch has heard that */
  greets(at: SimulatedBranch, request: HeartbeatRequest): Greeted
  exchanged(at: SimulatedBranch, kind: ExchangeKind, failure: ErrorCode | undefined): void
  nudged(at: SimulatedBranch, priority: number): void
  /** Headquarters was started. */
  opened(): void
  /** Headquarters' store was copied, and goes on from the copy. */
  copied(): void
  wentBack(): void
}

export interface Greeted {
  answered(answer: HeartbeatResponse): void
  heard(answer: HeartbeatResponse): void
}

export interface LineSurroundings {
  readonly time: FakeTime
  readonly syncLog: SyncLog
  readonly witness: () => Witness
  /** @throws OutpostError where headquarters does not let a branch in */
  readonly admit: (branchId: string) => unknown
  /** What headquarters is told of a heartbeat. */
  readonly sent: (at: SimulatedBranch, request: HeartbeatRequest) => HeartbeatRequest
  readonly onRequest: (at: SimulatedBranch) => void
}

export class Lines {
  readonly #surroundings: LineSurroundings
  readonly #lines = new Map<SimulatedBranch, Line>()
  /** Those that wait for a line on which requests are under way for long. */
  readonly #waiting = new Set<SimulatedBranch>()
  #requests = 0

  constructor(surroundings: LineSurroundings) {
    this.#surroundings = surroundings
  }

  of(at: SimulatedBranch): Line {
    let line = this.#lines.get(at)
    if (!line) this.#lines.set(at, (line = { isCut: false, requestMs: 0, answerMs: 0, faults: [] }))
    return line
  }

  /** Whether a PC waits for time to pass. */
  isWaiting(at: SimulatedBranch): boolean {
    return this.#waiting.has(at)
  }

  /** The client of a PC, over the line that it has then. */
  client(self: () => SimulatedBranch, inner: ExchangeClient): ExchangeClient {
    const over =
      <Request, Answer>(kind: ExchangeKind, ask: (request: Request, signal: AbortSignal) => Promise<Answer>) =>
      (request: Request, signal: AbortSignal): Promise<Answer> =>
        this.#carry(self(), kind, signal, () => ask(request, signal))
    return {
      heartbeat: async (request, signal) => {
        const at = self()
        const greeted = this.#surroundings.witness().greets(at, request)
        const sent = this.#surroundings.sent(at, request)
        const answer = await this.#carry(at, 'heartbeat', signal, async () => {
          const told = await inner.heartbeat(sent, signal)
          greeted.answered(told)
          return told
        })
        greeted.heard(answer)
        return answer
      },
      push: over('push', inner.push),
      pull: over('pull', inner.pull),
      receipts: over('receipts', inner.receipts),
      digests: over('digests', inner.digests),
      stats: over('stats', inner.stats),
    }
  }

  /** One request and its answer, or what became of them. */
  async #carry<Answer>(
    at: SimulatedBranch,
    kind: ExchangeKind,
    signal: AbortSignal,
    ask: () => Promise<Answer>,
  ): Promise<Answer> {
    const { requestMs, answerMs, faults } = this.of(at)
    const fault = faults.shift()
    this.#surroundings.onRequest(at)
    const deadlineMs = exchangeDeadlineMs(5)
    const travel = async (ms: number) => {
      if (ms > 0) await this.#surroundings.time.sleep(ms, signal)
      if (this.of(at).isCut) throw new OutpostError('LINK_FAILED', 'the line is cut')
    }
    const travelling = (async () => {
      await travel(requestMs)
      if (fault === 'lose-request') throw new OutpostError('LINK_FAILED', 'lost on the way')
      const told = await this.#answer(at, kind, ask)
      await travel(answerMs)
      if (fault === 'lose-answer') throw new OutpostError('LINK_FAILED', 'the answer was lost')
      return told()
    })()
    if (requestMs + answerMs === 0) return travelling
    this.#waiting.add(at)
    const over = new AbortController()
    const giveUp = this.#surroundings.time.sleep(deadlineMs, AbortSignal.any([signal, over.signal])).then(() => {
      throw new OutpostError('LINK_FAILED', 'headquarters did not answer in time')
    })
    // Whoever is later is heard by nobody.
    for (const one of [travelling, giveUp]) one.catch(nothing)
    try {
      return await Promise.race([travelling, giveUp])
    } finally {
      over.abort()
      this.#waiting.delete(at)
    }
  }

  /** @returns what the branch is told: an answer, or a refusal */
  async #answer<Answer>(at: SimulatedBranch, kind: ExchangeKind, ask: () => Promise<Answer>): Promise<() => Answer> {
    try {
      this.#surroundings.admit(at.id)
      const answer = await ask()
      this.#note(at, kind, undefined)
      return () => answer
    } catch (error) {
      if (!(error instanceof OutpostError)) throw error
      this.#note(at, kind, error.code)
      return () => {
        throw error
      }
    }
  }

  #note(pc: SimulatedBranch, kind: ExchangeKind, code: ErrorCode | undefined): void {
    this.#requests += 1
    const nothing = { sent: 0, received: 0, bytesSent: 0, bytesReceived: 0, ms: 1 }
    const how = code === undefined ? ({ outcome: 'ok' } as const) : ({ outcome: 'failed', code } as const)
    const { time, syncLog, witness } = this.#surroundings
    const at = new Date(time.nowMs).toISOString()
    const note = { at, branchId: pc.id, kind, ...nothing, ...how, requestId: `r${this.#requests}` }
    syncLog.note(note, { documents: [], delaysMs: [] })
    witness().exchanged(pc, kind, code)
  }
}

function nothing(): void {
  // Nobody hears of it.
}
