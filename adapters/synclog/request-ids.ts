/** Ids of a branch's requests. One that belongs to a cycle begins with the cycle's, so that both sides can tell. */
import { randomBytes } from 'node:crypto'

export const REQUEST_ID_HEADER = 'x-request-id'

export class CycleIds {
  #cycle = newId()
  #requests = 0

  /** What is asked from now on belongs to another cycle. */
  begin(): void {
    this.#cycle = newId()
    this.#requests = 0
  }

  next(): string {
    this.#requests += 1
    return `${this.#cycle}.${this.#requests}`
  }
}

/** Of a request that belongs to none: a question of its own, or of somebody else. */
export function newRequestId(): string {
  return newId()
}

export function cycleOf(requestId: string): string | undefined {
  return /^([\w-]{12})\.\d{1,9}$/.exec(requestId)?.[1]
}

/** 72 bits, in 12 characters. */
function newId(): string {
  return randomBytes(9).toString('base64url')
}
