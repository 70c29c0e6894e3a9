/**
 * What others want of a mirror, until it has a turn for it: between two pages, on its own connection and in its own term,
 * so that it meets no page half written. Whoever has given up, or has waited too long, finds nothing done later.
 */
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { FenceOutcome } from './mirror-state.ts'

/** Beyond it nobody waits: MySQL is slow then. */
const MOST_WAITING = 100

/** What a piece of work came to; only `passed` has a result. */
export interface JobStep<T> {
  readonly outcome: FenceOutcome
  readonly result: T
}

export interface JobPatience {
  /** A job that has not begun by then is given up. One that found the mirror's state gone has not. */
  readonly withinMs: number
  /** Gives it up as long as it has not begun. */
  readonly signal?: AbortSignal | undefined
}

interface Job<Turn> {
  /** @returns how it ended at the fence; throws what MySQL throws */
  readonly run: (turn: Turn) => Promise<FenceOutcome>
  readonly reject: (reason: unknown) => void
}

/** `Turn`: what a job is given to work with. */
export class MirrorJobs<Turn> {
  readonly #waiting = new Set<Job<Turn>>()
  readonly #toError: (error: unknown) => unknown

  /** @param toError says what `work` throws as whoever has asked hears it */
  constructor(toError: (error: unknown) => unknown) {
    this.#toError = toError
  }

  /**
   * @throws OutpostError MIRROR_UNAVAILABLE when too many wait, it does not begin in time, or another process takes
   * the mirror meanwhile; the signal's reason; what `work` throws
   */
  ask<T>(work: (turn: Turn) => Promise<JobStep<T>>, { withinMs, signal }: JobPatience): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size >= MOST_WAITING) return reject(unavailable('too much waits for the mirror already'))
      const endsAt = performance.now() + withinMs
      let timer: NodeJS.Timeout | undefined
      const enter = (): void => {
        if (signal?.aborted) return reject(signal.reason as Error)
        timer = setTimeout(late, Math.max(0, endsAt - performance.now()))
        signal?.addEventListener('abort', abort, { once: true })
        this.#waiting.add(job)
      }
      const leave = (): void => {
        this.#waiting.delete(job)
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
      }
      const job: Job<Turn> = {
        run: async (turn) => {
          leave()
          try {
            const { outcome, result } = await work(turn)
            if (outcome === 'passed') resolve(result)
            // Nothing was done. The mirror makes its state anew, and then it can be.
            else if (outcome === 'lost') enter()
            else reject(ended(outcome))
            return outcome
          } catch (error) {
            reject(this.#toError(error))
            throw error
          }
        },
        reject: (reason) => {
          leave()
          reject(reason)
        },
      }
      const abort = (): void => job.reject(signal?.reason)
      const late = (): void =>
        job.reject(
          unavailable(`the mirror is busy and did not get to it within ${withinMs / 1000} s; nothing was done`),
        )
      enter()
    })
  }

  /** Does what waits, one after another. Stops at the first that does not pass. */
  async serve(turn: Turn): Promise<FenceOutcome> {
    for (const job of this.#waiting) {
      const outcome = await job.run(turn)
      if (outcome !== 'passed') return outcome
    }
    return 'passed'
  }

  fail(reason: unknown): void {
    for (const { reject } of this.#waiting) reject(reason)
  }
}

export function ended(how: 'stopped' | 'deposed' | 'paused' | FenceOutcome): OutpostError {
  return unavailable(`the mirror is ${how}`)
}

function unavailable(message: string): OutpostError {
  return new OutpostError('MIRROR_UNAVAILABLE', message)
}
