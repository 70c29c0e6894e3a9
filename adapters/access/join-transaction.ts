/** For what is written on its own or together with something else. */
import type { Store } from '../sqlite/store.ts'

/** Runs `work` in the transaction that is open, or in one of its own. */
export function joinTransaction<T>(store: Store, context: string, work: () => T): T {
  return store.prepare('BEGIN IMMEDIATE').database.inTransaction ? work() : store.transaction(context, work)
}
