/**
 * The token by which a node knows the commands of its own machine: made anew at each start, told in the node's file in its
 * data folder. Who may read that file may read the store.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { sha256 } from './sha256.ts'

export class CommandToken {
  readonly text = randomBytes(32).toString('base64url')
  readonly #hash = hashOf(this.text)

  matches(given: string): boolean {
    return timingSafeEqual(hashOf(given), this.#hash)
  }
}

function hashOf(text: string): Buffer {
  return Buffer.from(sha256(text))
}
