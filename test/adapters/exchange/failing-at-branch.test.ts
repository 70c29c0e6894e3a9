/** Documents that a branch fails at when headquarters sends them, or answers with them, and a refusal that is taken back. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ROW_STATE } from '../../../adapters/sqlite/document-row.ts'
import { openNorthernChain } from '../../support/northern-chain.ts'
import { testOrder } from '../../support/real-chain.ts'
import type { SimulatedBranch, SimulatedChain } from '../../support/simulated-chain.ts'

const CYCLES = 6
let chain: SimulatedChain
let north: SimulatedBranch
let close: () => void
let failing: Set<string>

beforeEach(async () => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  ;({ chain, north, close } = openNorthernChain())
  failing = new Set()
  north.branch.replica.store.derive((_write, changes) => {
    for (const { doc } of changes)
      if (failing.has(doc['id'] as string)) throw new TypeError('cannot read what is not there')
  })
  await north.cycle.run()
})

afterEach(() => {
  close()
  vi.restoreAllMocks()
})

async function cycles(): Promise<void> {
  for (let i = 0; i < CYCLES; i++) await north.cycle.run()
}

const here = (collection: string, id: string) => north.branch.replica.store.table(collection).get(id)

describe('a document that a branch fails at, for a reason that nobody has foreseen', () => {
  it('does not keep what headquarters has beside it, and of lower classes, from the branch, and both sides say so', async () => {
    failing.add('bad')
    chain.writeAtCloud('orders', testOrder('bad', 'north'))
    for (const id of ['o1', 'o2']) chain.writeAtCloud('orders', testOrder(id, 'north'))
    chain.writeAtCloud('products', { id: 'p1', name: 'Tea', price: 100, currency: 'CNY' })
    await cycles()
    expect([here('orders', 'o1'), here('orders', 'o2'), here('products', 'p1')]).not.toContain(undefined)
    expect(here('orders', 'bad')).toBeUndefined()
    const exception = { direction: 'pull', id: 'bad', code: 'INTERNAL', tries: 3 }
    expect(north.branch.exceptions.list()).toMatchObject([exception])
    expect(chain.cloud.exceptions.list()).toMatchObject([{ direction: 'pull', id: 'bad' }])
    expect(north.cycle.status().lastError).toBeUndefined()
  })

  it('ends among the exceptions also where nothing comes with it', async () => {
    failing.add('bad')
    chain.writeAtCloud('orders', testOrder('bad', 'north'))
    await cycles()
    expect(north.branch.exceptions.list()).toMatchObject([{ id: 'bad', tries: 3 }])
    chain.writeAtCloud('orders', testOrder('o1', 'north'))
    await cycles()
    expect(here('orders', 'o1')).toBeDefined()
  })

  it('and its answer does not keep the others of its batch from being settled', async () => {
    chain.writeAtCloud('orders', testOrder('bad', 'north'))
    await north.cycle.run()
    // Both sides change it: the answer is the merge.
    chain.write(north, 'orders', { id: 'bad', note: 'at the branch' })
    for (const id of ['o1', 'o2']) chain.write(north, 'orders', testOrder(id, 'north'))
    const batch = north.branch.nextBatch(80, 10)!
    chain.writeAtCloud('orders', { id: 'bad', payment: 'card' })
    const answer = chain.cloud.push('north', { ...north.branch.standpoint(), ...batch })
    expect(answer.outcomes.map(({ outcome }) => outcome)).toEqual(['merged', 'applied', 'applied'])
    failing.add('bad')
    north.branch.settle(batch, answer, Date.now())
    expect(north.branch.exceptions.list()).toMatchObject([{ direction: 'push', id: 'bad', code: 'INTERNAL', tries: 1 }])
    expect(north.branch.backlog()).toMatchObject({ documents: 1 })
    failing.clear()
    await cycles()
    expect(north.branch.backlog().documents).toBe(0)
    expect(north.branch.exceptions.list()).toEqual([])
    expect(here('orders', 'bad')).toMatchObject({ note: 'at the branch', payment: 'card' })
  })

  it('is not blamed where every document fails: then it is the node', async () => {
    failing = new Set(['o1', 'o2', 'o3'])
    for (const id of failing) chain.writeAtCloud('orders', testOrder(id, 'north'))
    await north.cycle.run()
    expect(north.branch.exceptions.list()).toEqual([])
    expect(north.cycle.status().lastError).toMatchObject({ code: 'INTERNAL' })
    failing.clear()
    await north.cycle.run()
    expect([here('orders', 'o1'), here('orders', 'o3')]).not.toContain(undefined)
  })
})

it('a document that was parked and then taken, since an earlier answer came by another way, is parked no more', async () => {
  chain.write(north, 'orders', testOrder('o1', 'north'))
  const { branch } = north
  const batch = branch.nextBatch(80, 10)!
  const taken = chain.cloud.push('north', { ...branch.standpoint(), ...batch })
  const [{ collection, id, seq }] = taken.outcomes as [(typeof taken.outcomes)[number]]
  const refused = {
    collection,
    id,
    seq,
    outcome: 'rejected',
    code: 'DOCUMENT_INVALID',
    reason: 'said by an old version',
  } as const
  for (let tries = 0; tries < 3; tries++) branch.settle(batch, { ...taken, outcomes: [refused] }, Date.now())
  expect(branch.replica.store.table('orders').row('o1')!.state).toBe(ROW_STATE.parked)
  branch.settle(batch, taken, Date.now())
  expect(branch.replica.store.table('orders').row('o1')!.state).toBe(ROW_STATE.clean)
  await north.cycle.run()
  expect(north.cycle.status().verdict).toMatchObject({ state: 'in-sync' })
})
