/** A shop without internet, as people do it: real nodes, real commands, files that somebody carries. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BundleExport, BundleImport } from '../../schemas/protocol/bundle.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { killAllNodes, runCommand, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { outpost, testOrder } from '../support/real-chain.ts'
import { startBranch } from '../support/start-branch.ts'
import { statusWhere } from '../support/status-events.ts'

let folder: { path: string; remove: () => void }
let cloud: NodeProcess
let link: FaultProxy
let branch: NodeProcess
let stick: string

beforeEach(async () => {
  folder = temporaryFolder()
  stick = join(folder.path, 'stick')
  mkdirSync(stick)
  cloud = await startNode(['cloud', 'start', '--data', join(folder.path, 'cloud')])
  await cloud.post('/api/branches', { id: 'north', name: 'North' })
  link = await FaultProxy.open(cloud.url)
  branch = await startBranch(cloud, { id: 'north', dataDir: join(folder.path, 'north'), link })
  // Once it has what headquarters had for it, and headquarters knows that.
  await statusWhere<BranchNodeStatus>(branch, ({ sync }) => sync.lastContactAt !== undefined && !sync.running)
  link.cut()
})
afterEach(async () => {
  await killAllNodes()
  await link.close()
  folder.remove()
})

const atBranch = () => ['--data', branch.dataDir]
const atCloud = () => ['--data', cloud.dataDir]

describe('a shop without internet', () => {
  it('exchanges in three steps with a stick while both nodes run', async () => {
    for (const id of ['n1', 'n2']) await branch.post('/api/documents/orders', testOrder(id, 'north'))
    await cloud.post('/api/documents/orders', testOrder('c1', 'north'))
    const { file, documents } = await outpost<BundleExport>('branch', 'export-bundle', '--to', stick, ...atBranch())
    expect(documents).toBe(2)
    const taken = await outpost<BundleImport>('cloud', 'import-bundle', file, ...atCloud())
    expect(taken).toMatchObject({ state: 'taken', documents: 2, rejected: 0 })
    expect(await cloud.get('/api/documents/orders/n2')).toMatchObject({ id: 'n2' })
    const answer = taken.answer!.file
    expect(readdirSync(stick)).toHaveLength(2)
    const settled = await outpost<BundleImport>('branch', 'import-bundle', answer, ...atBranch())
    expect(settled).toMatchObject({ state: 'taken', settled: 2 })
    expect(await branch.get('/api/documents/orders/c1')).toMatchObject({ id: 'c1' })
    const { backlog } = await branch.get<BranchNodeStatus>('/api/status')
    expect(backlog.documents).toBe(0)
    // Twice is harmless, and is said.
    expect(await outpost('branch', 'import-bundle', answer, ...atBranch())).toMatchObject({ state: 'repeated' })
    const again = await runCommand(['cloud', 'import-bundle', file, ...atCloud()])
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect(again.stdout).toContain('taken before; nothing was changed')
    // And the link, once it is there, finds both level.
    link.restore()
    await branch.post('/api/sync', {})
    await statusWhere<BranchNodeStatus>(branch, ({ sync }) => sync.verdict.state === 'in-sync')
  })

  it('does so with both nodes stopped too, and gets news that headquarters sends by itself', async () => {
    await branch.post('/api/documents/orders', testOrder('n1', 'north'))
    await Promise.all([branch.stop(), cloud.stop()])
    const { file } = await outpost<BundleExport>('branch', 'export-bundle', '--to', stick, ...atBranch())
    const { answer } = await outpost<BundleImport>('cloud', 'import-bundle', file, ...atCloud())
    await outpost('branch', 'import-bundle', answer!.file, ...atBranch())
    cloud = await startNode(['cloud', 'start', ...atCloud()])
    await cloud.post('/api/documents/orders', testOrder('c1', 'north'))
    const news = await outpost<BundleExport>('cloud', 'export-bundle', 'north', '--to', stick, ...atCloud())
    expect(news.documents).toBe(1)
    expect(await outpost('branch', 'import-bundle', news.file, ...atBranch())).toMatchObject({ documents: 1 })
    branch = await startNode(['branch', 'start', ...atBranch()])
    expect(await branch.get('/api/documents/orders/c1')).toMatchObject({ id: 'c1' })
  })

  it('is told what to do with a file that is none, and where no stick is', async () => {
    const wrong = await runCommand(['branch', 'import-bundle', join(branch.dataDir, 'node.json'), ...atBranch()])
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toContain('BUNDLE_INVALID')
    expect(wrong.stderr).toContain('export-bundle')
    const nowhere = await runCommand(['branch', 'export-bundle', '--to', join(stick, 'no', 'stick'), ...atBranch()])
    expect(nowhere.code).toBe(1)
    expect(nowhere.stderr).toContain('is the stick plugged in?')
  })
})
