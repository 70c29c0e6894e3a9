/** A headquarters that goes back to an older copy, alone or together with a branch, on real processes. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import type { Acknowledged } from '../support/check-invariants.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { healed, outpost, putBack, RealChain, testOrder, testProduct, type RealBranch } from '../support/real-chain.ts'

let chain: RealChain
let north: RealBranch
let south: RealBranch
let acknowledged: Acknowledged[] = []
let memberId: string

beforeAll(async () => {
  chain = await RealChain.start()
  await chain.cloud.post('/api/import', [testProduct('1').record])
  north = await chain.addBranch('north')
  south = await chain.addBranch('south')
  const li = await north.node.post<{ id: string }>('/api/members', { name: 'Li', phone: '13800000001' })
  memberId = li.id
  acknowledged.push({ collection: 'members', id: memberId })
  await order(north.node, 'n1', north)
  await order(south.node, 's1', south)
  await allHealed()
})

afterAll(async () => {
  await chain.stop()
})

function order(at: NodeProcess, id: string, { id: branchId }: RealBranch): Promise<unknown> {
  acknowledged.push({ collection: 'orders', id, fields: { total: 2400 } })
  return at.post('/api/documents/orders', testOrder(id, branchId, branchId === 'north' ? memberId : undefined))
}

async function allHealed(): Promise<void> {
  await Promise.all(chain.branches.map((branch) => healed(branch)))
}

/** Both are waited for by the recovery of headquarters, so the count begins when both are there. */
async function startBranches(): Promise<void> {
  await Promise.all(chain.branches.map((branch) => branch.restart()))
  await allHealed()
}

async function expectHeld(at: NodeProcess, ...ids: string[]): Promise<void> {
  for (const id of ids) expect(await at.get(`/api/documents/orders/${id}`)).toMatchObject({ id, total: 2400 })
}

it('a headquarters whose copy is of between an acknowledged push and the next pull gets back what it had decided and taken since, and what it had written for a branch', async () => {
  const { held, letGo } = north.link.hold('/pull', 'request')
  const pushed = north.link.answered('/push')
  await order(north.node, 'n2', north)
  await pushed
  await order(chain.cloud, 'n3', north)
  await held
  const { file } = await outpost<{ file: string }>('backup', '--data', chain.cloud.dataDir)
  letGo()
  await order(chain.cloud, 'n4', north)
  await order(south.node, 's2', south)
  await chain.cloud.post(`/api/members/${memberId}/actions`, { do: 'phone', to: '13900000002' })
  await allHealed()
  await chain.halt()

  await outpost('restore', file, '--data', chain.cloud.dataDir, '--yes')
  // It comes further than it was, and is started once more, before a branch is there to notice.
  await chain.restartCloud()
  for (const id of ['n5', 'n6', 'n7', 'n8', 'n9']) await order(chain.cloud, id, north)
  await order(chain.cloud, 's3', south)
  await chain.cloud.kill()
  await chain.restartCloud()
  await startBranches()
  await chain.level()
  await expectHeld(chain.cloud, 'n2', 'n3', 'n4', 's2')
  await expectHeld(north.node, 'n2', 'n3', 'n4', 'n5', 'n9')
  await expectHeld(south.node, 's2', 's3')
  expect(await chain.cloud.get(`/api/members/${memberId}`)).toMatchObject({ phones: ['139****0002'] })
  expect((await chain.cloud.get<CloudNodeStatus>('/api/status')).recovery).toBeUndefined()
  expect(await chain.violations({ acknowledged })).toEqual([])
})

it('a headquarters and a branch that both go back, and trade on before either notices, end with all that anybody still has', async () => {
  const copies = [chain.cloud, north.node].map(({ dataDir }) => {
    const copy = join(`${dataDir}-copy`)
    cpSync(dataDir, copy, { recursive: true })
    return copy
  })
  await chain.startAll()
  await order(north.node, 'lost-1', north)
  await order(chain.cloud, 'lost-2', north)
  await order(south.node, 's4', south)
  const wang = await south.node.post<{ id: string }>('/api/members', { name: 'Wang', phone: '13800000003' })
  await allHealed()
  await chain.halt()

  putBack(chain.cloud, copies[0]!)
  putBack(north.node, copies[1]!)
  await chain.restartCloud()
  for (const id of ['n10', 'n11', 'n12', 'n13']) await order(chain.cloud, id, north)
  north.link.cut()
  await north.restart()
  for (const id of ['n14', 'n15', 'n16', 'n17']) await order(north.node, id, north)
  await north.node.stop()
  north.link.restore()
  await chain.cloud.stop()
  await chain.restartCloud()
  await startBranches()
  await chain.level()
  await expectHeld(chain.cloud, 'n14', 'n17', 's4')
  await expectHeld(north.node, 'n10', 'n13', 'n14', 'n17')
  expect(await north.node.get(`/api/members/${wang.id}`)).toMatchObject({ name: 'Wang' })
  // These were in the two futures only that are gone.
  const lost = ['lost-1', 'lost-2']
  for (const node of [chain.cloud, north.node]) {
    for (const id of lost) {
      await expect(node.get(`/api/documents/orders/${id}`)).rejects.toMatchObject({ code: 'DOCUMENT_UNKNOWN' })
    }
  }
  acknowledged = acknowledged.filter(({ id }) => !lost.includes(id))
  expect(await chain.violations({ acknowledged })).toEqual([])
})
