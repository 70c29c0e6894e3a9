/**
 * A branch and headquarters as people run them: two processes of the `outpost` command, each durable on its disk
 * (WAL, synchronous=FULL). The orders name members that are not there, so that headquarters folds their points but
 * nothing beside the orders travels.
 */
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { get } from 'node:http'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { BalanceLedger } from '../../adapters/exchange/balance-ledger.ts'
import { IdentityBook } from '../../adapters/identity/identity-book.ts'
import { createReplica } from '../../adapters/exchange/replica.ts'
import { writeDocument } from '../../adapters/exchange/write-documents.ts'
import { openClock } from '../../adapters/node/clock-memory.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { orders } from '../../schemas/collections/orders.ts'
import type { ChainKey } from '../../schemas/member-id.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { CountingRelay } from './counting-relay.ts'
import { orderDocuments } from './order-documents.ts'
import {
  BRANCH_ID,
  legSince,
  ordersOf,
  ORDERS_SEED,
  type Leg,
  type LegPlan,
  type ReplicationPeer,
} from './replication-leg.ts'
import { chunks } from './samples.ts'
import { callServer, startServer } from './server-process.ts'

const OUTPOST = '../../bin/outpost.js'
/** Nothing but the command below starts a cycle. */
const NO_TIMER = ['--interval', '86400']
const TRANSACTION = 1000

export const outpostReplication: ReplicationPeer = { name: 'outpost-full', run: runLeg }

async function runLeg(plan: LegPlan): Promise<Leg> {
  const folders = { up: join(plan.folder, 'branch'), down: join(plan.folder, 'cloud') }
  fillStore(folders[plan.direction], plan)
  const cloud = await startServer(OUTPOST, ['cloud', 'start', '--data', folders.down, '--port', '0'])
  const relay = await CountingRelay.open(cloud.url)
  await callServer(cloud.url, '/api/branches', { id: BRANCH_ID, name: 'North' })
  switchSyncOff(folders.up)
  const identity = ['--branch', BRANCH_ID, '--cloud', relay.url]
  const branch = await startServer(OUTPOST, [
    'branch',
    'start',
    '--data',
    folders.up,
    ...identity,
    ...NO_TIMER,
    '--port',
    '0',
  ])
  const before = await callServer<BranchNodeStatus>(branch.url, '/api/status')
  if (before.sync.enabled || before.sync.lastContactAt !== undefined) throw new Error('the branch has begun too early')

  const answer = await callServer<BranchNodeStatus>(branch.url, '/api/sync', { action: 'on' })
  if (!isInSync(answer)) await streamBecomesInSync(branch.url)
  const leg = legSince(relay, plan)

  const here = await callServer<BranchNodeStatus>(branch.url, '/api/status')
  const there = await callServer<CloudNodeStatus>(cloud.url, '/api/status')
  const counts = [here, there].map(({ collections }) => collections['orders']?.documents)
  if (counts.some((count) => count !== ordersOf(plan))) throw new Error(`orders that arrived: ${counts.join(' and ')}`)
  const peakRssMb = Math.max(branch.peakRssMb() ?? 0, cloud.peakRssMb() ?? 0)
  await branch.stop()
  await relay.close()
  await cloud.stop()
  return { ...leg, peakRssMb: peakRssMb || undefined }
}

/** Writes into a store whose node has not started yet, by the path that imports and commands take. */
function fillStore(folder: string, plan: LegPlan): void {
  const store = openStore(folder, plan.direction === 'up')
  const { clock, remember } = openClock(store)
  // Orders carry no id that the chain's key proves.
  const replica = createReplica({ store, clock, chainKey: '' as ChainKey })
  if (plan.direction === 'down') store.derive(new BalanceLedger(store, new IdentityBook(store)).derive)
  const documents = [...orderDocuments({ count: ordersOf(plan), branchId: BRANCH_ID, seed: ORDERS_SEED })]
  for (const chunk of chunks(documents, TRANSACTION)) {
    store.transaction('import', (write) => {
      for (const doc of chunk) {
        const written = writeDocument(replica, write, orders, doc['id'] as string, () => doc)
        if (written.outcome !== 'inserted') throw new Error(`an order was ${written.outcome}`)
      }
    })
  }
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

/** For a cycle that the link ended: the next one goes on. */
async function streamBecomesInSync(url: string): Promise<void> {
  const request = get(`${url}/api/status/stream`)
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream]
  for await (const line of createInterface({ input: response })) {
    if (line.startsWith('data: ') && isInSync(JSON.parse(line.slice('data: '.length)) as BranchNodeStatus)) break
  }
  request.destroy()
}
