/** A chain whose nodes get the program with the newer schemas one after the other. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SHARED_SCOPE } from '../../../schemas/brand.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { Doc } from '../../../schemas/json.ts'
import { COLLECTIONS_0 } from '../../schemas/earlier-collections.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { testOrder } from '../../support/real-chain.ts'
import { SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

let folder: { path: string; remove: () => void }
let chain: SimulatedChain
let north: SimulatedBranch

beforeEach(async () => {
  folder = temporaryFolder()
  chain = new SimulatedChain(folder.path, ['north'], undefined, COLLECTIONS_0)
  north = chain.branches[0]!
  // What both hold, what only headquarters has, and what only the branch has, from before.
  chain.write(north, 'members', member('both'))
  await chain.heal()
  chain.write(north, 'members', { id: 'r-both', tags: ['regular'] })
  chain.write(north, 'members', member('branch'))
  chain.writeAtCloud('members', member('cloud'))
  chain.writeAtCloud('members', { id: 'r-both', note: 'of headquarters' })
  chain.write(north, 'orders', testOrder('o1', 'north'))
})

afterEach(() => {
  chain.close()
  folder.remove()
})

function member(name: string): Doc {
  const lists = { tags: [name], registrations: [], aliases: [] }
  return { id: `r-${name}`, scope: SHARED_SCOPE, generation: 0, name, ...lists, _deleted: false }
}

const upgrades = {
  headquarters: () => chain.restartCloud(),
  branch: () => chain.restart(north),
}

describe.each([
  ['headquarters', 'branch'],
  ['branch', 'headquarters'],
] as const)('the newer program, first at %s, then at the other side', (first, second) => {
  it('is waited for, while the branch goes on, and then everything arrives and agrees', async () => {
    chain.declarations = COLLECTIONS
    await upgrades[first]()
    await north.cycle.run()
    expect(north.cycle.status().lastError).toMatchObject({ code: 'PROTOCOL_OUTDATED' })
    const meanwhile = { ...member('meanwhile'), ...(first === 'branch' && { followUps: [] }) }
    chain.write(north, 'members', meanwhile)
    chain.write(north, 'members', { id: 'r-branch', note: 'changed meanwhile' })
    expect(chain.cloud.replica.store.table('members').get('r-meanwhile')).toBeUndefined()

    await upgrades[second]()
    const pending = north.branch.replica.store
      .table('members')
      .rowsInState(1, 9)
      .rows.map(({ id }) => id)
    expect(pending.toSorted()).toEqual(['r-both', 'r-branch', 'r-meanwhile'])
    await chain.heal()
    for (const { store } of [north.branch.replica, chain.cloud.replica]) {
      expect(store.table('orders').get('o1')).toMatchObject({ status: 'paid', moves: [] })
      const table = store.table('members')
      expect(table.get('r-both')).toMatchObject({ tags: ['regular'], note: 'of headquarters', followUps: [] })
      expect(table.get('r-branch')).toMatchObject({ note: 'changed meanwhile', followUps: [] })
      for (const id of ['r-cloud', 'r-meanwhile']) expect(table.get(id)).toMatchObject({ followUps: [] })
    }
    const followUps = [{ id: 'f1', at: '2026-03-01T10:00:00.000Z', by: 'Li', text: 'Called' }]
    chain.write(north, 'members', { id: 'r-cloud', followUps })
    await chain.heal()
    expect(chain.cloud.replica.store.table('members').get('r-cloud')).toMatchObject({ followUps })
    const refund = { at: '2026-03-01T10:00:00.000Z', by: 'Li', to: 'refunded', round: 1 }
    chain.write(north, 'orders', { id: 'o1', status: 'refunded', moves: [{ id: 'm1', ...refund, reason: 'Cold' }] })
    chain.writeAtCloud('orders', { id: 'o1', status: 'refunded', moves: [{ id: 'm2', ...refund, reason: 'Spilt' }] })
    await chain.heal()
    for (const { store } of [north.branch.replica, chain.cloud.replica]) {
      const moves = [{ reason: 'Cold' }, { reason: 'Spilt' }]
      expect(store.table('orders').get('o1')).toMatchObject({ status: 'refunded', moves })
    }
    const [here, there] = [north.branch.replica, chain.cloud.replica].map(({ store }) => store)
    expect(here!.digest('members', SHARED_SCOPE)).toEqual(there!.digest('members', SHARED_SCOPE))
    expect(here!.digest('orders', 'north')).toEqual(there!.digest('orders', 'north'))
  })
})
