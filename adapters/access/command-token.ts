/**
 * The token by which a node knows the commands of its own machine: made anew at each start, told in the node's file in its
 * data folder. Who may read that file may read the store.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

export class CommandToken {
  readonly text = randomBytes(32).toString('base64url')
  readonly #hash = hashOf(this.text)

  matches(given: string): boolean {
    return timingSafeEqual(hashOf(given), this.#hash)
  }
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
