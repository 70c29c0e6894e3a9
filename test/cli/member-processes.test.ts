import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import type { MemberOutcome, MemberView } from '../../schemas/protocol/identity.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import {
  killAllNodes,
  OUTPOST,
  startNode,
  temporaryFolder,
  type CommandResult,
  type NodeProcess,
} from '../support/node-process.ts'
import { startBranch } from '../support/start-branch.ts'
import { statusWhere } from '../support/status-events.ts'

let folder: { path: string; remove: () => void }

beforeEach(() => {
  folder = temporaryFolder()
})

afterEach(async () => {
  await killAllNodes()
  folder.remove()
})

describe('outpost member with real nodes', () => {
  it('registers at a running branch, and decides at running headquarters what it asks for', async () => {
    const { cloud, north } = await startChain()
    const li = await register(north.dataDir, 'Li', '13800138000')
    const wang = await north.post<MemberView>('/api/members', { name: 'Wang', phone: '13800138001' })
    await north.post(`/api/members/${li.id}/requests`, { do: 'phone', to: '13800138001' })
    await statusWhere<BranchNodeStatus>(north, ({ sync, backlog }) => {
      return backlog.documents === 0 && sync.verdict.state === 'in-sync'
    })
    const [request] = await north.get<RequestDocument[]>('/api/requests')
    expect(request).toMatchObject({ state: 'held', why: 'number-taken' })
    const flags = ['--merge-into', wang.id, '--data', cloud.dataDir, '--json']
    const decided = await outpost('', 'member', 'decide', request!.id, ...flags)
    expect(decided.stderr).toBe('')
    expect((JSON.parse(decided.stdout) as MemberOutcome).member).toMatchObject({
      id: wang.id,
      phones: ['138****8001'],
      ids: expect.arrayContaining([li.id, wang.id]) as string[],
    })
  })

  it('works on the stores of stopped nodes', async () => {
    const { cloud, north } = await startChain()
    await Promise.all([cloud.stop(), north.stop()])
    expect(await register(north.dataDir, 'Li', '13800138000')).toMatchObject({ name: 'Li', phones: ['138****8000'] })
    const review = await outpost('', 'member', 'review', '--data', cloud.dataDir)
    expect(review).toEqual({ code: 0, stdout: 'nothing waits for a person\n', stderr: '' })
  })

  it('ends with 2 when the command line is wrong', async () => {
    const { code, stderr } = await outpost('', 'member', 'show')
    expect([code, stderr]).toEqual([2, expect.stringContaining('--help')])
  })
})

async function startChain(): Promise<{ cloud: NodeProcess; north: NodeProcess }> {
  const cloud = await startNode(['cloud', 'start', '--data', join(folder.path, 'cloud')])
  await cloud.post('/api/branches', { id: 'north', name: 'North' })
  const dataDir = join(folder.path, 'north')
  return { cloud, north: await startBranch(cloud, { id: 'north', dataDir }, ['--interval', '0.5']) }
}

/** Registers somebody whose phone comes from the standard input. */
async function register(dataDir: string, name: string, phone: string): Promise<MemberView> {
  const { stdout, stderr } = await outpost(phone, 'member', 'register', '--name', name, '--data', dataDir, '--json')
  expect(stderr).toBe('')
  return JSON.parse(stdout) as MemberView
}

/** Runs `outpost …` as a process of its own with a standard input. */
async function outpost(input: string, ...args: string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [OUTPOST, ...args])
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  // A command that wants no input may be through before it is written.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number]
  return { code, stdout, stderr }
}
