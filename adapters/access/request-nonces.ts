/**
 * The numbers that requests are signed over, and the memory of those that came. A number is good for one to two slots, and
 * what was signed over it is remembered as long: so a recorded request is refused while its number lives as a repeat, and
 * later as too old. Nothing is kept over a restart, since no number is either.
 */
import { randomBytes } from 'node:crypto'
import { OutpostError } from '../../schemas/outpost-error.ts'

interface Slot {
  readonly nonce: string
  readonly beganMs: number
  /** Which key signed what. */
  readonly seen: Set<string>
}

const SLOT_MS = 60_000
/** Of one slot; with more a new one begins early. */
const MOST_REQUESTS = 200_000

export class RequestNonces {
  readonly #nowMs: () => number
  readonly #mostRequests: number
  #current: Slot
  #previous: Slot | undefined

  /** @param nowMs any clock that never goes back */
  constructor(nowMs: () => number = () => performance.now(), mostRequests = MOST_REQUESTS) {
    this.#nowMs = nowMs
    this.#mostRequests = mostRequests
    this.#current = this.#newSlot()
  }

  /** The number that the next request is to be signed over. */
  current(): string {
    const nowMs = this.#nowMs()
    const ageMs = nowMs - this.#current.beganMs
    if (ageMs >= SLOT_MS || this.#current.seen.size >= this.#mostRequests) {
      this.#previous = ageMs < 2 * SLOT_MS ? this.#current : undefined
      this.#current = this.#newSlot()
    }
    return this.#current.nonce
  }

  /** @throws OutpostError NONCE_NEEDED, REPLAYED */
  use(nonce: string, keyId: string, jti: string): void {
    this.current()
    const slot = [this.#current, this.#previous].find((one) => one?.nonce === nonce)
    if (!slot) throw new OutpostError('NONCE_NEEDED', 'the request is signed over no number that is still good')
    const request = `${keyId}.${jti}`
    if (slot.seen.has(request)) throw new OutpostError('REPLAYED', 'this request has come before')
    slot.seen.add(request)
  }

  #newSlot(): Slot {
    return { nonce: randomBytes(16).toString('base64url'), beganMs: this.#nowMs(), seen: new Set() }
  }
}
