/** Takes out of a failing history whatever it fails without: halves, then operations, then rows and queries. */
import type { History, Operation } from './random-history.ts'

const MAX_TRIES = 400

export async function shrinkHistory(history: History, fails: (history: History) => Promise<boolean>): Promise<History> {
  let smallest = history
  let tries = 0
  const accept = async (operations: readonly Operation[]): Promise<boolean> => {
    if (tries >= MAX_TRIES) return false
    tries += 1
    const candidate = { ...smallest, operations }
    if (!(await fails(candidate))) return false
    smallest = candidate
    return true
  }
  for (let size = Math.ceil(history.operations.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = smallest.operations.length - size; at >= 0; at--) {
      await accept(smallest.operations.toSpliced(at, size))
    }
  }
  for (let at = 0; at < smallest.operations.length; at++) {
    for (let smaller = smallerOperations(smallest.operations[at]!); smaller.length > 0;) {
      if (await accept(smallest.operations.with(at, smaller.shift()!)))
        smaller = smallerOperations(smallest.operations[at]!)
    }
  }
  return smallest
}

/** An operation with one part less, in each way. */
function smallerOperations(operation: Operation): Operation[] {
  if (operation.do === 'query') {
    if (operation.queries.length < 2) return []
    return operation.queries.map((_, i) => ({ ...operation, queries: operation.queries.toSpliced(i, 1) }))
  }
  if (operation.do !== 'write') return []
  const { calls } = operation
  return calls.flatMap((rows, call) => {
    const fewer = calls.length > 1 ? [calls.toSpliced(call, 1)] : []
    if (rows.length > 1) fewer.push(...rows.map((_, row) => calls.with(call, rows.toSpliced(row, 1))))
    return fewer.map((smaller) => ({ ...operation, calls: smaller }))
  })
}
