/** A comparison of a large store: whoever else needs the branch's node has a turn in between. */
import { expect, it, vi } from 'vitest'
import { withLocalFields } from '../../../adapters/exchange/local-fields.ts'
import { repair } from '../../../adapters/exchange/repair.ts'
import { ROW_STATE } from '../../../adapters/sqlite/document-row.ts'
import { introduceBranch } from '../../support/introduce-branch.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { SimulatedChain } from '../../support/simulated-chain.ts'

const COUNT = 5000

it('lets others have a turn after every few hundred documents', async () => {
  const folder = temporaryFolder()
  const chain = new SimulatedChain(folder.path, ['north'])
  const { branch } = chain.branches[0]!
  const { store } = branch.replica
  const docs = Array.from({ length: COUNT }, (_, i) => {
    const facts = { id: `n${i}`, branchId: 'north', number: `${i}`, placedAt: '2026-03-01T10:00:00.000Z' }
    const content = { status: 'paid', round: 1, lines: [], total: 100, currency: 'CNY' }
    return withLocalFields({ ...facts, ...content }, undefined, store.epoch)
  })
  store.transaction('test', (write) => {
    store.table('orders').insertNew(write, docs, { state: ROW_STATE.clean, origin: 'cloud' })
  })
  introduceBranch(chain.cloud, 'north', branch.standpoint().head)
  const transactions = vi.spyOn(store, 'transaction')
  let turns = 0
  let isOver = false
  const take = (): void => {
    turns += 1
    if (!isOver) setImmediate(take)
  }
  setImmediate(take)
  // The answers come at once, so that every turn is one that the comparison leaves.
  const found = await repair(
    branch,
    async (request) => chain.cloud.digests('north', request),
    new AbortController().signal,
  )
  isOver = true
  expect(found).toMatchObject({ offered: COUNT })
  // Two while it reads, the others while it notes what differs.
  expect(turns).toBeGreaterThanOrEqual(2 + COUNT / 500)
  expect(transactions.mock.calls.filter(([name]) => name === 'repair')).toHaveLength(1 + COUNT / 500)
  chain.close()
  folder.remove()
})
