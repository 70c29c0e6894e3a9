/** Something is announced to be exchanged, and nothing ever comes of it. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { SYNC_DEFAULTS } from '../../../local-node/sync/sync-defaults.ts'
import { openNorthernChain } from '../../support/northern-chain.ts'
import { testOrder } from '../../support/real-chain.ts'
import type { SimulatedBranch, SimulatedChain } from '../../support/simulated-chain.ts'

let chain: SimulatedChain
let north: SimulatedBranch
let close: () => void

beforeEach(async () => {
  ;({ chain, north, close } = openNorthernChain())
  await north.cycle.run()
})
afterEach(() => {
  close()
  vi.restoreAllMocks()
})

it('ends the cycle, which rests until the timer, and the next one goes on as if nothing had been', async () => {
  const { cloud, registry } = chain
  const heartbeat = registry.heartbeat.bind(registry)
  const announced = vi
    .spyOn(registry, 'heartbeat')
    .mockImplementation((branchId, request) => ({ ...heartbeat(branchId, request), priority: 80 }))
  const pull = cloud.pull.bind(cloud)
  const empty = vi
    .spyOn(cloud, 'pull')
    .mockImplementation((branchId, request) => ({ ...pull(branchId, request), priority: 80 }))
  await north.cycle.run()
  expect(empty).toHaveBeenCalledTimes(SYNC_DEFAULTS.maxFruitless + 1)
  expect(north.cycle.status()).toMatchObject({ state: 'waiting', failures: 1, lastError: { code: 'INTERNAL' } })
  // A till that writes starts none.
  chain.write(north, 'orders', testOrder('o1', 'north'))
  expect(empty).toHaveBeenCalledTimes(SYNC_DEFAULTS.maxFruitless + 1)

  announced.mockRestore()
  empty.mockRestore()
  await north.cycle.run()
  expect(north.cycle.status()).toMatchObject({ state: 'resting', failures: 0, verdict: { state: 'in-sync' } })
})
