/** What somebody opens is asked for anew: which requests that makes, and what must not come of it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ExchangeClient } from '../../../adapters/http/exchange-client.ts'
import { LinkFailure } from '../../../adapters/http/link-failure.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import { SyncCycle, type SyncCycleOptions } from '../../../local-node/sync/sync-cycle.ts'
import { NO_SETTINGS, type SyncSettings } from '../../../local-node/sync/sync-settings.ts'
import type { PullRequest } from '../../../schemas/protocol/exchange.ts'
import { openNorthernChain } from '../../support/northern-chain.ts'
import { testOrder } from '../../support/real-chain.ts'
import type { SimulatedBranch, SimulatedChain } from '../../support/simulated-chain.ts'

const PRODUCT = { id: 'p1', name: 'Tea', price: 100, currency: 'CNY' }
const opened = { collection: 'products', id: 'p1' }

let chain: SimulatedChain
let north: SimulatedBranch
let close: () => void
let client: ExchangeClient
let cycle: SyncCycle
let options: SyncCycleOptions
let settings: SyncSettings
let isOn: boolean
let pulls: PullRequest[]

beforeEach(() => {
  ;({ chain, north, close } = openNorthernChain())
  const { cloud, registry } = chain
  settings = NO_SETTINGS
  isOn = true
  pulls = []
  client = {
    heartbeat: async (request) => registry.heartbeat('north', request),
    push: async (request) => cloud.push('north', request),
    pull: async (request) => {
      pulls.push(request)
      return cloud.pull('north', request)
    },
    receipts: async (request) => cloud.receipts('north', request),
    digests: async (request) => cloud.digests('north', request),
    stats: async (request) => cloud.standing('north', request),
  }
  const nothing = (): void => undefined
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing }
  const seams = { enabled: () => isOn, settings: () => settings, linkRetries: 0, intervalMs: 2 ** 30 }
  options = { branch: north.branch, client, log, ...seams }
  cycle = new SyncCycle(options)
})

afterEach(async () => {
  await cycle.stop()
  close()
})

/** The cycle that the document was opened in, or that this woke, is over. */
const rest = () => new Promise<void>((resolve) => void cycle.onCycle(resolve))
const here = () => north.branch.replica.store.table('products').get('p1')
/** Everything is there, and nothing tells the branch what has changed at headquarters since. */
async function holdProduct(): Promise<void> {
  chain.writeAtCloud('products', PRODUCT)
  await cycle.run()
  chain.writeAtCloud('products', { ...PRODUCT, price: 120 })
  pulls.length = 0
}

/** By the branch's own clock. */
function windowThatIsShut(): NonNullable<SyncSettings['window']> {
  const hour = new Date(north.branch.replica.clock.wallMs()).getHours()
  const time = (after: number) => `${String((hour + after) % 24).padStart(2, '0')}:00`
  return { from: time(2), to: time(3) }
}

