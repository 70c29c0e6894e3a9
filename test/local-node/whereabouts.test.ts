/** How far a branch says that its documents have come, with a headquarters that answers as the tests want. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ROW_STATE } from '../../adapters/sqlite/document-row.ts'
import { WhereaboutsDesk, whereaboutsOf } from '../../local-node/whereabouts.ts'
import type { WhereaboutsRequest, WhereaboutsResponse } from '../../schemas/protocol/exchange.ts'
import { openNorthernChain } from '../support/northern-chain.ts'
import { testOrder } from '../support/real-chain.ts'
import type { SimulatedBranch, SimulatedChain } from '../support/simulated-chain.ts'

let chain: SimulatedChain
let north: SimulatedBranch
let close: () => void
let desk: WhereaboutsDesk
/** When headquarters was heard. */
let contact: number | undefined
let asked: WhereaboutsRequest[]
let nowMs: number
let answer: (request: WhereaboutsRequest, signal: AbortSignal) => Promise<WhereaboutsResponse>

const NOTHING: WhereaboutsResponse = { mirrored: [], mirror: 'on' }
const all = ({ ids }: WhereaboutsRequest): Promise<WhereaboutsResponse> =>
  Promise.resolve({ mirrored: ids, mirror: 'on' })

beforeEach(() => {
  ;({ chain, north, close } = openNorthernChain())
  contact = 1
  asked = []
  nowMs = 0
  answer = all
  open(3000)
})

afterEach(() => {
  desk.stop()
  close()
})

function open(deadlineMs: number): void {
  desk = new WhereaboutsDesk({
    branch: north.branch,
    contact: () => contact,
    ask: (request, signal) => {
      asked.push(request)
      return answer(request, signal)
    },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    deadlineMs,
    nowMs: () => nowMs,
  })
}

function write(id: string, fields: object = {}): void {
  chain.write(north, 'orders', { ...testOrder(id, 'north'), ...fields })
}

async function sent(...ids: string[]): Promise<void> {
  for (const id of ids) write(id)
  await north.cycle.run()
}

it('a document is where its row stands', () => {
  const { clean, dirty, retry, parked } = ROW_STATE
  const told = [clean, dirty, retry, parked].map((state) => [whereaboutsOf(state, false), whereaboutsOf(state, true)])
  expect(told).toEqual([
    ['headquarters', 'mirror'],
    ['node', 'node'],
    ['node', 'node'],
    ['refused', 'refused'],
  ])
})

