import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../support/node-process.ts'
import { SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

let folder: { path: string; remove: () => void }
let chain: SimulatedChain
let branch: SimulatedBranch

beforeEach(async () => {
  folder = temporaryFolder()
  chain = new SimulatedChain(folder.path, ['b1'])
  branch = chain.branches[0]!
  chain.write(branch, 'orders', {
    id: 'o1',
    branchId: 'b1',
    number: '1',
    placedAt: '2026-01-01T00:00:00.000Z',
    status: 'paid',
    round: 1,
    lines: [],
    total: 1,
    currency: 'CNY',
  })
  await chain.heal()
})

afterEach(() => {
  chain.close()
  folder.remove()
})

/** What stands at the branch and at headquarters. */
function standing() {
  return [branch.branch, chain.cloud].map(({ exceptions }) => exceptions.list())
}

async function contradict(): Promise<void> {
  chain.write(branch, 'orders', { id: 'o1', status: 'refunded' })
  chain.writeAtCloud('orders', { id: 'o1', status: 'closed' })
  await chain.heal()
}

describe('an order that is refunded at its branch and closed at headquarters', () => {
  it('stands among the exceptions of both, at once and parked, with what its round has reached', async () => {
    await contradict()
    const code = 'ORDER_STATE_CONFLICT'
    for (const exceptions of standing()) {
      expect(exceptions).toMatchObject([
        { direction: 'here', branchId: 'b1', collection: 'orders', id: 'o1', code, tries: 3 },
      ])
      expect(exceptions[0]!.reason).toMatch(
        /^(refunded and closed|closed and refunded) exclude each other; round 1 reached paid at 2\S+Z, \w+ at 2\S+Z, \w+ at 2\S+Z\. Open round 2/,
      )
      const { clock } = JSON.parse(exceptions[0]!.document!) as { clock: { h: object } }
      expect(Object.keys(clock.h).toSorted()).toEqual(['1:closed', '1:paid', '1:refunded'])
    }
    expect(branch.branch.exceptions.countParked()).toBe(1)
    expect(chain.cloud.exceptions.countParked('b1')).toBe(1)
  })

  it('is neither parked nor kept from the comparison of both sides', async () => {
    await contradict()
    expect(branch.branch.backlog().documents).toBe(0)
    expect(branch.branch.replica.store.countLive('orders')).toBe(1)
    expect(branch.cycle.status().verdict.state).toBe('in-sync')
  })

  it('still stands after an edit that decides nothing, as it is then', async () => {
    await contradict()
    chain.write(branch, 'orders', { id: 'o1', note: 'the guest was here' })
    await chain.heal()
    for (const exceptions of standing()) {
      expect(exceptions).toMatchObject([{ id: 'o1', tries: 3 }])
      expect(exceptions[0]!.document).toContain('the guest was here')
    }
  })

  it('is cleared on both sides by whoever opens the next round', async () => {
    await contradict()
    chain.writeAtCloud('orders', { id: 'o1', status: 'refunded', round: 2 })
    await chain.heal()
    expect(standing()).toEqual([[], []])
    expect(branch.branch.replica.store.table('orders').get('o1')).toMatchObject({ status: 'refunded', round: 2 })
  })

  it('is cleared by a deletion', async () => {
    await contradict()
    chain.write(branch, 'orders', { id: 'o1', _deleted: true })
    await chain.heal()
    expect(standing()).toEqual([[], []])
  })
})
