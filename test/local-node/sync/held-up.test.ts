/** What holds a cycle up for a while, and what it must not become: smaller batches, a difference that nobody looks for, an hour. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ExchangeClient } from '../../../adapters/http/exchange-client.ts'
import { LinkFailure } from '../../../adapters/http/link-failure.ts'
import { Waiting } from '../../../adapters/http/waiting.ts'
import { SyncCycle, type SyncCycleOptions } from '../../../local-node/sync/sync-cycle.ts'
import { NO_SETTINGS, type SyncSettings } from '../../../local-node/sync/sync-settings.ts'
import { openNorthernChain } from '../../support/northern-chain.ts'
import { testOrder } from '../../support/real-chain.ts'
import type { SimulatedBranch, SimulatedChain } from '../../support/simulated-chain.ts'

let chain: SimulatedChain
let north: SimulatedBranch
let close: () => void
let client: ExchangeClient
let cycle: SyncCycle | undefined

beforeEach(() => {
  ;({ chain, north, close } = openNorthernChain())
  const { cloud, registry } = chain
  client = {
    heartbeat: async (request) => registry.heartbeat('north', request),
    push: async (request) => cloud.push('north', request),
    pull: async (request) => cloud.pull('north', request),
    receipts: async (request) => cloud.receipts('north', request),
    digests: async (request) => cloud.digests('north', request),
    stats: async (request) => cloud.standing('north', request),
  }
})

afterEach(async () => {
  await cycle?.stop()
  cycle = undefined
  close()
})

function open(more: Partial<SyncCycleOptions> = {}): SyncCycle {
  const nothing = (): void => undefined
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing }
  const options = { branch: north.branch, client, log, enabled: () => true, intervalMs: 2 ** 30 }
  return (cycle = new SyncCycle({ ...options, ...more }))
}

it('sends fewer documents at once over a line that fails, and not because headquarters asks for patience', async () => {
  chain.write(north, 'orders', testOrder('o1', 'north'))
  const push = vi.spyOn(client, 'push')
  push.mockRejectedValueOnce(new LinkFailure('busy', { retryAfterMs: 60_000 }))
  await open().run()
  expect(cycle!.status()).toMatchObject({ state: 'waiting', batch: 100 })
  push.mockRejectedValueOnce(new LinkFailure('broken'))
  await cycle!.run()
  expect(cycle!.status()).toMatchObject({ state: 'resting', batch: 50 })
})

it('compares in the same cycle when the link failed the comparison, until it is through', async () => {
  await open().run()
  const { store } = chain.cloud.replica
  chain.writeAtCloud('orders', testOrder('o1', 'north'))
  await cycle!.run()
  const row = store.table('orders').row('o1')!
  store.transaction('test', (write) => {
    write.replaceHash(store.table('orders').key, 'o1', row, { scope: row.scope, hash: 0 })
    store.table('orders').drop(row)
  })
  const digests = vi.spyOn(client, 'digests')
  digests.mockRejectedValueOnce(new LinkFailure('broken'))
  await cycle!.run()
  expect(digests.mock.calls.length).toBeGreaterThan(1)
  expect(cycle!.status()).toMatchObject({ state: 'resting', verdict: { state: 'in-sync' } })
  expect(store.table('orders').get('o1')).toBeDefined()
})

it('waits no longer for a cap on the line that is lifted meanwhile', async () => {
  let settings: SyncSettings = { ...NO_SETTINGS, bandwidth: 1 }
  let sent = 0
  const heartbeat = vi.spyOn(client, 'heartbeat').mockImplementationOnce(async (request) => {
    // A day's worth.
    sent = 86_400_000
    setImmediate(() => {
      settings = NO_SETTINGS
      cycle!.settingsChanged()
    })
    return chain.registry.heartbeat('north', request)
  })
  chain.write(north, 'orders', testOrder('o1', 'north'))
  await open({ settings: () => settings, traffic: () => ({ sent, received: 0, largest: 0, queuedMs: 0 }) }).run()
  expect(heartbeat).toHaveBeenCalled()
  expect(chain.cloud.replica.store.table('orders').get('o1')).toBeDefined()
})

it('sends fewer documents at once over a slow line, and not because many branches wait at headquarters', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  try {
    const tookMs = 10_000
    vi.spyOn(client, 'push').mockImplementation(async (request) => {
      vi.advanceTimersByTime(tookMs)
      return chain.cloud.push('north', request)
    })
    let queuedMs = tookMs - 10
    chain.write(north, 'orders', testOrder('o1', 'north'))
    await open({ traffic: () => ({ sent: 0, received: 0, largest: 0, queuedMs }) }).run()
    expect(cycle!.status().batch).toBe(100)
    queuedMs = 0
    chain.write(north, 'orders', testOrder('o2', 'north'))
    await cycle!.run()
    expect(cycle!.status().batch).toBe(50)
  } finally {
    vi.useRealTimers()
  }
})

it('takes nothing of a class for fetched that is suspended while a cap on the line lets nothing through', async () => {
  const product = { id: 'p1', name: 'Tea', price: 100, currency: 'CNY' }
  chain.writeAtCloud('products', product)
  await open().run()
  await cycle!.stop()
  chain.writeAtCloud('products', { ...product, id: 'p2' })
  chain.writeAtCloud('products', { id: 'p1', _deleted: true })
  let settings: SyncSettings = { ...NO_SETTINGS, bandwidth: 1 }
  let sent = 0
  vi.spyOn(client, 'heartbeat').mockImplementation(async (request) => {
    sent += 2000
    return chain.registry.heartbeat('north', request)
  })
  // It has heard of the product, and waits until the heartbeat is paid for.
  const pausing = vi.spyOn(Waiting.prototype, 'sleep').mockImplementationOnce(async () => {
    settings = { ...NO_SETTINGS, suspended: ['products'] }
    cycle!.settingsChanged()
  })
  const pull = vi.spyOn(client, 'pull')
  await open({ settings: () => settings, traffic: () => ({ sent, received: 0, largest: 0, queuedMs: 0 }) }).run()
  expect(pausing).toHaveBeenCalled()
  expect(pull).not.toHaveBeenCalled()
  settings = NO_SETTINGS
  cycle!.settingsChanged()
  await cycle!.run()
  const { store } = north.branch.replica
  expect(store.table('products').get('p1')).toMatchObject({ _deleted: true })
  expect(store.table('products').get('p2')).toBeDefined()
})
