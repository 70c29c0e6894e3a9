/** Keeps and reads runs of the reconciliation, so that all its statements are prepared. */
import { withLocalFields } from '../../../adapters/exchange/local-fields.ts'
import { ROW_STATE } from '../../../adapters/sqlite/document-row.ts'
import type { Store } from '../../../adapters/sqlite/store.ts'
import { ReconcileRuns } from '../../../cloud-node/reconcile-runs.ts'
import type { Hlc } from '../../../schemas/brand.ts'
import { eraseDocument } from '../../../schemas/erasure.ts'
import type { DifferenceView } from '../../../schemas/protocol/reconciliation.ts'
import { member } from '../mysql/mirror-fixture.ts'

const WANTED = { mirror: 'outpost', kind: 'all', scope: {}, dryRun: false, fromSeq: 0 } as const
const FIGURES = { documents: 1, rows: 1, different: 1, repaired: 0, open: 1, inFlight: 0, parked: 0 }
const DIFFERENCE: DifferenceView = {
  collection: 'members',
  id: 'm-erased',
  cause: 'changed',
  outcome: 'open',
  rows: [],
}

export function useReconciliation(store: Store): void {
  const runs = new ReconcileRuns(store)
  const { id } = runs.begin(WANTED, 1)
  runs.end(id, { state: 'waiting', figures: FIGURES, differences: [DIFFERENCE] }, 2)
  const { merge } = store.declarations.find(({ name }) => name === 'members')!
  const erased = eraseDocument(merge, member(DIFFERENCE.id), '0mbz1p7k00000001hq' as Hlc)
  store.transaction('test', (write) => {
    store
      .table('members')
      .put(write, withLocalFields(erased, undefined, store.epoch), { state: ROW_STATE.clean, origin: '' })
  })
  runs.end(runs.begin(runs.repeatable(id), 3).id, { state: 'done', figures: FIGURES }, 4)
  runs.open()
  runs.list(1)
  runs.report(id)
  runs.lastBegun('outpost', 'all')
}
