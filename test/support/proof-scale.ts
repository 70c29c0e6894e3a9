/**
 * How often the proofs by chance run: random histories, kills, cut logs. CI runs a tenth of the count that a claim rests
 * on; `npm run prove:storage` and `npm run prove:sync` run it whole.
 */
const SCALE = Number(process.env['OUTPOST_PROOF_SCALE'] ?? '0.1')
if (!(SCALE > 0)) throw new Error('OUTPOST_PROOF_SCALE must be a positive number')

/** Whether this is the long run: what takes its time by itself is left to it. */
export const isLongRun = SCALE >= 1

/** @param full the count of the long run */
export function proofCount(full: number): number {
  return Math.max(1, Math.round(full * SCALE))
}

/**
 * Of a table of cases by two names, such that each name of either kind stands in one case at least.
 *
 * @param width how many cases stand in a row: those that share the first name
 */
export function proofCases<Case>(cases: readonly Case[], width: number): Case[] {
  if (isLongRun) return [...cases]
  return cases.filter((_, i) => i % width === Math.floor(i / width) % width)
}

/** The deadline of a test that takes `ms` in CI. */
export function proofTimeout(ms: number): number {
  return ms * Math.max(1, 10 * SCALE)
}
