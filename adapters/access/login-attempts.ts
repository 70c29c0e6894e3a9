/**
 * Keeps passwords from being guessed: so many failures, and nobody is compared any more until the time is over. A name
 * counts in each network for itself: whoever guesses it from one keeps its owner out of no other. In memory: a restart of
 * the node is no way that a guesser has.
 */
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { countWithin } from './count-within.ts'
import { networkOf, siteOf } from './network-of.ts'

const WINDOW_S = 15 * 60
const FAILURES_PER_NAME_AND_NETWORK = 5
const FAILURES_PER_NETWORK = 20
/** More than one network has, and fewer than a name: who has a site keeps nobody out everywhere. */
const FAILURES_PER_SITE = 60
/** From all networks: for who has many, a password of twelve letters stays out of reach. */
const FAILURES_PER_NAME = 100

export class LoginAttempts {
  readonly #namesByNetwork = limiter(FAILURES_PER_NAME_AND_NETWORK)
  readonly #networks = limiter(FAILURES_PER_NETWORK)
  readonly #sites = limiter(FAILURES_PER_SITE)
  readonly #names = limiter(FAILURES_PER_NAME)
  /** How often what had failed for a name was forgotten: part of what its failures are counted under. */
  readonly #forgotten = new Map<string, number>()

  /**
   * Counts an attempt as failed until it has succeeded, so that many at once are no more than one after another. What is
   * refused by one bound counts for none that follows.
   *
   * @param name as it is compared
   * @throws OutpostError TOO_MANY_REQUESTS
   */
  async begin(name: string, address: string): Promise<void> {
    await count(this.#networks, networkOf(address))
    await count(this.#sites, siteOf(address))
    await count(this.#namesByNetwork, this.#keyOf(name, address))
    await count(this.#names, name)
  }

  async succeed(name: string, address: string): Promise<void> {
    await this.#networks.reward(networkOf(address))
    await this.#sites.reward(siteOf(address))
    await this.#namesByNetwork.delete(this.#keyOf(name, address))
    await this.#names.reward(name)
  }

  /** What has failed for a name counts no more, wherever it came from. */
  async forget(name: string): Promise<void> {
    this.#forgotten.set(name, (this.#forgotten.get(name) ?? 0) + 1)
    await this.#names.delete(name)
  }

  #keyOf(name: string, address: string): string {
    return JSON.stringify([name, networkOf(address), this.#forgotten.get(name) ?? 0])
  }
}

function limiter(points: number): RateLimiterMemory {
  return new RateLimiterMemory({ points, duration: WINDOW_S })
}

const count = (limiter: RateLimiterMemory, key: string) => countWithin(limiter, key, 'too many logins have failed')
