/**
 * Looks at JSON in bytes before anything is made of it: a few megabytes of brackets cost seconds and hundreds of megabytes
 * to parse, and the limits would be looked at only then.
 */
import type { JsonExcess, JsonLimits } from '../../schemas/json-limits.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/**
 * Finds nothing in JSON that keeps to the limits, and says nothing of bytes that are none. Of what passes at most twice as
 * many values are made as may be: what an empty container has before and behind it is counted for one of the two only.
 */
export function scanJson(
  bytes: Buffer,
  { levels, values }: JsonLimits,
): Extract<JsonExcess, 'levels' | 'values'> | undefined {
  let depth = 0
  let containers = 0
  let commas = 0
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        at++
        while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
        break
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        if (++depth > levels) return 'levels'
        if (++containers > values) return 'values'
        break
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--
        break
      case COMMA:
        // Before it is a value, and after it another.
        if (++commas >= values) return 'values'
        break
    }
  }
  return undefined
}
