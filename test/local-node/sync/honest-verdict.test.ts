/** What a branch says of itself while things are under way: nothing that was true only when it last was compared. */
import { afterEach, describe, expect, it } from 'vitest'
import { withLocalFields } from '../../../adapters/exchange/local-fields.ts'
import type { ExchangeClient } from '../../../adapters/http/exchange-client.ts'
import { LinkFailure } from '../../../adapters/http/link-failure.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'
import { testOrder } from '../../support/real-chain.ts'

const NOW_MS = Date.UTC(2026, 5, 1)
const YEARS_MS = 9 * 365 * 86_400_000
const TEA = { id: 'p1', name: 'Tea', price: 100, currency: 'CNY' }

let chain: SimulatedChain
let north: SimulatedBranch
let close: () => void = () => undefined

/** @param osMs what the branch's PC takes for the time */
function open(change: (client: ExchangeClient) => Partial<ExchangeClient> = () => ({}), osMs = NOW_MS): void {
  const folder = temporaryFolder()
  chain = new SimulatedChain(folder.path, ['north'], {
    nowMs: () => NOW_MS,
    osMs: () => osMs,
    monotonicMs: () => 0,
    newId: (bytes) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64url'),
    cycle: (_, client) => ({ client: { ...client, ...change(client) } }),
  })
  north = chain.branches[0]!
  close = () => {
    chain.close()
    folder.remove()
  }
}

afterEach(() => close())

const verdict = (): string => north.cycle.status().verdict.state

describe('a branch that was in sync', () => {
  it('is behind as soon as it is told that something waits, and until it has it', async () => {
    const during: string[] = []
    open(({ heartbeat, pull }) => ({
      heartbeat: (...given) => {
        during.push(verdict())
        return heartbeat(...given)
      },
      pull: (...given) => {
        during.push(verdict())
        return pull(...given)
      },
    }))
    await north.cycle.run()
    expect(verdict()).toBe('in-sync')
    during.length = 0
    chain.writeAtCloud('products', TEA)
    north.cycle.nudge(20)
    expect(verdict()).toBe('behind')
    await north.cycle.run()
    // The heartbeat, and the page; what was asked for meanwhile begins when both hold the same.
    expect(during).toEqual(['behind', 'behind', 'in-sync'])
    expect(verdict()).toBe('in-sync')
  })

  it('is behind where it is told so while an older answer is on its way', async () => {
    let isNews = false
    const during: string[] = []
    open(({ heartbeat, pull }) => ({
      heartbeat: async (...given) => {
        const answer = await heartbeat(...given)
        if (isNews) {
          isNews = false
          chain.writeAtCloud('products', TEA)
          north.cycle.nudge(20)
        }
        return answer
      },
      pull: (...given) => {
        during.push(verdict())
        return pull(...given)
      },
    }))
    await north.cycle.run()
    isNews = true
    await north.cycle.run()
    expect(new Set(during)).toEqual(new Set(['behind']))
    expect(verdict()).toBe('in-sync')
  })

  it('is not in sync while a document that it could not take is asked for again', async () => {
    open()
    await north.cycle.run()
    chain.writeAtCloud('orders', testOrder('o1', 'north'))
    const { store } = chain.cloud.replica
    const table = store.table('orders')
    const known = table.get('o1')
    const bad = withLocalFields({ ...known, total: 'a lot' }, known, store.epoch)
    store.transaction('test', (write) => table.put(write, bad, { state: store.pendingState, origin: '' }))
    await north.cycle.run()
    expect(north.branch.wanted(1)).toHaveLength(1)
    expect(verdict()).not.toBe('in-sync')
    expect(chain.registry.contact('north')!.verdict.state).not.toBe('in-sync')
    for (let i = 0; i < 3; i++) await north.cycle.run()
    // A person is told of it now.
    expect(north.branch.exceptions.countParked()).toBe(1)
    expect(verdict()).toBe('in-sync')
  })
})

describe('a branch on a PC whose clock is years ahead', () => {
  it('says since when documents wait by the time that headquarters told', async () => {
    open(undefined, NOW_MS + YEARS_MS)
    await north.cycle.run()
    chain.write(north, 'orders', testOrder('o1', 'north'))
    expect(north.branch.backlog().oldestSince).toBe(new Date(NOW_MS).toISOString())
  })

  it('never says that something waits since a time that is yet to come', async () => {
    open(undefined, NOW_MS + YEARS_MS)
    chain.write(north, 'orders', testOrder('o1', 'north'))
    north.branch.replica.clock.hear(NOW_MS)
    expect(north.branch.backlog().oldestSince).toBe(new Date(NOW_MS).toISOString())
  })

  it('says when the link failed by the time that headquarters told', async () => {
    let isDown = false
    open(
      ({ heartbeat }) => ({
        heartbeat: (...given) => (isDown ? Promise.reject(new LinkFailure('broken')) : heartbeat(...given)),
      }),
      NOW_MS + YEARS_MS,
    )
    await north.cycle.run()
    isDown = true
    await north.cycle.run()
    expect(north.cycle.status().lastError).toMatchObject({ code: 'LINK_FAILED', at: new Date(NOW_MS).toISOString() })
  })
})
