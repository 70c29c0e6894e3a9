/** SIGKILL of either side at each step of a cycle: before a request has arrived, and before its answer has. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { HeartbeatResponse } from '../../schemas/protocol/exchange.ts'
import type { Acknowledged } from '../support/check-invariants.ts'
import type { Exchange } from '../support/fault-proxy.ts'
import { RealChain, testOrder, type RealBranch } from '../support/real-chain.ts'
import { proofCases } from '../support/proof-scale.ts'

let chain: RealChain
let branch: RealBranch
const acknowledged: Acknowledged[] = []

beforeAll(async () => {
  chain = await RealChain.start()
  branch = await chain.addBranch('b1')
  await chain.level()
})

afterAll(async () => {
  await chain.stop()
})

async function order(at: 'branch' | 'headquarters', id: string): Promise<void> {
  const node = at === 'branch' ? branch.node : chain.cloud
  await node.post('/api/documents/orders', testOrder(id, 'b1'))
  acknowledged.push({ collection: 'orders', id, fields: { total: 2400 } })
}

function saysInSync(exchange: Exchange): boolean {
  return exchange.status === 200 && (exchange.answer() as HeartbeatResponse).verdict.state === 'in-sync'
}

const CASES = proofCases(
  (['heartbeat', 'push', 'pull', 'receipts'] as const).flatMap((request) =>
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
    await order('branch', `${name}-here`)
    await order('headquarters', `${name}-there`)
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
    const inSync = link.answered('/heartbeat', saysInSync)
    letGo()
    await inSync
    for (const end of ['here', 'there', 'meanwhile']) {
      expect(await branch.node.get(`/api/documents/orders/${name}-${end}`)).toMatchObject({ total: 2400 })
      expect(await chain.cloud.get(`/api/documents/orders/${name}-${end}`)).toMatchObject({ total: 2400 })
    }
  })
})

it('leaves every invariant whole', async () => {
  const { exceptions, collections } = await chain.level()
  expect(exceptions).toBe(0)
  expect(collections['orders']!.documents).toBe(CASES.length * 3)
  expect(await chain.violations({ acknowledged })).toEqual([])
})
