/** Bundles of a stopped node with collections of its chain's own. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadDeclarations } from '../../adapters/node/load-declarations.ts'
import type { BundleExport, BundleImport } from '../../schemas/protocol/bundle.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import { killAllNodes, runCommand, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { outpost } from '../support/real-chain.ts'
import { startBranch } from '../support/start-branch.ts'
import { statusWhere } from '../support/status-events.ts'
import { VISITS } from '../support/visits.ts'

let folder: { path: string; remove: () => void }
let declared: string[]
let stick: string
let cloud: NodeProcess
let branch: NodeProcess

beforeEach(async () => {
  folder = temporaryFolder()
  const file = join(folder.path, 'visits.mjs')
  writeFileSync(file, VISITS)
  declared = ['--collections', file]
  stick = join(folder.path, 'stick')
  mkdirSync(stick)
  cloud = await startNode(['cloud', 'start', '--data', join(folder.path, 'cloud'), ...declared])
  await cloud.post('/api/branches', { id: 'north', name: 'North' })
  const declarations = await loadDeclarations(file)
  branch = await startBranch(cloud, { id: 'north', dataDir: join(folder.path, 'north'), declarations }, declared)
  await statusWhere<BranchNodeStatus>(branch, ({ sync }) => sync.lastContactAt !== undefined)
  await cloud.stop()
  await branch.post('/api/documents/visits', { id: 'v1', branchId: 'north', guests: 3 })
  await branch.stop()
})
afterEach(async () => {
  await killAllNodes()
  folder.remove()
})

async function expectRefused(...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await runCommand(args)
  expect(code).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).toContain('BAD_CONFIGURATION')
  expect(stderr).toContain('visits')
  expect(stderr).toContain('--collections')
}

describe('a stopped node with further collections', () => {
  it('carries them where they are named, and makes and takes no bundle where they are not', async () => {
    const [atBranch, atCloud] = [
      ['--data', branch.dataDir],
      ['--data', cloud.dataDir],
    ]
    const exporting = ['branch', 'export-bundle', '--to', stick, ...atBranch]
    await expectRefused(...exporting)
    const { file, documents } = await outpost<BundleExport>(...exporting, ...declared)
    expect(documents).toBe(1)
    await expectRefused('cloud', 'import-bundle', file, ...atCloud)
    await expectRefused('cloud', 'export-bundle', 'north', '--to', stick, ...atCloud)
    const { answer, ...taken } = await outpost<BundleImport>('cloud', 'import-bundle', file, ...atCloud, ...declared)
    expect(taken).toMatchObject({ state: 'taken', documents: 1, rejected: 0 })
    await expectRefused('branch', 'import-bundle', answer!.file, ...atBranch)
    const settled = await outpost<BundleImport>('branch', 'import-bundle', answer!.file, ...atBranch, ...declared)
    expect(settled).toMatchObject({ state: 'taken', settled: 1 })
    cloud = await startNode(['cloud', 'start', ...atCloud, ...declared])
    expect(await cloud.get('/api/documents/visits/v1')).toMatchObject({ id: 'v1', guests: 3 })
  })
})
