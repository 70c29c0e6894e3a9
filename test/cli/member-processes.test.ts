import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import type { MemberOutcome, MemberView } from '../../schemas/protocol/identity.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import { killAllNodes, OUTPOST, startNode, temporaryFolder, type CommandResult } from '../support/node-process.ts'
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
  it('explains every command', async () => {
    const { stdout: all } = await outpost('', 'member', '--help')
    const names = [...all.matchAll(/^  (\w+) \[options\]/gm)].map(([, name]) => name!)
    expect(names).toHaveLength(14)
    const helped = await Promise.all(names.map((name) => outpost('', 'member', name, '--help')))
    for (const [at, { code, stdout }] of helped.entries()) {
      expect([names[at], code, stdout]).toEqual([names[at], 0, expect.stringMatching(/^Usage: outpost member /)])
    }
    expect((await outpost('', 'member', 'show')).code).toBe(2)
  })

  it('registers at a branch, asks headquarters and decides there, with the nodes running and stopped', async () => {
    const [atCloud, atBranch] = [join(folder.path, 'cloud'), join(folder.path, 'north')]
    const cloud = await startNode(['cloud', 'start', '--data', atCloud])
    await cloud.post('/api/branches', { id: 'north', name: 'North' })
    const start = () =>
      startNode(['branch', 'start', '--data', atBranch, '--branch', 'north', '--cloud', cloud.url, '--interval', '0.1'])
    let north = await start()
    const register = async (name: string, phone: string) => {
      const { stdout, stderr } = await outpost(
        phone,
        'member',
        'register',
        '--name',
        name,
        '--data',
        atBranch,
        '--json',
      )
      expect(stderr).toBe('')
      return (JSON.parse(stdout) as MemberView).id
    }
    const li = await register('Li', '13800138000')
    await north.stop()
    const wang = await register('Wang', '13800138001')
    const asked = await outpost('13800138001', 'member', 'phone', li, '--data', atBranch)
    expect(asked.stdout).toMatch(/^asked headquarters/)
    north = await start()
    await statusWhere<BranchNodeStatus>(north.url, ({ sync, backlog }) => {
      return backlog.documents === 0 && sync.verdict.state === 'in-sync'
    })
    const [request] = await north.get<RequestDocument[]>('/api/requests')
    expect(request).toMatchObject({ state: 'held', why: 'number-taken' })
    const decide = (...flags: string[]) => outpost('', 'member', 'decide', request!.id, ...flags, '--data', atCloud)
    const dry = await decide('--merge-into', wang, '--dry-run')
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/^dry run/)])
    await cloud.stop()
    const done = await decide('--merge-into', wang, '--json')
    expect((JSON.parse(done.stdout) as MemberOutcome).member).toMatchObject({ phones: ['138****8001'] })
    const shown = await outpost('', 'member', 'show', wang, '--data', atCloud, '--json')
    expect((JSON.parse(shown.stdout) as MemberView).ids.toSorted()).toEqual(
      expect.arrayContaining([li, wang].toSorted()),
    )
  })
})

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