describe('where documents are', () => {
  it('is told of each that is here, and headquarters is asked only of what it has accepted', async () => {
    await sent('o1', 'o2')
    write('o2', { status: 'fulfilled' })
    answer = () => Promise.resolve(NOTHING)
    expect(await desk.of('orders', ['o1', 'o2', 'nothing', 'o1'])).toEqual({
      at: { o1: 'headquarters', o2: 'node' },
      mirror: 'on',
    })
    expect(asked.map(({ collection, ids }) => ({ collection, ids }))).toEqual([{ collection: 'orders', ids: ['o1'] }])
    expect(asked[0]).toMatchObject(north.branch.standpoint())
  })

  it('is not asked again of what the mirror has, until it is written anew', async () => {
    await sent('o1')
    expect(await desk.of('orders', ['o1'])).toEqual({ at: { o1: 'mirror' }, mirror: 'on' })
    expect(await desk.of('orders', ['o1'])).toEqual({ at: { o1: 'mirror' }, mirror: 'on' })
    expect(asked).toHaveLength(1)
    write('o1', { status: 'fulfilled' })
    expect((await desk.of('orders', ['o1'])).at).toEqual({ o1: 'node' })
    await north.cycle.run()
    answer = () => Promise.resolve(NOTHING)
    expect((await desk.of('orders', ['o1'])).at).toEqual({ o1: 'headquarters' })
    expect(asked).toHaveLength(2)
  })

  it('is where a document is after the answer, though it was written while headquarters was asked', async () => {
    await sent('o1')
    answer = (request) => {
      write('o1', { status: 'fulfilled' })
      return all(request)
    }
    expect((await desk.of('orders', ['o1'])).at).toEqual({ o1: 'node' })
    await north.cycle.run()
    answer = () => Promise.resolve(NOTHING)
    expect((await desk.of('orders', ['o1'])).at).toEqual({ o1: 'headquarters' })
  })

  it('is asked anew once everything is offered anew: headquarters was restored, and its mirror with it', async () => {
    chain.backUpCloud()
    await sent('o1')
    expect((await desk.of('orders', ['o1'])).at).toEqual({ o1: 'mirror' })
    chain.restoreCloud()
    await north.cycle.run()
    answer = () => Promise.resolve(NOTHING)
    expect((await desk.of('orders', ['o1'])).at).toEqual({ o1: 'headquarters' })
  })

  it('is forgotten of all once the mirror is in another term: it was restored, or is being rebuilt', async () => {
    await sent('o1', 'o2', 'o3')
    const inTerm =
      (term: string, ...mirrored: string[]) =>
      ({ ids }: WhereaboutsRequest): Promise<WhereaboutsResponse> =>
        Promise.resolve({ mirrored: mirrored.filter((id) => ids.includes(id)), mirror: 'on', term })
    answer = inTerm('1', 'o1', 'o2')
    expect((await desk.of('orders', ['o1', 'o2'])).at).toEqual({ o1: 'mirror', o2: 'mirror' })
    // Nobody has looked while the mirror does not run.
    answer = () => Promise.resolve({ mirrored: [], mirror: 'unknown' })
    expect((await desk.of('orders', ['o1', 'o3'])).at).toEqual({ o1: 'mirror', o3: 'headquarters' })
    answer = inTerm('2', 'o2', 'o3')
    expect((await desk.of('orders', ['o1', 'o3'])).at).toEqual({ o1: 'headquarters', o3: 'mirror' })
    expect((await desk.of('orders', ['o1', 'o2', 'o3'])).at).toEqual({ o1: 'headquarters', o2: 'mirror', o3: 'mirror' })
    expect(asked.map(({ ids }) => ids)).toEqual([['o1', 'o2'], ['o3'], ['o3'], ['o1', 'o2']])
  })

  it('is asked again of what the mirror has after ten minutes: it may have been parked there since', async () => {
    await sent('o1', 'o2')
    await desk.of('orders', ['o1', 'o2'])
    answer = ({ ids }) => Promise.resolve({ mirrored: ids.filter((id) => id !== 'o2'), mirror: 'on' })
    nowMs = 599_999
    expect((await desk.of('orders', ['o1', 'o2'])).at).toEqual({ o1: 'mirror', o2: 'mirror' })
    expect(asked).toHaveLength(1)
    nowMs = 600_000
    expect((await desk.of('orders', ['o1', 'o2'])).at).toEqual({ o1: 'mirror', o2: 'headquarters' })
    expect(asked[1]?.ids).toEqual(['o1', 'o2'])
    answer = () => Promise.reject(new Error('broken'))
    nowMs = 1_200_000
    expect((await desk.of('orders', ['o1'])).at).toEqual({ o1: 'mirror' })
    expect(asked).toHaveLength(3)
  })

  it('is told at once while the link is down, and unknown of the mirror', async () => {
    await sent('o1', 'o2')
    expect((await desk.of('orders', ['o1'])).at).toEqual({ o1: 'mirror' })
    contact = undefined
    expect(await desk.of('orders', ['o1', 'o2'])).toEqual({
      at: { o1: 'mirror', o2: 'headquarters' },
      mirror: 'unknown',
    })
    expect(asked).toHaveLength(1)
  })

  it('is no longer asked once a question failed, until headquarters was heard again', async () => {
    await sent('o1')
    answer = () => Promise.reject(new Error('broken'))
    const unknown = { at: { o1: 'headquarters' }, mirror: 'unknown' }
    expect(await desk.of('orders', ['o1'])).toEqual(unknown)
    answer = all
    expect(await desk.of('orders', ['o1'])).toEqual(unknown)
    expect(asked).toHaveLength(1)
    contact = 2
    expect(await desk.of('orders', ['o1'])).toEqual({ at: { o1: 'mirror' }, mirror: 'on' })
  })

  it('is not waited for longer than the deadline, by whoever stands behind a question that hangs too', async () => {
    await sent('o1')
    open(20)
    answer = (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    const told = await Promise.all([desk.of('orders', ['o1']), desk.of('orders', ['o1'])])
    expect(told).toEqual([1, 2].map(() => ({ at: { o1: 'headquarters' }, mirror: 'unknown' })))
    expect(asked).toHaveLength(1)
  })

  it('is one question at a time, and none of what others have asked meanwhile', async () => {
    await sent('o1', 'o2')
    let under = 0
    answer = async (request) => {
      under += 1
      expect(under).toBe(1)
      await new Promise((resolve) => setImmediate(resolve))
      under -= 1
      return all(request)
    }
    const told = await Promise.all([['o1'], ['o1', 'o2'], ['o1', 'o2']].map((ids) => desk.of('orders', ids)))
    expect(told.map(({ at }) => Object.values(at))).toEqual([['mirror'], ['mirror', 'mirror'], ['mirror', 'mirror']])
    expect(asked.map(({ ids }) => ids)).toEqual([['o1'], ['o2']])
  })

  it('is refused where headquarters has refused a document for good', async () => {
    await sent('o1')
    const { store } = north.branch.replica
    const table = store.table('orders')
    store.transaction('test', (context) => table.settle(context, 'o1', table.row('o1')!.seq, ROW_STATE.parked))
    expect(await desk.of('orders', ['o1'])).toEqual({ at: { o1: 'refused' }, mirror: 'unknown' })
    expect(asked).toEqual([])
  })

  it('is nowhere in a collection that there is not', async () => {
    await expect(desk.of('tables', ['t1'])).rejects.toMatchObject({ code: 'COLLECTION_UNKNOWN' })
  })
})

function ignore(): void {
  // The tests read answers, not the log.
}
