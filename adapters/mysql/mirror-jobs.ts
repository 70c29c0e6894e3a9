/**
 * What others want of a mirror, until it has a turn for it: between two pages, on its own connection and in its own term,
 * so that it meets no page half written.
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

interface Job<Turn> {
  /** @returns how it ended at the fence; throws what MySQL throws */
  readonly run: (turn: Turn) => Promise<FenceOutcome>
  readonly reject: (reason: unknown) => void
}

/** `Turn`: what a job is given to work with. */
export class MirrorJobs<Turn> {
  #waiting: Job<Turn>[] = []

  /**
   * @throws OutpostError MIRROR_UNAVAILABLE when too many wait, or the mirror loses its place meanwhile; what `work`
   * throws, as `toError` says it
   */
  ask<T>(work: (turn: Turn) => Promise<JobStep<T>>, toError: (error: unknown) => unknown): Promise<T> {
    if (this.#waiting.length >= MOST_WAITING) {
      return Promise.reject(new OutpostError('MIRROR_UNAVAILABLE', 'too much waits for the mirror already'))
    }
    return new Promise((resolve, reject) => {
      const run = async (turn: Turn): Promise<FenceOutcome> => {
        try {
          const { outcome, result } = await work(turn)
          if (outcome === 'passed') resolve(result)
          else reject(ended(outcome))
          return outcome
        } catch (error) {
          reject(toError(error))
          throw error
        }
      }
      this.#waiting.push({ run, reject })
    })
  }

  /** Does what waits, one after another. Stops at the first that does not pass. */
  async serve(turn: Turn): Promise<FenceOutcome> {
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) {
      const outcome = await job.run(turn)
      if (outcome !== 'passed') return outcome
    }
    return 'passed'
  }

  fail(reason: unknown): void {
    for (const { reject } of this.#waiting) reject(reason)
    this.#waiting = []
  }
}

export function ended(how: 'stopped' | 'deposed' | 'paused' | FenceOutcome): OutpostError {
  return new OutpostError('MIRROR_UNAVAILABLE', `the mirror is ${how}`)
}
