/**
 * Whether an id can end a range that the store and MySQL both cut. The store orders ids by UTF-16 code units, MySQL's
 * `utf8mb4_bin` by code points and as if spaces followed each; the two differ in characters outside the Basic Multilingual Plane and in
 * control characters. Beside an id of printable ASCII, without a space at its end, every other one stands on the same
 * side for both, or MySQL has it earlier: then it is cleared with the range before and written with its own.
 */
const PLAIN = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/

export function isRangeEnd(id: string): boolean {
  return PLAIN.test(id)
}
