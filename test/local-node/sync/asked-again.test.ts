/** Documents that are asked for again: as much work as there are of them, and each once a cycle. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openNorthernChain } from '../../support/northern-chain.ts'
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

const COUNT = 500

function miss(ids: readonly string[]): void {
  const { replica, wantedHere } = north.branch
  replica.store.transaction('test', () => {
    for (const id of ids) wantedHere.add({ collection: 'products', id })
  })
}

/** The documents that headquarters is asked for, and the rows that were read to find them. */
function watch(): { asked: string[]; read: () => number } {
  const asked: string[] = []
  const pull = chain.cloud.pull.bind(chain.cloud)
  vi.spyOn(chain.cloud, 'pull').mockImplementation((branchId, request) => {
    asked.push(...request.wanted.map(({ id }) => id))
    return pull(branchId, request)
  })
  const wanted = vi.spyOn(north.branch, 'wanted')
  const read = () => wanted.mock.results.reduce((sum, { value }) => sum + (value as unknown[]).length, 0)
  return { asked, read }
}

describe('a branch that misses many documents', () => {
  it('reads no more of them than it asks for, a few times over', async () => {
    const ids = Array.from({ length: COUNT }, (_, i) => `p${i}`)
    miss(ids)
    const { asked, read } = watch()
    await north.cycle.run()
    expect(asked.toSorted()).toEqual(ids.toSorted())
    expect(read()).toBeLessThan(3 * COUNT)
    expect(north.branch.wanted(1)).toEqual([])
  })

  it('asks once a cycle for what fails, and for all others all the same', async () => {
    for (const id of ['good', 'bad']) chain.writeAtCloud('products', { id, name: id, price: 100, currency: 'CNY' })
    await north.cycle.run()
    const { validate } = north.branch.replica
    const refusal = { code: 'DOCUMENT_INVALID', reason: 'said so' } as const
    vi.spyOn(north.branch.replica, 'validate').mockImplementation((declaration, document) =>
      document['id'] === 'bad' ? refusal : validate(declaration, document),
    )
    miss(['bad', 'good', ...Array.from({ length: 20 }, (_, i) => `p${i}`)])
    const { asked } = watch()
    await north.cycle.run()
    expect(asked.filter((id) => id === 'bad')).toHaveLength(1)
    expect(asked).toHaveLength(22)
    await north.cycle.run()
    expect(asked.filter((id) => id === 'bad')).toHaveLength(2)
    expect(asked).toHaveLength(23)
  })
})
