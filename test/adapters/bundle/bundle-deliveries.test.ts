/** What headquarters remembers of bundles that no branch answers: enough for any stick that is still under way, not all for ever. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BranchLifecycle } from '../../../cloud-node/branch-lifecycle.ts'
import { BundleStick } from '../../support/bundle-stick.ts'
import { openNorthernChain } from '../../support/northern-chain.ts'
import type { SimulatedBranch, SimulatedChain } from '../../support/simulated-chain.ts'

let chain: SimulatedChain
let stick: BundleStick
let north: SimulatedBranch
let close: () => void

beforeEach(async () => {
  ;({ chain, north, close } = openNorthernChain())
  stick = new BundleStick(chain)
  await stick.introduce()
  for (let i = 0; i < 12; i++) {
    chain.writeAtCloud('products', { id: `p${i}`, name: `Tea ${i}`, price: 100, currency: 'CNY' })
  }
})
afterEach(() => {
  close()
})

const toNorth = async () => (await stick.headquarters.exportBundle('north', stick.folder())).file
const remembered = () => chain.cloud.deliveries.unconfirmed('north')

describe('bundles for a branch that does not answer', () => {
  it('are remembered up to fifty, so that any of these may still be taken and answered', async () => {
    const forgotten = await toNorth()
    const kept = await toNorth()
    for (let i = 1; i < 50; i++) await toNorth()
    expect(remembered()).toBe(50 * 12)
    await stick.at(north).importBundle(kept)
    expect(await stick.round(north)).toMatchObject({ state: 'taken' })
    // Only a bundle without receipts shows that the branch has heard of all.
    await stick.round(north)
    expect(remembered()).toBe(0)
    expect([...north.branch.exceptions.list(), ...chain.cloud.exceptions.list()]).toEqual([])
    expect(await stick.at(north).importBundle(forgotten)).toMatchObject({ state: 'outdated' })
  })

  it.each(['retire', 'replace'] as const)('are forgotten with %s, and not by a dry run', async (what) => {
    await toNorth()
    const rows = { forget: () => undefined, one: () => undefined }
    const stats = { days: () => [] }
    const lifecycle = new BranchLifecycle(chain.cloud, chain.registry, rows as never, stats as never)
    lifecycle[what]('north', true)
    expect(remembered()).toBe(12)
    lifecycle[what]('north', false)
    expect(remembered()).toBe(0)
    expect(chain.cloud.replica.store.prepare('SELECT * FROM carried_delivery').all()).toEqual([])
  })
})
