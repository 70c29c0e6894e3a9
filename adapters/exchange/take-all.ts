/** Takes what was sent in one transaction; where something fails in it, in one for each, so that nothing keeps the rest out. */
import { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { FailedAlone, SentState } from './failed-alone.ts'

export interface TakeAll<Item, Answer> {
  /** One transaction. */
  readonly take: (items: readonly Item[]) => Answer[]
  readonly stateOf: (item: Item) => SentState
  /** Of one whose transaction failed. */
  readonly refuse: (item: Item, error: unknown) => Answer
  readonly failedAlone: FailedAlone
}

/** @throws what is the node's own trouble, or may be no document's fault */
export function takeAll<Item, Answer>(items: readonly Item[], by: TakeAll<Item, Answer>): Answer[] {
  try {
    return by.take(items)
  } catch (failure) {
    if (blameOf(failure) === 'node') throw failure
    const results = items.map((item) => takeOne(item, by))
    const failed = results.filter((result) => 'error' in result)
    // What every document meets may be none's fault, until one has met it again with no other beside it.
    if (failed.length === items.length && failed.every(({ error }) => blameOf(error) === 'nobody')) {
      const again = failed.every(({ item, error }) => by.failedAlone.has(by.stateOf(item), error))
      const [only] = failed.length === 1 ? failed : []
      if (only) by.failedAlone.note(by.stateOf(only.item), only.error)
      if (!again) throw failure
    }
    return results.flatMap((result) => {
      if (!('error' in result)) return result.answers
      const { item, error } = result
      if (blameOf(error) === 'nobody') process.emitWarning(error instanceof Error ? error : String(error))
      return [by.refuse(item, error)]
    })
  }
}

function takeOne<Item, Answer>(
  item: Item,
  { take }: TakeAll<Item, Answer>,
): { readonly answers: Answer[] } | { readonly item: Item; readonly error: unknown } {
  try {
    return { answers: take([item]) }
  } catch (error) {
    if (blameOf(error) === 'node') throw error
    return { item, error }
  }
}

/** The same document would fail again for its own fault; for the node's, such as a full disk, any would. */
export function blameOf(error: unknown): 'document' | 'node' | 'nobody' {
  if (!(error instanceof OutpostError) || error.code === 'INTERNAL') return 'nobody'
  return ERROR_CATALOGUE[error.code].status < 500 && !/^(DISK|STORE)_/.test(error.code) ? 'document' : 'node'
}
