/** SIGKILL of either side at each step of a cycle: before a request has arrived, and before its answer has. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import type { Acknowledged } from '../support/check-invariants.ts'
import { healed, loseRow, mostDocuments, RealChain, testOrder, type RealBranch } from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'
import { isLongRun, proofCases } from '../support/proof-scale.ts'

const REQUESTS = ['heartbeat', 'push', 'pull', 'receipts', ...(isLongRun ? ['digests', 'stats'] : [])]
/** One that both sides have, and the branch loses wherever a comparison is wanted. */
const LOST = 'lost'

let chain: RealChain
let branch: RealBranch
const acknowledged: Acknowledged[] = []
let soldToday = 0

beforeAll(async () => {
  chain = await RealChain.start()
  branch = await chain.addBranch('b1')
  await order('headquarters', LOST)
  await chain.level()
})

afterAll(async () => {
  await chain.stop()
})

async function order(at: 'branch' | 'headquarters', id: string, more: object = {}): Promise<void> {
  const node = at === 'branch' ? branch.node : chain.cloud
  await node.post('/api/documents/orders', { ...testOrder(id, 'b1'), ...more })
  acknowledged.push({ collection: 'orders', id, fields: { total: 2400 } })
}

const CASES = proofCases(
  REQUESTS.flatMap((request) =>
    (['request', 'answer'] as const).flatMap((at) =>
      (['branch', 'headquarters'] as const).map((victim) => ({ request, at, victim })),
    ),
  ),
  4,
)

describe('a process that is killed in the middle of a cycle', () => {
  it.each(CASES)('goes on where it was: $victim, while the $at of a $request is on its way', async (one) => {
    const name = `${one.request}-${one.at}-${one.victim}`
    const { link } = branch
    const { held, letGo } = link.hold(`/${one.request}`, one.at)
    await order('branch', `${name}-here`, one.request === 'stats' ? today() : {})
    await order('headquarters', `${name}-there`)
    if (one.request === 'digests') await loseRow(branch, 'orders', LOST)
    const stopped = await held
    expect(stopped.reached).toBe(one.at === 'answer' ? 1 : 0)
    if (one.victim === 'branch') {
      await branch.node.kill()
      await order('headquarters', `${name}-meanwhile`)
      await branch.restart()
    } else {
      await chain.cloud.kill()
      await order('branch', `${name}-meanwhile`)
      await chain.restartCloud()
    }
    const from = link.seen.length
    letGo()
    await healed(branch, from)
    for (const end of ['here', 'there', 'meanwhile']) {
      expect(await branch.node.get(`/api/documents/orders/${name}-${end}`)).toMatchObject({ total: 2400 })
      expect(await chain.cloud.get(`/api/documents/orders/${name}-${end}`)).toMatchObject({ total: 2400 })
    }
    if (one.request === 'digests') {
      expect(await branch.node.get(`/api/documents/orders/${LOST}`)).toMatchObject({ total: 2400 })
    }
    if (one.request === 'stats') {
      const isTold = ({ branches }: CloudNodeStatus) => branches[0]!.stats?.orders === soldToday
      await statusWhere<CloudNodeStatus>(chain.cloud, isTold)
    }
  })
})

/** Of the live stats. */
function today(): object {
  soldToday += 1
  return { placedAt: new Date().toISOString() }
}

it('leaves every invariant whole', async () => {
  const { exceptions, collections } = await chain.level()
  expect(exceptions).toBe(0)
  expect(collections['orders']!.documents).toBe(CASES.length * 3 + 1)
  expect(mostDocuments(branch.link.seen)).toBeLessThanOrEqual(100)
  expect(await chain.violations({ acknowledged })).toEqual([])
})
