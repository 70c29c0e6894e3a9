/**
 * Many branches that come back at once, each with its backlog, and one headquarters in a process of its own with its
 * store on the disk. The branches share a few processes and keep their stores in memory where the system has such a
 * folder: they are many machines in truth, and must not take their disk from headquarters.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { stopRequested } from '../../scripts/lib/process-tree.mjs'
import { callNode } from '../../adapters/cli/node-client.ts'
import type { IssuedCode } from '../../schemas/protocol/branches.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import type { FleetState } from './fleet-branches.ts'
import { addBranch, startCloud } from './outpost-nodes.ts'
import { callServer, startServer } from './server-process.ts'

export interface FleetPlan {
  readonly branches: number
  readonly ordersEach: number
  readonly folder: string
  readonly say: (line: string) => void
}

export interface FleetDrain {
  readonly documentsPerSecond: number
  /** Cycles that ended before their end. */
  readonly errorCount: number
  readonly errors: readonly string[]
  readonly cloudPeakRssMb: number | undefined
}

const PROCESSES = 2
const LOOK_EVERY_MS = 200
const DEADLINE_MS = 10 * 60_000
const DEADLINE_PER_ORDER_MS = 5
const FIRST_SEED = 1000
const MEMORY_FOLDER = '/dev/shm'
const BYTES_PER_ORDER = 4096

export async function drainFleet({ branches, ordersEach, folder, say }: FleetPlan): Promise<FleetDrain> {
  const orders = branches * ordersEach
  const stores = createStoresFolder(folder, orders)
  const cloud = await startCloud(join(folder, 'cloud'))
  const ids = Array.from({ length: branches }, (_, i) => `branch-${i + 1}`)
  for (const id of ids) await addBranch(cloud, id)
  const processes = await Promise.all(
    Array.from({ length: PROCESSES }, () => startServer('fleet-branches.js', [stores, cloud.url])),
  )
  await Promise.all(
    processes.map(async ({ url }, nth) => {
      for (let i = nth; i < branches; i += PROCESSES) {
        const { code } = await callNode<IssuedCode>(cloud, 'POST', `/api/branches/${ids[i]}/code`, {})
        await callServer(url, '/open', { branchId: ids[i], code, count: ordersEach, seed: FIRST_SEED + i })
      }
    }),
  )
  say(`  ${branches} branches come back with ${ordersEach.toLocaleString('en')} orders each`)

  const start = process.hrtime.bigint()
  await Promise.all(processes.map(({ url }) => callServer(url, '/drain')))
  const states = await allDrained(
    processes.map(({ url }) => url),
    orders,
  )
  const end = states.map(({ drainedAt }) => BigInt(drainedAt!)).reduce((a, b) => (a > b ? a : b))

  const { collections } = await callNode<CloudNodeStatus>(cloud, 'GET', '/api/status')
  const arrived = collections['orders']?.documents
  if (arrived !== orders) throw new Error(`orders that arrived: ${arrived} of ${orders}`)
  const cloudPeakRssMb = cloud.peakRssMb()
  await Promise.all(processes.map(({ url }) => callServer(url, '/stop')))
  await Promise.all(processes.map((each) => each.stop()))
  await cloud.stop()
  rmSync(stores, { recursive: true, force: true })
  return {
    documentsPerSecond: orders / (Number(end - start) / 1e9),
    errorCount: states.reduce((sum, { errorCount }) => sum + errorCount, 0),
    errors: states.flatMap(({ errors }) => errors),
    cloudPeakRssMb,
  }
}

async function allDrained(urls: readonly string[], orders: number): Promise<FleetState[]> {
  for (const deadline = performance.now() + DEADLINE_MS + orders * DEADLINE_PER_ORDER_MS; ;) {
    const states = await Promise.all(urls.map((url) => callServer<FleetState>(url, '/state')))
    if (states.every(({ drainedAt }) => drainedAt !== undefined)) return states
    if (performance.now() > deadline) {
      const draining = states.reduce((sum, state) => sum + state.draining, 0)
      const errors = states.flatMap((state) => state.errors).join('; ')
      throw new Error(`${draining} branches could not send everything: ${errors}`)
    }
    await sleep(LOOK_EVERY_MS)
  }
}

function createStoresFolder(folder: string, orders: number): string {
  const onDisk = join(folder, 'branches')
  mkdirSync(onDisk, { recursive: true })
  if (!existsSync(MEMORY_FOLDER)) return onDisk
  const { bavail, bsize } = statfsSync(MEMORY_FOLDER)
  if (bavail * bsize < orders * BYTES_PER_ORDER) return onDisk
  const created = mkdtempSync(join(MEMORY_FOLDER, 'outpost-bench-'))
  const remove = () => rmSync(created, { recursive: true, force: true })
  process.once('exit', remove)
  stopRequested.addEventListener('abort', remove) // who dies of a signal hears of no exit
  return created
}
