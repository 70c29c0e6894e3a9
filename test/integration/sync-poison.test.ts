/** One document that headquarters refuses, in the middle of a thousand. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { callNode } from '../../adapters/cli/node-client.ts'
import { withLocalFields } from '../../adapters/exchange/local-fields.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { PushRequest, PushResponse } from '../../schemas/protocol/exchange.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import type { Exchange } from '../support/fault-proxy.ts'
import { programAt } from '../support/paired-program.ts'
import { healed, RealChain, testOrder, type RealBranch } from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'

const ORDERS = 1000
const POISON = 'o500'

let chain: RealChain

beforeAll(async () => {
  chain = await RealChain.start()
})

afterAll(async () => {
  await chain.stop()
})

it('lets 999 of 1,000 orders pass a poison document with at most one exchange more, and the one once it is corrected', async () => {
  const branch = await chain.addBranch('b1')
  await chain.level()
  const { link } = branch
  link.cut()
  const ids = Array.from({ length: ORDERS }, (_, i) => `o${i}`)
  const rows = ids.map((id) => ({ newDocumentState: { ...testOrder(id, 'b1'), _deleted: false } }))
  await callNode(await programAt(branch.node), 'POST', '/orders/1/push', rows)
  await branch.node.stop()
  poison(branch)
  const from = link.seen.length
  link.restore()
  await branch.restart()

  const parked = await statusWhere<BranchNodeStatus>(
    branch.node,
    ({ exceptions, backlog }) => exceptions === 1 && backlog.documents === 0,
  )
  expect(parked.collections['orders']!.backlog.documents).toBe(0)
  const pushes = link.seen.slice(from).filter(({ path, answered }) => path.endsWith('/push') && answered)
  const { arrived, withNothingFresh } = untilArrived(pushes)
  expect(arrived.size).toBe(ORDERS - 1)
  expect(withNothingFresh).toBeLessThanOrEqual(1)

  const { exceptions: told } = await branch.node.get<{ exceptions: Record<string, unknown>[] }>('/api/exceptions')
  const [exception] = told
  expect(exception).toMatchObject({ collection: 'orders', documentId: POISON, code: 'DOCUMENT_INVALID', tries: 3 })
  expect(exception!['field']).toBe('total')
  expect(exception!['reason']).toMatch(/integer/)
  await expect(chain.cloud.get(`/api/documents/orders/${POISON}`)).rejects.toMatchObject({ code: 'DOCUMENT_UNKNOWN' })

  await branch.node.post('/api/documents/orders', { id: POISON, total: 2400 })
  await healed(branch)
  expect(await branch.node.get('/api/exceptions')).toEqual({ exceptions: [] })
  const acknowledged = ids.map((id) => ({ collection: 'orders', id, fields: { total: 2400 } }))
  await chain.level()
  expect(await chain.violations({ acknowledged })).toEqual([])
})

/** As an older version or a bug may have left it: nothing of today would have written it. */
function poison({ node }: RealBranch): void {
  const store = new Store({ file: join(node.dataDir, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: true })
  const table = store.table('orders')
  const doc = { ...table.get(POISON), total: 'a lot' }
  store.transaction('test', (write) =>
    table.put(write, withLocalFields(doc, table.get(POISON), store.epoch), { state: store.pendingState, origin: '' }),
  )
  store.close()
}

/** Until all but the poison have arrived: what did, and the exchanges that carried only what had been sent before. */
function untilArrived(pushes: readonly Exchange[]): { arrived: Set<string>; withNothingFresh: number } {
  const sent = new Set<string>()
  const arrived = new Set<string>()
  let withNothingFresh = 0
  for (const exchange of pushes) {
    if (arrived.size === ORDERS - 1) break
    const ids = (exchange.request() as PushRequest).documents.map(({ document }) => document['id'] as string)
    if (ids.every((id) => sent.has(id))) withNothingFresh += 1
    for (const id of ids) sent.add(id)
    for (const { id, outcome } of (exchange.answer() as PushResponse).outcomes) {
      if (outcome !== 'rejected') arrived.add(id)
    }
  }
  return { arrived, withNothingFresh }
}
