/**
 * How long one order is on its way between two nodes that have nothing else to do: from the answer to its POST at one
 * node's REST API until the other one's GET first shows it. One order after the other; the reader asks again as soon as
 * it was answered, with a pause that is short against what is measured and leaves the node its time.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { callNode, commandHeaders } from '../../adapters/cli/node-client.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import type { Doc } from '../../schemas/json.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import { orderDocuments } from './order-documents.ts'
import { addBranch, startBranch, startCloud } from './outpost-nodes.ts'
import { BRANCH_ID, type Direction } from './replication-leg.ts'
import { msSince } from './samples.ts'

/** More often would be more than a node answers anybody. */
const ASK_AGAIN_MS = 4
const LOST_AFTER_MS = 60_000
/** Of a node that has just started nobody asks how fast it is. */
const WARM_UP = 5
const SEEDS = { up: 21, down: 22 } as const

/** @returns of each direction one duration per order, ms */
export async function measureLatency(folder: string, count: number): Promise<Record<Direction, number[]>> {
  const cloud = await startCloud(join(folder, 'cloud'))
  await addBranch(cloud, BRANCH_ID)
  const branch = await startBranch(join(folder, 'branch'), cloud, cloud.url, [])
  await callNode<BranchNodeStatus>(branch, 'POST', '/api/sync', {})
  const legs = { up: [branch, cloud], down: [cloud, branch] } as const
  const samples: Record<Direction, number[]> = { up: [], down: [] }
  for (const direction of ['up', 'down'] as const) {
    const [from, to] = legs[direction]
    for (const order of orderDocuments({ count: WARM_UP + count, branchId: BRANCH_ID, seed: SEEDS[direction] })) {
      samples[direction].push(await measureOne(from, to, order))
    }
    samples[direction].splice(0, WARM_UP)
  }
  await branch.stop()
  await cloud.stop()
  return samples
}

async function measureOne(
  from: NodeAddress,
  to: NodeAddress,
  { clock: _clock, _deleted, ...order }: Doc,
): Promise<number> {
  await callNode(from, 'POST', '/api/documents/orders', { ...order, status: 'created' })
  const start = process.hrtime.bigint()
  const address = `${to.url}/api/documents/orders/${order['id'] as string}`
  for (;;) {
    const response = await fetch(address, { headers: commandHeaders(to) })
    await response.arrayBuffer()
    const ms = msSince(start)
    if (response.ok) return ms
    if (response.status !== 404 || ms > LOST_AFTER_MS) throw new Error(`an order did not arrive: ${response.status}`)
    await sleep(ASK_AGAIN_MS)
  }
}