describe('a document that somebody opens', () => {
  it('is fetched at once and alone, and waits for nobody', async () => {
    await holdProduct()
    chain.writeAtCloud('products', { ...PRODUCT, id: 'p2' })
    const over = rest()
    expect(cycle.refresh(opened)).toBe(true)
    expect(here()).toMatchObject({ price: 100 })
    await over
    expect(here()).toMatchObject({ price: 120 })
    expect(pulls[0]).toMatchObject({ collections: [], wanted: [opened] })
    expect(north.branch.openReceipts()).toEqual([])
    expect(chain.cloud.deliveries.unconfirmed('north')).toBe(0)
    expect(cycle.status()).toMatchObject({ state: 'resting', verdict: { state: 'in-sync' } })
  })

  it('moves no position: what was written besides still comes', async () => {
    await holdProduct()
    chain.writeAtCloud('products', { ...PRODUCT, id: 'p2' })
    const before = north.branch.standpoint().positions
    const page = chain.cloud.pull('north', {
      ...north.branch.standpoint(),
      class: north.branch.loadedClass()!,
      collections: [],
      limit: 1,
      wanted: [opened],
    })
    expect(page.documents.map(({ document }) => document['id'])).toEqual(['p1'])
    north.branch.takeAsked(north.branch.loadedClass()!, page, Date.now())
    expect(here()).toMatchObject({ price: 120 })
    expect(north.branch.standpoint().positions).toEqual(before)
    await cycle.run()
    expect(north.branch.replica.store.table('products').get('p2')).toBeDefined()
  })

  it('is not asked for again within half a minute', async () => {
    await holdProduct()
    const over = rest()
    expect([cycle.refresh(opened), cycle.refresh(opened)]).toEqual([true, false])
    await over
    expect(cycle.refresh(opened)).toBe(false)
    expect(pulls.flatMap(({ wanted }) => wanted)).toEqual([opened])
  })

  it('waits behind what the branch has to send', async () => {
    await holdProduct()
    const push = vi.spyOn(client, 'push')
    chain.write(north, 'orders', testOrder('o1', 'north'))
    const over = rest()
    cycle.refresh(opened)
    await over
    expect(push).toHaveBeenCalledTimes(1)
    expect(chain.cloud.replica.store.table('orders').get('o1')).toBeDefined()
    expect(here()).toMatchObject({ price: 120 })
  })

  it('comes though its collection waits for the night, and nothing else of it does', async () => {
    await holdProduct()
    chain.writeAtCloud('products', { ...PRODUCT, id: 'p2' })
    settings = { ...NO_SETTINGS, window: windowThatIsShut() }
    cycle.settingsChanged()
    await rest()
    const over = rest()
    expect(cycle.refresh(opened)).toBe(true)
    await over
    expect(here()).toMatchObject({ price: 120 })
    expect(north.branch.replica.store.table('products').get('p2')).toBeUndefined()
    settings = NO_SETTINGS
    await cycle.run()
    expect(north.branch.replica.store.table('products').get('p2')).toBeDefined()
  })

  it('stays as it is while a person has suspended its collection', async () => {
    await holdProduct()
    settings = { ...NO_SETTINGS, suspended: ['products'] }
    expect(cycle.refresh(opened)).toBe(false)
    expect(pulls).toEqual([])
  })

  it('that headquarters does not have, or not for this branch, is no exception and no difference', async () => {
    await holdProduct()
    chain.writeAtCloud('branches', { id: 'south', name: 'South', enabled: true })
    chain.writeAtCloud('orders', testOrder('of-south', 'south'))
    const over = rest()
    expect(cycle.refresh({ collection: 'products', id: 'nothing' })).toBe(true)
    expect(cycle.refresh({ collection: 'orders', id: 'of-south' })).toBe(true)
    await over
    expect(north.branch.exceptions.list()).toEqual([])
    expect(north.branch.wanted(10)).toEqual([])
    expect(north.branch.replica.store.table('orders').get('of-south')).toBeUndefined()
    expect(cycle.status()).toMatchObject({ state: 'resting', verdict: { state: 'in-sync' } })
    // Nothing is asked for once more.
    pulls.length = 0
    await cycle.run()
    expect(pulls).toEqual([])
  })

  it('that had failed before and is refused again counts one more failure, as with any other pull', async () => {
    await holdProduct()
    const refusal = { code: 'DOCUMENT_INVALID', reason: 'said so' } as const
    vi.spyOn(north.branch.replica, 'validate').mockReturnValue(refusal)
    const over = rest()
    cycle.refresh(opened)
    await over
    expect(north.branch.exceptions.list()).toMatchObject([{ direction: 'pull', id: 'p1', code: 'DOCUMENT_INVALID' }])
  })

  it('of no collection is refused', () => {
    expect(() => cycle.refresh({ collection: 'tables', id: 't1' })).toThrow(
      expect.objectContaining({ code: 'COLLECTION_UNKNOWN' }),
    )
  })
})

