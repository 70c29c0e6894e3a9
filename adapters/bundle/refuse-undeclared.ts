/** A bundle stands for all of a store: what this process does not know of the store would be left out of it unseen. */
import { OutpostError } from '../../schemas/outpost-error.ts'
import { REPLICATED_DATABASE } from '../sqlite/layout.ts'
import type { Store } from '../sqlite/store.ts'

/** @throws OutpostError BAD_CONFIGURATION where the store has tables of collections that are not declared */
export function refuseUndeclared(store: Store): void {
  const sql = 'SELECT DISTINCT collection FROM storage_key WHERE database = ?'
  const stored = store.prepare(sql).pluck().all(REPLICATED_DATABASE) as string[]
  const declared = new Set(store.declarations.map(({ name }) => name))
  // RxDB's own bookkeeping is nobody's document.
  const undeclared = stored.filter((name) => !declared.has(name) && !name.startsWith('_'))
  if (undeclared.length === 0) return
  const message = `the store holds ${undeclared.join(', ')}, and nothing declares it here: name the file that the node is started with by --collections`
  throw new OutpostError('BAD_CONFIGURATION', message, { field: 'collections' })
}
