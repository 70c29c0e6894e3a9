/**
 * Keeps passwords and PINs from being guessed: so many failures for one name, or from one address, and nobody is
 * compared any more until the time is over. In memory: a restart of the node is no way that a guesser has.
 */
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { networkOf } from './network-of.ts'

const WINDOW_S = 15 * 60
const FAILURES_PER_NAME = 5
const FAILURES_PER_ADDRESS = 20

export class LoginAttempts {
  readonly #names = new RateLimiterMemory({ points: FAILURES_PER_NAME, duration: WINDOW_S })
  readonly #addresses = new RateLimiterMemory({ points: FAILURES_PER_ADDRESS, duration: WINDOW_S })

  /**
   * Counts an attempt as failed until it has succeeded, so that many at once are no more than one after another.
   *
   * @param name as it is compared
   * @throws OutpostError TOO_MANY_REQUESTS
   */
  async begin(name: string, address: string): Promise<void> {
    await count(this.#addresses, networkOf(address))
    await count(this.#names, name)
  }

  async succeed(name: string, address: string): Promise<void> {
    await this.forget(name)
    await this.#addresses.reward(networkOf(address))
  }

  /** What has failed for a name counts no more. */
  async forget(name: string): Promise<void> {
    await this.#names.delete(name)
  }
}

async function count(limiter: RateLimiterMemory, key: string): Promise<void> {
  const { consumedPoints, msBeforeNext } = await limiter.penalty(key)
  if (consumedPoints <= limiter.points) return
  // The operating system's clock may have been set since.
  const retryAfterS = Math.min(WINDOW_S, Math.max(1, Math.ceil(msBeforeNext / 1000)))
  throw new OutpostError('TOO_MANY_REQUESTS', `too many logins have failed; try again in ${retryAfterS} seconds`, {
    retryAfterS,
  })
}
