/**
 * A branch and headquarters as people run them: two processes of the `outpost` command, each durable on its disk
 * (WAL, synchronous=FULL). The orders name members that are not there, so that headquarters folds their points but
 * nothing beside the orders travels.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { callNode, commandHeaders } from '../../adapters/cli/node-client.ts'
import { BalanceLedger } from '../../adapters/exchange/balance-ledger.ts'
import { IdentityBook } from '../../adapters/identity/identity-book.ts'
import { createReplica } from '../../adapters/exchange/replica.ts'
import { readEvents } from '../../adapters/http/read-events.ts'
import { openClock } from '../../adapters/node/clock-memory.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { ChainKey } from '../../schemas/member-id.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { CountingRelay } from './counting-relay.ts'
import { importOrders } from './import-orders.ts'
import { addBranch, startBranch, startCloud } from './outpost-nodes.ts'
import {
  BRANCH_ID,
  legSince,
  ordersOf,
  ORDERS_SEED,
  type Leg,
  type LegPlan,
  type ReplicationPeer,
} from './replication-leg.ts'

/** Nothing but the command below starts a cycle. */
const NO_TIMER = ['--interval', '86400']

export const outpostReplication: ReplicationPeer = { name: 'outpost-full', batches: [100, 250, 500, 1000], run: runLeg }

async function runLeg(plan: LegPlan): Promise<Leg> {
  const folders = { up: join(plan.folder, 'branch'), down: join(plan.folder, 'cloud') }
  fillStore(folders[plan.direction], plan)
  const cloud = await startCloud(folders.down)
  const relay = await CountingRelay.open(cloud.url)
  await addBranch(cloud, BRANCH_ID)
  switchSyncOff(folders.up)
  const branch = await startBranch(folders.up, cloud, relay.url, [...NO_TIMER, '--batch', String(plan.batch)])
  const before = await callNode<BranchNodeStatus>(branch, 'GET', '/api/status')
  if (before.sync.enabled || before.sync.lastContactAt !== undefined) throw new Error('the branch has begun too early')

  const answer = await callNode<BranchNodeStatus>(branch, 'POST', '/api/sync/settings', { action: 'on' })
  if (!isInSync(answer)) await streamBecomesInSync(branch)
  const leg = legSince(relay, plan)

  const here = await callNode<BranchNodeStatus>(branch, 'GET', '/api/status')
  const there = await callNode<CloudNodeStatus>(cloud, 'GET', '/api/status')
  const counts = [here, there].map(({ collections }) => collections['orders']?.documents)
  if (counts.some((count) => count !== ordersOf(plan))) throw new Error(`orders that arrived: ${counts.join(' and ')}`)
  const peakRssMb = Math.max(branch.peakRssMb() ?? 0, cloud.peakRssMb() ?? 0)
  await branch.stop()
  await relay.close()
  await cloud.stop()
  return { ...leg, peakRssMb: peakRssMb || undefined }
}

function fillStore(folder: string, plan: LegPlan): void {
  const store = openStore(folder, plan.direction === 'up')
  const { clock, remember } = openClock(store)
  // Orders carry no id that the chain's key proves.
  const replica = createReplica({ store, clock, chainKey: '' as ChainKey })
  if (plan.direction === 'down') store.derive(new BalanceLedger(store, new IdentityBook(store)).derive)
  importOrders(replica, { count: ordersOf(plan), branchId: BRANCH_ID, seed: ORDERS_SEED })
  remember()
  store.close()
}

function switchSyncOff(folder: string): void {
  const store = openStore(folder, true)
  store.writeSetting('sync', 'off')
  store.close()
}

function openStore(folder: string, tracksPending: boolean): Store {
  mkdirSync(folder, { recursive: true })
  return new Store({ file: join(folder, 'store.sqlite'), declarations: COLLECTIONS, tracksPending })
}

function isInSync({ backlog, sync }: BranchNodeStatus): boolean {
  return backlog.documents === 0 && sync.verdict.state === 'in-sync'
}

/** The answer to the command does not wait for a long cycle, and the next one goes on where the link ended one. */
async function streamBecomesInSync(node: NodeAddress): Promise<void> {
  const response = await fetch(`${node.url}/api/status/stream`, { headers: commandHeaders(node) })
  for await (const status of readEvents<BranchNodeStatus>(response)) if (isInSync(status)) break
}
