/** An answer is settled while the next request is under way, and receipts go with the next page: nothing is asked twice. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Doc } from '../../../schemas/json.ts'
import { SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

const BATCH = 5
let folder: string
let chain: SimulatedChain
let north: SimulatedBranch

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outpost-overlap-'))
  chain = new SimulatedChain(folder, ['north'])
  north = chain.branches[0]!
  await north.cycle.run()
})
afterEach(() => {
  vi.restoreAllMocks()
  chain.close()
  rmSync(folder, { recursive: true })
})

function addProducts(count: number): void {
  for (let i = 0; i < count; i++) {
    chain.writeAtCloud('products', { id: `p${String(i).padStart(3, '0')}`, name: 'Tea', price: 100, currency: 'CNY' })
  }
}

function sell(count: number): void {
  for (let i = 0; i < count; i++) {
    const facts: Doc = { id: `o${i}`, branchId: 'north', number: '1', placedAt: '2026-03-01T10:00:00.000Z' }
    chain.write(north, 'orders', { ...facts, status: 'paid', round: 1, lines: [], total: 100, currency: 'CNY' })
  }
}

function live(collection: string): number {
  return north.branch.replica.store.countLive(collection)
}

it('asks for each page once, and for the receipts of the last two alone', async () => {
  addProducts(8 * BATCH + 2)
  const pull = vi.spyOn(chain.cloud, 'pull')
  const receipts = vi.spyOn(chain.cloud, 'receipts')
  await north.cycle.run()
  expect(live('products')).toBe(8 * BATCH + 2)
  expect(pull).toHaveBeenCalledTimes(9)
  expect(receipts).toHaveBeenCalledTimes(2)
  expect(north.branch.exceptions.list()).toEqual([])
  expect(chain.cloud.deliveries.unconfirmed('north')).toBe(0)
})

it('sends each batch once', async () => {
  sell(6 * BATCH + 3)
  const push = vi.spyOn(chain.cloud, 'push')
  await north.cycle.run()
  expect(push).toHaveBeenCalledTimes(7)
  expect(chain.cloud.replica.store.countLive('orders')).toBe(6 * BATCH + 3)
  expect(north.branch.backlog().documents).toBe(0)
})

describe('whichever answer is lost', () => {
  it.each(Array.from({ length: 12 }, (_, at) => at))(
    'nothing is, and nothing is parked: that of request %i',
    async (at) => {
      addProducts(5 * BATCH)
      sell(5 * BATCH)
      north.faults = [...Array.from({ length: at }, () => 'pass' as const), 'lose-answer']
      for (let i = 0; i < 3; i++) await north.cycle.run()
      expect([live('products'), chain.cloud.replica.store.countLive('orders')]).toEqual([5 * BATCH, 5 * BATCH])
      expect([...north.branch.exceptions.list(), ...chain.cloud.exceptions.list()]).toEqual([])
      expect(north.cycle.status().verdict.state).toBe('in-sync')
    },
  )
})

it('settles what was answered before it fails', async () => {
  sell(4 * BATCH)
  north.faults = ['pass', 'pass', 'pass', 'lose-request', 'lose-request', 'lose-request', 'lose-request']
  await north.cycle.run()
  const arrived = chain.cloud.replica.store.countLive('orders')
  expect(arrived).toBeGreaterThan(0)
  expect(north.branch.backlog().documents).toBe(4 * BATCH - arrived)
})

it('settles what was answered before the node stops, and leaves the rest to the next start', async () => {
  sell(4 * BATCH)
  const { cloud } = chain
  const take = cloud.push.bind(cloud)
  let stopped: Promise<void> | undefined
  const push = vi.spyOn(cloud, 'push').mockImplementation((...sent) => {
    if (push.mock.calls.length === 3) stopped = north.cycle.stop()
    return take(...sent)
  })
  await north.cycle.run()
  await stopped
  expect(push).toHaveBeenCalledTimes(3)
  expect(north.branch.backlog().documents).toBe(BATCH)
  await chain.restart(north)
  await north.cycle.run()
  expect(push).toHaveBeenCalledTimes(4)
  expect(cloud.replica.store.countLive('orders')).toBe(4 * BATCH)
})
