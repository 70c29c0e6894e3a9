/**
 * Does a step for many documents as one transaction. Where one of them makes it fail, each is rehearsed alone to find out
 * which, and the step is done with that one refused: nothing keeps what came with it, or comes behind it, waiting.
 */
import type { Refusal } from '../../schemas/collection.ts'
import { toErrorBody } from '../../schemas/outpost-error.ts'
import type { Store } from '../sqlite/store.ts'
import type { WriteContext } from '../sqlite/document-table.ts'
import type { FailedAlone, SentState } from './failed-alone.ts'
import { blameOf, takeAll } from './take-all.ts'

export interface DespiteFailing<Item, Result> {
  readonly store: Store
  /** The step, one transaction. @param failing which are to be refused, and why */
  readonly all: (failing: ReadonlyMap<Item, Refusal>) => Result
  /** What the step does for an item. It is taken back. */
  readonly one: (write: WriteContext, item: Item) => void
  readonly stateOf: (item: Item) => SentState
  readonly failedAlone: FailedAlone
}

/** @throws what is the node's own trouble, or may be no document's fault */
export function despiteFailing<Item, Result>(items: readonly Item[], by: DespiteFailing<Item, Result>): Result {
  try {
    return by.all(new Map())
  } catch (failure) {
    if (blameOf(failure) === 'node') throw failure
    const failing = new Map<Item, Refusal>()
    takeAll(items, {
      take: (some) => {
        rehearse(by.store, (write) => some.forEach((item) => by.one(write, item)))
        return []
      },
      refuse: (item, error) => {
        const { code, message: reason, field } = toErrorBody(error)
        failing.set(item, { code, reason, ...(field !== undefined && { field }) })
      },
      stateOf: by.stateOf,
      failedAlone: by.failedAlone,
    })
    if (failing.size === 0) throw failure
    return by.all(failing)
  }
}

const REHEARSED = new Error('taken back, as it was only rehearsed')

/** @throws what the transaction throws */
function rehearse(store: Store, work: (write: WriteContext) => void): void {
  try {
    store.transaction('rehearsal', work, () => {
      throw REHEARSED
    })
  } catch (error) {
    if (error !== REHEARSED) throw error
  }
}