describe('documents that are too large to come together', () => {
  const ids = Array.from({ length: 7 }, (_, i) => `p${i + 1}`)
  const open = () => ids.map((id) => cycle.refresh({ collection: 'products', id }))
  const wanted = () => pulls.map((request) => request.wanted.map(({ id }) => id))

  /** Changed at headquarters, which nothing tells the branch. */
  async function holdProducts(): Promise<void> {
    for (const id of ids) chain.writeAtCloud('products', { ...PRODUCT, id })
    await cycle.run()
    for (const id of ids) chain.writeAtCloud('products', { ...PRODUCT, id, price: 120 })
    pulls.length = 0
  }

  function takeOnly(isTaken: (asked: readonly string[]) => boolean): void {
    const { pull } = client
    Object.assign(client, {
      pull: async (request: PullRequest, signal: AbortSignal) => {
        const answer = await pull(request, signal)
        if (isTaken(request.wanted.map(({ id }) => id))) return answer
        throw new OutpostError('BODY_TOO_LARGE', 'the line takes no answer of this size')
      },
    })
  }

  const prices = () => ids.map((id) => north.branch.replica.store.table('products').get(id)?.['price'])

  it('come in halves, and the exchange stays as large as it was', async () => {
    await holdProducts()
    const { batch } = cycle.status()
    takeOnly((asked) => asked.length <= 2)
    const over = rest()
    open()
    await over
    expect(wanted().slice(0, 3)).toEqual([ids, ids.slice(0, 3), ids.slice(0, 1)])
    expect(prices()).toEqual(ids.map(() => 120))
    expect(cycle.status()).toMatchObject({ state: 'resting', failures: 0, batch })
    expect(cycle.status().lastError).toBeUndefined()
  })

  it('are given up where one does not come alone, and the cycle goes on with the others', async () => {
    await holdProducts()
    takeOnly((asked) => !asked.includes('p2'))
    const over = rest()
    open()
    await over
    expect(wanted().filter((one) => one.includes('p2') && one.length === 1)).toHaveLength(1)
    // That one came with an ordinary page.
    expect(prices()).toEqual(ids.map(() => 120))
    expect(north.branch.exceptions.list()).toEqual([])
    expect(cycle.status()).toMatchObject({ state: 'resting', failures: 0 })
    expect(cycle.refresh({ collection: 'products', id: 'p2' })).toBe(false)
  })

  it('are asked for in no more than a batch at once', async () => {
    await holdProducts()
    await cycle.stop()
    cycle = new SyncCycle({ ...options, batchSize: 3 })
    await cycle.run()
    pulls.length = 0
    const over = rest()
    open()
    await over
    expect(wanted()).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)])
    expect(prices()).toEqual(ids.map(() => 120))
  })
})

describe('nothing is asked for and nothing is kept', () => {
  it('before headquarters was heard, and while synchronisation is off', async () => {
    expect(cycle.refresh(opened)).toBe(false)
    await holdProduct()
    isOn = false
    cycle.settingsChanged()
    expect(cycle.refresh(opened)).toBe(false)
    isOn = true
    await cycle.run()
    expect(pulls.flatMap(({ wanted }) => wanted)).toEqual([])
  })

  it('once the link has failed, until headquarters is heard again', async () => {
    await holdProduct()
    vi.spyOn(client, 'pull').mockRejectedValueOnce(new LinkFailure('broken'))
    const over = rest()
    expect(cycle.refresh(opened)).toBe(true)
    await over
    expect(cycle.status().state).toBe('waiting')
    expect(cycle.refresh(opened)).toBe(false)
    await cycle.run()
    expect(pulls.flatMap(({ wanted }) => wanted)).toEqual([])
    const again = rest()
    expect(cycle.refresh(opened)).toBe(true)
    await again
    expect(pulls.flatMap(({ wanted }) => wanted)).toEqual([opened])
  })
})
