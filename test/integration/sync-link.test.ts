/** Every fault of the link at every kind of request, on real processes, while both sides go on writing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SHARED_SCOPE, type E164Phone } from '../../schemas/brand.ts'
import { memberIdOfPhone, type ChainKey } from '../../schemas/member-id.ts'
import type { BranchSession } from '../../schemas/protocol/session.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import type { Acknowledged } from '../support/check-invariants.ts'
import { FAULTS } from '../support/fault-proxy.ts'
import {
  healed,
  loseRow,
  mostDocuments,
  RealChain,
  testOrder,
  testProduct,
  type RealBranch,
} from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'
import { isLongRun, proofCases } from '../support/proof-scale.ts'

const BRANCHES = 4
const REQUESTS = ['heartbeat', 'push', 'pull', 'receipts', ...(isLongRun ? ['digests', 'stats'] : [])]

let chain: RealChain
let chainKey: ChainKey
const product = testProduct('1')
const free: RealBranch[] = []
const waiting: ((branch: RealBranch) => void)[] = []
const acknowledged: Acknowledged[] = []
let cases = 0

beforeAll(async () => {
  chain = await RealChain.start()
  await chain.cloud.post('/api/import', [product.record])
  const ids = Array.from({ length: BRANCHES }, (_, i) => `b${i + 1}`)
  free.push(...(await Promise.all(ids.map((id) => chain.addBranch(id)))))
  for (const branch of free) {
    for (const id of [bothOf(branch), lostOf(branch)]) await write(chain.cloud, 'orders', testOrder(id, branch.id))
  }
  await chain.level()
  chainKey = (await free[0]!.node.get<BranchSession>('/api/session')).chainKey as ChainKey
}, 180_000)

afterAll(async () => {
  await chain.stop()
})

/** An order that both sides have and change. */
function bothOf({ id }: RealBranch): string {
  return `${id}-both`
}

/** An order that both sides have, and the branch loses wherever a comparison is wanted. */
function lostOf({ id }: RealBranch): string {
  return `${id}-lost`
}

/** Cases run at the same time, each on a branch of its own. */
async function withBranch(work: (branch: RealBranch) => Promise<void>): Promise<void> {
  const branch = free.pop() ?? (await new Promise<RealBranch>((resolve) => waiting.push(resolve)))
  try {
    await work(branch)
  } finally {
    branch.link.restore()
    const next = waiting.shift()
    if (next) next(branch)
    else free.push(branch)
  }
}

async function write(at: { post: RealBranch['node']['post'] }, collection: string, doc: object): Promise<void> {
  await at.post(`/api/documents/${collection}`, doc)
}

/** Somebody registers and buys here, headquarters takes an order for the branch, both change one that they have. */
async function trade(branch: RealBranch, name: string): Promise<{ here: string; there: string }> {
  const { id, node } = branch
  const number = ++cases
  const phone = `+86138001${String(number).padStart(5, '0')}` as E164Phone
  const memberId = memberIdOfPhone(chainKey, SHARED_SCOPE, phone, 0)
  const registrations = [{ id: `r-${number}`, branchId: id, at: '2026-03-01T09:00:00.000Z' }]
  const lists = { tags: [], registrations, aliases: [], followUps: [] }
  const [here, there] = [`${id}-${number}-here`, `${id}-${number}-there`]
  await write(chain.cloud, 'orders', { ...testOrder(there, id), note: name })
  await write(node, 'members', { id: memberId, scope: SHARED_SCOPE, phone, generation: 0, name, ...lists })
  await write(node, 'orders', { ...testOrder(here, id, memberId), note: name, placedAt: new Date().toISOString() })
  const both = bothOf(branch)
  await write(node, 'orders', { id: both, payment: name })
  await write(chain.cloud, 'orders', { id: both, note: name })
  acknowledged.push(
    { collection: 'orders', id: there, fields: { note: name, total: 2400 } },
    { collection: 'orders', id: here, fields: { total: 2400, memberId } },
    { collection: 'members', id: memberId, fields: { name, phone } },
  )
  return { here, there }
}

const CASES = proofCases(
  Object.keys(FAULTS).flatMap((fault) => REQUESTS.map((request) => ({ fault: fault as keyof typeof FAULTS, request }))),
  REQUESTS.length,
)

describe.concurrent('a link with one fault', () => {
  it.each(CASES)(
    'loses nothing and goes on by itself: $fault at a $request',
    { timeout: 180_000 },
    ({ fault, request }) =>
      withBranch(async (branch) => {
        const { id, link } = branch
        const struck = link.next(`/${request}`, FAULTS[fault])
        if (request === 'digests') await loseRow(branch, 'orders', lostOf(branch))
        await trade(branch, `${fault} at ${request}`)
        await struck
        // The fault stands, the shop is open.
        const told = `${fault} at ${request}, meanwhile`
        const { here, there } = await trade(branch, told)
        await healed(branch)
        expect(await chain.cloud.get(`/api/documents/orders/${here}`)).toMatchObject({ branchId: id, total: 2400 })
        expect(await branch.node.get(`/api/documents/orders/${there}`)).toMatchObject({ branchId: id, total: 2400 })
        const both = { payment: told, note: told }
        expect(await chain.cloud.get(`/api/documents/orders/${bothOf(branch)}`)).toMatchObject(both)
      }),
  )
})

describe('a link that fails for longer', () => {
  it('comes back from a one-way partition: what headquarters took without being able to say so is taken once', async () => {
    const [branch] = chain.branches
    const { link, node } = branch!
    // It begins in the middle of a cycle and lasts until the branch has noticed.
    const struck = link.next('/push', FAULTS['one-way partition'])
    await trade(branch!, 'one-way')
    await struck
    await link.always('', FAULTS['one-way partition'])
    link.restore()
    await node.post('/api/sync', {})
    await healed(branch!)
  })
})

it('leaves every invariant whole', async () => {
  await chain.level()
  const { exceptions } = await statusWhere<CloudNodeStatus>(chain.cloud, () => true)
  expect(exceptions).toBe(0)
  for (const { link } of chain.branches) expect(mostDocuments(link.seen)).toBeLessThanOrEqual(100)
  expect(await chain.violations({ acknowledged })).toEqual([])
})
