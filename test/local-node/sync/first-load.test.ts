/** A new branch takes everything, and the line or the PC goes in the middle of it. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../../support/node-process.ts'
import { SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

const PRODUCTS = 23
const PRODUCT_CLASS = 20

let folder: { path: string; remove: () => void }
let chain: SimulatedChain
let north: SimulatedBranch

beforeEach(() => {
  folder = temporaryFolder()
  chain = new SimulatedChain(folder.path, ['north'])
  north = chain.branches[0]!
})
afterEach(() => {
  chain.close()
  folder.remove()
  vi.restoreAllMocks()
})

/** What headquarters was asked from, and what it sent, of products. */
function watchPulls(): { from: unknown[]; sent: string[] } {
  const seen: { from: unknown[]; sent: string[] } = { from: [], sent: [] }
  const pull = chain.cloud.pull.bind(chain.cloud)
  vi.spyOn(chain.cloud, 'pull').mockImplementation((branchId, request) => {
    const page = pull(branchId, request)
    if (request.class !== PRODUCT_CLASS) return page
    seen.from.push(request.positions[PRODUCT_CLASS])
    seen.sent.push(...page.documents.map(({ document }) => document['id'] as string))
    return page
  })
  return seen
}

it('goes on from where it was cut, on the same store opened anew, and takes everything once', async () => {
  const ids = Array.from({ length: PRODUCTS }, (_, i) => `p${i}`)
  for (const id of ids) chain.writeAtCloud('products', { id, name: id, price: 100, currency: 'CNY' })
  const seen = watchPulls()
  const store = () => north.branch.replica.store
  // The heartbeats, the branch's own entry, some pages.
  north.faults = [...Array.from({ length: 5 }, () => 'pass' as const), ...Array.from({ length: 20 }, () => CUT)]
  await north.cycle.run()
  const here = store().countLive('products')
  expect(here).toBeGreaterThan(0)
  expect(here).toBeLessThan(PRODUCTS)
  expect(north.cycle.status().loading).toMatchObject({ of: PRODUCTS + 1 })

  await chain.restart(north)
  north.faults = []
  const asked = seen.from.length
  await north.cycle.run()
  const upTo = chain.cloud.replica.store.table('products').rowsAfter(0, here).at(-1)!.seq
  expect(seen.from[asked]).toMatchObject({ seq: upTo, loading: true })
  expect(seen.sent.toSorted()).toEqual(ids.toSorted())
  expect(store().countLive('products')).toBe(PRODUCTS)
  expect(north.cycle.status().loading).toBeUndefined()
  expect(north.cycle.status().verdict.state).toBe('in-sync')
})

const CUT = 'lose-request' as const
