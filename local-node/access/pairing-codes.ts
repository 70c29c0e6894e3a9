/**
 * Codes with which a device proves that somebody who may decide wants it here. They live in memory: a restart ends them,
 * which costs a new code.
 */
import { inGroups, parseCrockford, randomCrockford } from '../../adapters/access/crockford.ts'
import { networkOf } from '../../adapters/access/network-of.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'

const LENGTH = 8
const GROUP = 4
const LIFE_MS = 10 * 60_000
const MOST_OPEN = 5
/** Of one network, so that nobody keeps others from pairing. */
const MOST_WRONG = 5
/** Of all: beyond it, the first wrong one of a network is its last. */
const MANY_WRONG = 300
const WRONG_WITHIN_MS = 60_000

export class PairingCodes {
  readonly #nowMs: () => number
  /** When each ends, ms, oldest first. */
  readonly #open = new Map<string, number>()
  #wrong: { readonly network: string; readonly atMs: number }[] = []

  /** @param nowMs any clock; one that is set ahead ends codes early */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Where too many are open, the oldest ends. */
  issue(): { code: string; expiresMs: number } {
    this.#forget()
    if (this.#open.size >= MOST_OPEN) this.#open.delete(this.#open.keys().next().value!)
    const code = randomCrockford(LENGTH)
    const expiresMs = this.#nowMs() + LIFE_MS
    this.#open.set(code, expiresMs)
    return { code: inGroups(code, GROUP), expiresMs }
  }

  /**
   * Checks a code and leaves it open.
   *
   * @param typed as somebody typed it
   * @param address where they are
   * @throws OutpostError PAIRING_CODE, TOO_MANY_REQUESTS
   */
  check(typed: string, address: string): void {
    this.#forget()
    const network = networkOf(address)
    const most = this.#wrong.length < MANY_WRONG ? MOST_WRONG : 1
    if (this.#wrong.filter((wrong) => wrong.network === network).length >= most) {
      throw new OutpostError('TOO_MANY_REQUESTS', 'too many wrong pairing codes: try again in a minute', {
        retryAfterS: WRONG_WITHIN_MS / 1000,
      })
    }
    if (this.#open.has(parseCrockford(typed) ?? '')) return
    this.#wrong.push({ network, atMs: this.#nowMs() })
    throw new OutpostError('PAIRING_CODE', 'this pairing code is not open', { field: 'code' })
  }

  /** Checks a code, and ends it once what it is for is done. @throws OutpostError PAIRING_CODE, TOO_MANY_REQUESTS */
  use<T>(typed: string, address: string, work: () => T): T {
    this.check(typed, address)
    const done = work()
    this.#open.delete(parseCrockford(typed) ?? '')
    return done
  }

  #forget(): void {
    const nowMs = this.#nowMs()
    for (const [code, expiresMs] of this.#open) if (expiresMs <= nowMs) this.#open.delete(code)
    this.#wrong = this.#wrong.filter(({ atMs }) => Math.abs(nowMs - atMs) < WRONG_WITHIN_MS)
  }
}
