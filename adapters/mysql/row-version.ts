/**
 * `ver` of a mirrored row, BIGINT UNSIGNED: the writer's term in the upper 23 bits, the document's seq in the lower 40,
 * so it stays below 2^63. Later terms win over earlier ones, within a term the later commit wins.
 *
 * 40 bits are 10^12 commits (1000 a second for 35 years), 23 bits are 8 million terms (a start a minute for 16 years).
 * As decimal text, because it exceeds what a JavaScript number holds exactly; so SQL compares it with
 * `CAST(? AS UNSIGNED)`, as a plain text parameter would make the comparison one of doubles.
 */
const SEQ_BITS = 40n
const MAX_SEQ = 2 ** 40 - 1
const MAX_TERM = 2 ** 23 - 1

/** @throws RangeError when term or seq do not fit, before a row could get a version that compares wrongly */
export function rowVersion(term: number, seq: number): string {
  if (!isWithin(term, MAX_TERM) || !isWithin(seq, MAX_SEQ)) throw new RangeError(`no row version for ${term}, ${seq}`)
  return ((BigInt(term) << SEQ_BITS) | BigInt(seq)).toString()
}

export function termOfVersion(version: string): number {
  return Number(BigInt(version) >> SEQ_BITS)
}

/** @param version as decimal text */
export function seqOfVersion(version: string): number {
  return Number(BigInt(version) & BigInt(MAX_SEQ))
}

function isWithin(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max
}
