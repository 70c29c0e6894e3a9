import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { callNode } from '../../adapters/cli/node-client.ts'
import type { BackupEvent, BackupReport } from '../../schemas/protocol/backup.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { killAllNodes, runCommand, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { testOrder } from '../support/real-chain.ts'
import { programAt } from '../support/paired-program.ts'
import { startBranch } from '../support/start-branch.ts'
import { statusWhere } from '../support/status-events.ts'

type Status = BranchNodeStatus | CloudNodeStatus

let folder: { path: string; remove: () => void }

beforeEach(() => {
  folder = temporaryFolder()
})

afterEach(async () => {
  await killAllNodes()
  folder.remove()
})

it('a branch and headquarters are backed up while they trade, and each goes back to its backup', async () => {
  const cloudFlags = ['cloud', 'start', '--data', join(folder.path, 'cloud')]
  let cloud = await startNode(cloudFlags)
  await cloud.post('/api/branches', { id: 'b1', name: 'North' })
  const branchData = join(folder.path, 'branch')
  const interval = ['--interval', '0.2']
  const port = new URL(cloud.url).port
  let branch = await startBranch(cloud, { id: 'b1', dataDir: branchData }, interval)

  const till = new Till(branch)
  await till.sold(20)
  const [ofBranch, ofCloud] = await Promise.all([backUp(branch), backUp(cloud)])
  await till.sold(till.count + 20)
  const sold = await till.close()
  expect(ofBranch.documents['orders']).toBeGreaterThanOrEqual(20)
  expect(ofBranch.documents['orders']).toBeLessThan(sold)
  expect(ofCloud.documents['orders']).toBeLessThan(sold)
  expect(ofCloud.documents['branches']).toBe(1)
  await statusWhere<CloudNodeStatus>(cloud, ({ collections }) => collections['orders']!.documents === sold)

  const branchEpoch = await epochOf(branch)
  await branch.stop()
  await cloud.stop()
  for (const [node, report] of [
    [branch, ofBranch],
    [cloud, ofCloud],
  ] as const) {
    const done = await runCommand(['restore', report.file, '--data', node.dataDir, '--yes', '--json'])
    expect([done.code, JSON.parse(done.stdout)]).toMatchObject([0, { seq: report.seq, documents: report.documents }])
  }

  // The branch is told nothing: who it is and where headquarters is are in the backup.
  branch = await startNode(['branch', 'start', '--data', branchData, ...interval])
  expect(documentsOf(await branch.get<Status>('/api/status'))).toEqual(ofBranch.documents)
  expect(await epochOf(branch)).not.toBe(branchEpoch)
  await branch.post('/api/documents/orders', testOrder('after', 'b1'))
  expect(await branch.get('/api/documents/orders/after')).toMatchObject({ id: 'after' })
  await branch.stop()

  cloud = await startNode([...cloudFlags, '--port', port])
  expect(documentsOf(await cloud.get<Status>('/api/status'))).toEqual(ofCloud.documents)
  await cloud.post('/api/branches', { id: 'b2', name: 'South' })
  expect((await cloud.get<CloudNodeStatus>('/api/status')).branches).toHaveLength(2)
})

/** Writes one order after the other until it is closed. */
class Till {
  count = 0
  #open = true
  #reached: { count: number; resolve: () => void } | undefined
  readonly #selling: Promise<void>

  constructor(branch: NodeProcess) {
    this.#selling = this.#sell(branch)
  }

  sold(count: number): Promise<void> {
    return new Promise((resolve) => (this.#reached = { count, resolve }))
  }

  async close(): Promise<number> {
    this.#open = false
    await this.#selling
    return this.count
  }

  async #sell(branch: NodeProcess): Promise<void> {
    while (this.#open) {
      await branch.post('/api/documents/orders', testOrder(`o${this.count + 1}`, 'b1'))
      this.count += 1
      if (this.#reached && this.count >= this.#reached.count) this.#reached.resolve()
    }
  }
}

/** Through the address, as any program would. */
async function backUp(node: NodeProcess): Promise<BackupReport> {
  const response = await node.ask('/api/backups', { method: 'POST' })
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
  const events = [...(await response.text()).matchAll(/^data: (.*)$/gm)].map(
    ([, data]) => JSON.parse(data!) as BackupEvent,
  )
  const last = events.at(-1)!
  if (!('report' in last)) throw new Error(`no backup: ${JSON.stringify(last)}`)
  expect(events.slice(0, -1).every((event) => 'progress' in event)).toBe(true)
  return last.report
}

function documentsOf({ collections }: Status): Record<string, number> {
  return Object.fromEntries(Object.entries(collections).map(([name, { documents }]) => [name, documents]))
}

/** The checkpoint of a collection names the epoch of the store. */
async function epochOf(node: NodeProcess): Promise<string> {
  const program = await programAt(node)
  const page = await callNode<{ checkpoint: { id: string } }>(program, 'GET', '/orders/1/pull?limit=1')
  return page.checkpoint.id
}
