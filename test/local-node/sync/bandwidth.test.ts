/** A cap on the line that is set while a node runs: what went over the line before counts for nothing. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ExchangeClient } from '../../../adapters/http/exchange-client.ts'
import { Waiting } from '../../../adapters/http/waiting.ts'
import { UNUSED_BUCKET, refill, spend, waitMs } from '../../../local-node/sync/bandwidth.ts'
import { SyncCycle } from '../../../local-node/sync/sync-cycle.ts'
import { NO_SETTINGS, type SyncSettings } from '../../../local-node/sync/sync-settings.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { testOrder } from '../../support/real-chain.ts'
import { SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

it('what was spent before there was a cap is owed to none', () => {
  const rate = 50_000
  const capped = refill(spend(UNUSED_BUCKET, 500_000_000), rate, 0)
  expect(waitMs(capped, rate)).toBe(0)
  expect(waitMs(spend(capped, 2 * rate), rate)).toBe(1000)
})

describe('a node that synchronises', () => {
  const CAP: SyncSettings = { ...NO_SETTINGS, bandwidth: 50 }
  let folder: { path: string; remove: () => void }
  let chain: SimulatedChain
  let north: SimulatedBranch
  let cycle: SyncCycle
  let settings: SyncSettings
  let sent: number
  /** Of the next heartbeat, bytes. */
  let heavy: number
  /** What it was to wait for the line, ms. */
  let pauses: number[]

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] })
    folder = temporaryFolder()
    chain = new SimulatedChain(folder.path, ['north'])
    north = chain.branches[0]!
    settings = NO_SETTINGS
    sent = heavy = 0
    pauses = []
    const { cloud, registry } = chain
    const client: ExchangeClient = {
      heartbeat: async (request) => {
        sent += heavy
        heavy = 0
        return registry.heartbeat('north', request)
      },
      push: async (request) => cloud.push('north', request),
      pull: async (request) => cloud.pull('north', request),
      receipts: async (request) => cloud.receipts('north', request),
      digests: async (request) => cloud.digests('north', request),
      stats: async (request) => cloud.standing('north', request),
    }
    const nothing = (): void => undefined
    const log = { debug: nothing, info: nothing, warn: nothing, error: nothing }
    const traffic = () => ({ sent, received: 0, largest: 0, queuedMs: 0 })
    const seams = { settings: () => settings, traffic, enabled: () => true, intervalMs: 2 ** 30 }
    cycle = new SyncCycle({ branch: north.branch, client, log, ...seams })
    vi.spyOn(Waiting.prototype, 'sleep').mockImplementation(async (ms) => {
      pauses.push(ms)
      // It waits no longer than for this.
      settings = NO_SETTINGS
    })
  })

  afterEach(async () => {
    vi.restoreAllMocks()
    vi.useRealTimers()
    await cycle.stop()
    chain.close()
    folder.remove()
  })

  async function sell(id: string): Promise<void> {
    chain.write(north, 'orders', testOrder(id, 'north'))
    await cycle.run()
    expect(chain.cloud.replica.store.table('orders').get(id)).toBeDefined()
  }

  it('owes a cap nothing of what went over the line before it was set', async () => {
    heavy = 500_000_000
    await sell('o1')
    settings = CAP
    await sell('o2')
    expect(pauses).toEqual([])
  })

  it('owes a cap nothing of what went over the line while it was lifted', async () => {
    settings = CAP
    await sell('o1')
    settings = NO_SETTINGS
    heavy = 500_000_000
    await sell('o2')
    settings = CAP
    await sell('o3')
    expect(pauses).toEqual([])
  })

  it('owes a cap what went over the line under it', async () => {
    settings = CAP
    heavy = 500_000
    await sell('o1')
    expect(pauses).toEqual([9000])
  })
})
