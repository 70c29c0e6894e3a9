/** Two stores that differ although nothing is pending: exactly what differs is carried, and a second repair does nothing. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { differing, inPasses, repair, type Repaired } from '../../../adapters/exchange/repair.ts'
import { ROW_STATE } from '../../../adapters/sqlite/document-row.ts'
import { orders } from '../../../schemas/collections/orders.ts'
import type { Doc } from '../../../schemas/json.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import type { DigestsRequest } from '../../../schemas/protocol/exchange.ts'
import { SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

let folder: string
let chain: SimulatedChain
let north: SimulatedBranch

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outpost-repair-'))
  chain = new SimulatedChain(folder, ['north', 'south'])
  north = chain.branches[0]!
  for (let i = 0; i < 30; i++) chain.write(north, 'orders', order(`n${i}`))
  await north.cycle.run()
})
afterEach(() => {
  chain.close()
  rmSync(folder, { recursive: true })
})

function order(id: string, fields: Doc = {}): Doc {
  const facts = { id, branchId: 'north', number: id, placedAt: '2026-03-01T10:00:00.000Z', status: 'paid', round: 1 }
  return { ...facts, lines: [], total: 100, currency: 'CNY', ...fields }
}

function compareNorth(): Promise<Repaired> {
  const ask = chain.cloud.digests.bind(chain.cloud, 'north')
  return repair(north.branch, (request) => Promise.resolve(ask(request)), new AbortController().signal)
}

/** What happens to a store that nobody's code has written: a bit that turned, a file of before. */
function lose(store: SimulatedChain['cloud']['replica']['store'], id: string): void {
  const table = store.table('orders')
  const row = table.row(id)!
  store.transaction('test', (write) => {
    write.replaceHash(table.key, id, row, { scope: row.scope, hash: 0 })
    table.drop(row)
  })
}

/** As an edit that was settled although headquarters never took it. */
function changeSilently(id: string): void {
  chain.write(north, 'orders', order(id, { note: 'by the window' }))
  const { store } = north.branch.replica
  const row = store.table('orders').row(id)!
  store.transaction('test', (write) => store.table('orders').settle(write, id, row.seq, ROW_STATE.clean))
}

describe('a comparison of both stores', () => {
  it('also finds a deletion by headquarters that the branch has missed', async () => {
    const product = { id: 'p1', name: 'Tea', price: 100, currency: 'CNY' }
    chain.writeAtCloud('products', product)
    await north.cycle.run()
    chain.writeAtCloud('products', { ...product, _deleted: true })
    // As a position that moved past what was never fetched.
    const head = chain.cloud.replica.store.head()
    north.branch.standAt(
      Object.fromEntries(north.branch.replica.store.declarations.map((d) => [d.syncClass, head])),
      head,
    )
    await north.cycle.run()
    const { store } = north.branch.replica
    expect(store.table('products').get('p1')).toMatchObject({ _deleted: true })
    expect(north.branch.exceptions.list()).toEqual([])
    expect(north.cycle.status().verdict.state).toBe('in-sync')
  })

  it('finds what is missing on either side and what differs, and nothing else', async () => {
    lose(north.branch.replica.store, 'n3')
    lose(chain.cloud.replica.store, 'n7')
    changeSilently('n9')
    expect(await compareNorth()).toEqual({ offered: 2, wanted: 1 })
    expect(north.branch.wanted(10)).toMatchObject([{ collection: 'orders', id: 'n3' }])
    expect(north.branch.wanted(10, new Set([orders.syncClass]))).toEqual([])
    expect(north.branch.backlog('orders').documents).toBe(2)
    await north.cycle.run()
    expect(north.cycle.status().verdict.state).toBe('in-sync')
    expect(north.branch.replica.store.table('orders').get('n3')).toBeDefined()
    expect(chain.cloud.replica.store.table('orders').get('n7')).toBeDefined()
    expect(chain.cloud.replica.store.table('orders').get('n9')).toMatchObject({ note: 'by the window' })
    const heads = [north.branch.replica.store.head().seq, chain.cloud.replica.store.head().seq]
    expect(await compareNorth()).toEqual({ offered: 0, wanted: 0 })
    expect([north.branch.replica.store.head().seq, chain.cloud.replica.store.head().seq]).toEqual(heads)
  })

  it('goes on with the others where headquarters does not have one of the collections', async () => {
    lose(north.branch.replica.store, 'n3')
    const ask = (request: DigestsRequest) => {
      if (request.collection !== 'members') return chain.cloud.digests('north', request)
      throw new OutpostError('COLLECTION_UNKNOWN', 'there is no collection "members" here')
    }
    const found = await repair(north.branch, async (request) => ask(request), new AbortController().signal)
    expect(found).toEqual({ offered: 0, wanted: 1 })
  })

  it("puts headquarters' word in the place of a branch's own of what headquarters alone writes", async () => {
    chain.writeAtCloud('products', { id: 'p1', name: 'Tea', price: 100, currency: 'CNY' })
    await north.cycle.run()
    chain.write(north, 'products', { id: 'p1', price: 999 })
    const { store } = north.branch.replica
    const row = store.table('products').row('p1')!
    store.transaction('test', (write) => store.table('products').settle(write, 'p1', row.seq, ROW_STATE.clean))
    await north.cycle.run()
    expect(store.table('products').get('p1')).toMatchObject({ price: 100 })
    expect(north.branch.exceptions.list()).toEqual([])
    expect(north.cycle.status().verdict.state).toBe('in-sync')
  })

  it('tells nobody of another branch', async () => {
    const request = { ...north.branch.standpoint(), collection: 'orders', scope: 'south' }
    await north.cycle.run()
    expect(() => chain.cloud.digests('north', request)).toThrow(expect.objectContaining({ code: 'SCOPE' }))
  })
})

describe('the buckets of two digests', () => {
  const bucket = (number: number, documents: number, sum: number) => ({ number, documents, sum })

  it('differ by count, by sum, and where only one side has any', () => {
    const ours = [bucket(0, 1, 5), bucket(1, 2, 7), bucket(2, 1, 1)]
    const theirs = [bucket(0, 1, 5), bucket(1, 3, 7), bucket(2, 1, 2), bucket(9, 4, 4)]
    expect(differing(ours, theirs)).toEqual([
      { number: 1, documents: 3 },
      { number: 2, documents: 1 },
      { number: 9, documents: 4 },
    ])
  })

  it('are looked at in passes that fit into memory, a large one alone', () => {
    const sizes = [30_000, 30_000, 1, 90_000, 2]
    const buckets = sizes.map((documents, number) => ({ number, documents }))
    expect(inPasses(buckets)).toEqual([[0], [1, 2], [3], [4]])
    expect(inPasses([])).toEqual([])
  })
})
