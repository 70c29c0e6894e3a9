/**
 * Which ids the mirror's key columns tell apart. `utf8mb4_bin`, the one binary collation that MySQL and MariaDB share,
 * pads: `a` and `a ` are one key to it. And UTF-8 has no lone half of a surrogate pair: every one arrives as U+FFFD. A
 * document with such an id would overwrite another one's rows, or delete them; so it is parked.
 */
import { createHash } from 'node:crypto'

/** Characters of a key column. */
const KEY_LENGTH = 128
const LONE_SURROGATE = /\p{Surrogate}/u
const LONE_SURROGATES = /\p{Surrogate}/gu
/** Characters that a cut name shows; each takes up to six when it is escaped. */
const SHOWN_LENGTH = 8

/** To follow "the value of x". */
export const HALF_A_PAIR = 'has half a surrogate pair, which MySQL cannot store'

/** Why a text cannot be a key, to follow "the value of x"; `undefined` for one that no other is taken for. */
export function keyRefusal(text: string): string | undefined {
  if (text === '') return 'is missing and belongs to the key'
  if (text.endsWith(' ')) return 'ends with a space and belongs to the key, where MySQL does not see it'
  if (text.length > KEY_LENGTH && [...text].length > KEY_LENGTH)
    return `is longer than ${KEY_LENGTH} characters and belongs to the key`
  return hasLoneSurrogate(text) ? HALF_A_PAIR : undefined
}

export function hasLoneSurrogate(text: string): boolean {
  return LONE_SURROGATE.test(text)
}

export function withoutLoneSurrogates(text: string): string {
  return hasLoneSurrogate(text) ? text.replace(LONE_SURROGATES, '\uFFFD') : text
}

/**
 * A name for every id, in a key column: the id itself where it can be a key, else in quotes and escaped as in JSON, cut
 * and told apart by a hash where that is too long. No two ids have one name, as none that begins with a quote is left so.
 */
export function keyName(id: string): string {
  if (keyRefusal(id) === undefined && !id.startsWith('"')) return id
  const quoted = JSON.stringify(id)
  if (quoted.length <= KEY_LENGTH) return quoted
  const hash = createHash('sha256').update(quoted).digest('hex')
  return `${JSON.stringify([...id].slice(0, SHOWN_LENGTH).join(''))}… sha256:${hash}`
}
