/** What a branch's store still has to send, as its status and its heartbeats say it. */
import { collectionsByClass } from '../../schemas/collection.ts'
import type { Figures } from '../../schemas/protocol/exchange.ts'
import type { Backlog } from '../../schemas/protocol/status.ts'
import { ROW_STATE } from '../sqlite/document-row.ts'
import type { Store } from '../sqlite/store.ts'

/**
 * Of some collections together; what is parked waits for a person and does not count.
 *
 * @param nowMs a clock that was wrong when something became pending may have been ahead of it
 */
export function backlogOf(store: Store, collections: readonly string[], nowMs = Number.POSITIVE_INFINITY): Backlog {
  let documents = 0
  let oldest = Number.POSITIVE_INFINITY
  for (const name of collections) {
    for (const state of [ROW_STATE.dirty, ROW_STATE.retry]) {
      const { count, oldestSince } = store.table(name).countInState(state)
      documents += count
      oldest = Math.min(oldest, oldestSince ?? oldest)
    }
  }
  return { documents, ...(documents > 0 && { oldestSince: new Date(Math.min(oldest, nowMs)).toISOString() }) }
}

/** By class, highest first; classes of which nothing waits are left out. */
export function classBacklogs(store: Store, nowMs?: number): Figures['classes'] {
  return [...collectionsByClass(store.declarations)].flatMap(([syncClass, declarations]) => {
    const { documents, oldestSince } = backlogOf(
      store,
      declarations.map(({ name }) => name),
      nowMs,
    )
    if (documents === 0) return []
    return { class: syncClass, documents, ...(oldestSince !== undefined && { oldestSince }) }
  })
}
