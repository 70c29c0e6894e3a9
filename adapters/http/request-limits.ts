/**
 * How much may be asked: by an address before it is known who asks, and by whoever is known. In memory, in windows of
 * fixed length; a busy branch stays far below, a guesser does not.
 */
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { countWithin, tooMany } from '../access/count-within.ts'
import { networkOf } from '../access/network-of.ts'

/** Requests of one address that proved nothing, or proved something wrong, in a minute. */
const UNKNOWN_PER_MINUTE = 600
const REFUSED_PER_MINUTE = 120
/** Requests of one key, session, device or program in ten seconds. A branch makes some 50 a second at most. */
const KNOWN_PER_TEN_SECONDS = 3000
/** Open at once. A device has some seven for each of its tabs that leads, and connections are bounded for all together. */
const STREAMS_OF_ONE = 32
const STREAM_RETRY_MS = 10_000

export class RequestLimits {
  readonly #unknown = new RateLimiterMemory({ points: UNKNOWN_PER_MINUTE, duration: 60 })
  readonly #refused = new RateLimiterMemory({ points: REFUSED_PER_MINUTE, duration: 60 })
  readonly #streams = new Map<string, number>()
  readonly #known = new RateLimiterMemory({ points: KNOWN_PER_TEN_SECONDS, duration: 10 })

  /** Of an address from which too much was shown that did not hold. @throws OutpostError TOO_MANY_REQUESTS */
  async refuseGuesser(address: string): Promise<void> {
    const state = await this.#refused.get(networkOf(address))
    if (state && state.consumedPoints > REFUSED_PER_MINUTE) throw tooMany(TOO_MUCH, state.msBeforeNext, 60)
  }

  /** What was shown did not hold. */
  async noteRefused(address: string): Promise<void> {
    await this.#refused.penalty(networkOf(address))
  }

  /** @throws OutpostError TOO_MANY_REQUESTS */
  async countUnknown(address: string): Promise<void> {
    await countWithin(this.#unknown, networkOf(address), TOO_MUCH)
  }

  /** @returns what is called when the stream is over; throws OutpostError TOO_MANY_REQUESTS */
  countStream(who: string): () => void {
    const open = this.#streams.get(who) ?? 0
    if (open >= STREAMS_OF_ONE) throw tooMany(TOO_MUCH, STREAM_RETRY_MS, 60)
    this.#streams.set(who, open + 1)
    return () => {
      const left = this.#streams.get(who)! - 1
      if (left > 0) this.#streams.set(who, left)
      else this.#streams.delete(who)
    }
  }

  /** @throws OutpostError TOO_MANY_REQUESTS */
  async countKnown(who: string): Promise<void> {
    await countWithin(this.#known, who, TOO_MUCH)
  }
}

const TOO_MUCH = 'too much was asked'
