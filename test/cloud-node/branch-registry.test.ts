import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BranchHeartbeat } from '../../adapters/exchange/branch-heartbeat.ts'
import { KNOWN_EXCEPTIONS } from '../../adapters/exchange/exceptions.ts'
import { TakingPart } from '../../local-node/sync/taking-part.ts'
import { orders } from '../../schemas/collections/orders.ts'
import { openNorthernChain } from '../support/northern-chain.ts'
import { testOrder } from '../support/real-chain.ts'
import type { SimulatedBranch, SimulatedChain } from '../support/simulated-chain.ts'

let chain: SimulatedChain
let north: SimulatedBranch
let close: () => void

beforeEach(async () => {
  ;({ chain, north, close } = openNorthernChain())
  await north.cycle.run()
})
afterEach(() => {
  close()
})

/** @param suspended classes that the branch leaves out */
function verdict(...suspended: number[]): string {
  const { branch } = north
  const part = new TakingPart(branch.replica.store.declarations, new Set(suspended))
  const request = part.narrow(new BranchHeartbeat(branch).request({ host: 'pc' }))
  return chain.registry.heartbeat('north', request).verdict.state
}

describe('the verdict on a heartbeat', () => {
  it('is "behind" while something waits at the branch', () => {
    expect(verdict()).toBe('in-sync')
    chain.write(north, 'orders', testOrder('o1', 'north'))
    expect(verdict()).toBe('behind')
  })

  it('is "behind" while something waits at headquarters, digests or not', () => {
    chain.writeAtCloud('products', { id: 'p1', name: 'Tea', price: 100, currency: 'CNY' })
    expect(verdict()).toBe('behind')
  })

  it('is not known where a branch has more exceptions than it can leave out of its digests: nobody has compared', () => {
    const { branch } = north
    branch.replica.store.transaction('test', () => {
      for (let i = 0; i <= KNOWN_EXCEPTIONS; i++) {
        const of = { direction: 'push', branchId: 'north', collection: 'orders', id: `o${i}` } as const
        branch.exceptions.fail({ ...of, code: 'DOCUMENT_INVALID', reason: 'said so' }, 0, 3)
      }
    })
    expect(verdict()).toBe('unknown')
  })

  it('is not known while the branch leaves collections out, unless something waits', () => {
    expect(verdict(orders.syncClass)).toBe('unknown')
    chain.write(north, 'orders', testOrder('o1', 'north'))
    expect(verdict(orders.syncClass)).toBe('behind')
  })
})
