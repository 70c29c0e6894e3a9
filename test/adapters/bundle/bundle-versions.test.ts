/** Bundles between nodes of different versions: refused whole, as a heartbeat over a link, instead of parked one by one. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { BranchHeartbeat } from '../../../adapters/exchange/branch-heartbeat.ts'
import type { HeartbeatRequest } from '../../../schemas/protocol/exchange.ts'
import { BundleStick } from '../../support/bundle-stick.ts'
import { openNorthernChain } from '../../support/northern-chain.ts'
import { testOrder } from '../../support/real-chain.ts'
import type { SimulatedBranch, SimulatedChain } from '../../support/simulated-chain.ts'

let chain: SimulatedChain
let stick: BundleStick
let north: SimulatedBranch
let close: () => void

beforeEach(async () => {
  ;({ chain, north, close } = openNorthernChain())
  stick = new BundleStick(chain)
  await stick.introduce()
  chain.write(north, 'orders', testOrder('o1', 'north'))
})
afterEach(() => {
  vi.restoreAllMocks()
  close()
})

/** A bundle of a branch that says something else of its versions. */
async function bundleOf(changed: Partial<HeartbeatRequest>): Promise<{ file: string }> {
  const said = BranchHeartbeat.prototype.request
  vi.spyOn(BranchHeartbeat.prototype, 'request').mockImplementation(function (this: BranchHeartbeat, figures) {
    return { ...said.call(this, figures), ...changed }
  })
  const bundle = await stick.toHeadquarters(north)
  vi.restoreAllMocks()
  return bundle
}

it.each<[string, Partial<HeartbeatRequest>, RegExp]>([
  ['another schema', { version: '0.0.9', schemas: { orders: 99 } }, /"orders" in version 1 .* version 99/],
  ['an older protocol', { version: '0.0.9', protocol: 0 }, /protocol 0 .*install Outpost .* on the branch's node/],
])(
  'a bundle of %s is refused in words that say what to install, and nothing of it is taken',
  async (_, changed, message) => {
    const bundle = await bundleOf(changed)
    const head = chain.cloud.replica.store.head()
    await expect(stick.answer(bundle)).rejects.toThrow(
      expect.objectContaining({ code: 'PROTOCOL_OUTDATED', message: expect.stringMatching(message) as string }),
    )
    expect(chain.cloud.replica.store.head()).toEqual(head)
    // What it carried waits for a bundle of the right version.
    expect(north.branch.backlog().documents).toBe(1)
    await stick.round(north)
    expect(north.branch.backlog().documents).toBe(0)
    expect(chain.cloud.replica.store.table('orders').get('o1')).toBeDefined()
  },
)

it('nothing is made for a branch whose node was last heard with other schemas', async () => {
  chain.writeAtCloud('orders', testOrder('o2', 'north'))
  const { contact } = chain.registry
  vi.spyOn(chain.registry, 'contact').mockImplementation((branchId) => {
    const heard = contact.call(chain.registry, branchId)!
    return { ...heard, request: { ...heard.request, schemas: { orders: 99 } } }
  })
  const made = stick.headquarters.exportBundle('north', stick.folder())
  await expect(made).rejects.toMatchObject({ code: 'PROTOCOL_OUTDATED' })
})
