/** The claim of all these tests: a store holds exactly what the first operations left, and no acknowledged one is missing. */
import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import { examineStore } from './examine-store.ts'
import type { History } from './history.ts'

/**
 * @param acknowledged how many operations were
 * @param issued how many may have been begun
 * @returns how many operations the store holds
 */
export async function expectPrefix(
  file: string,
  history: History,
  acknowledged: number,
  issued: number,
): Promise<number> {
  const content = await examineStore(file)
  // An operation that only cleans up leaves the head where it was.
  const counts = [...history.heads.keys()].filter((count) => history.heads[count] === content.head)
  expect(counts, `head ${content.head} is at the end of an operation`).not.toEqual([])
  const equal = counts.filter((count) => isDeepStrictEqual(history.stateAfter(count).content(), content))
  if (equal.length === 0) expect(content).toEqual(history.stateAfter(counts[0]!).content())
  const held = equal.find((count) => count >= acknowledged)
  expect(held, `all of ${acknowledged} acknowledged operations are there, not only ${equal.at(-1)}`).toBeDefined()
  expect(held, 'nothing is there that was not issued').toBeLessThanOrEqual(issued)
  return held!
}
