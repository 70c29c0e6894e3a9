import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SignedFetch } from '../../adapters/access/signed-fetch.ts'
import { EXCHANGE_PATH } from '../../adapters/http/exchange-path.ts'
import type { BranchDetail, BranchOutcome, RecoveryView } from '../../schemas/protocol/branches.ts'
import { killAllNodes, runCommand, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { postSigned, signedFetchOf } from '../support/enrolled-signer.ts'
import { heartbeatOf } from '../support/served-cloud.ts'

const folder = temporaryFolder()
const data = join(folder.path, 'cloud')
let cloud: NodeProcess
/** Both PCs have its key: one is a copy of the other's disk. */
let send: SignedFetch

beforeAll(async () => {
  cloud = await startNode(['cloud', 'start', '--data', data])
  await cloud.post('/api/branches', { id: 'b1', name: 'North' })
  send = await signedFetchOf(cloud, 'b1', join(folder.path, 'b1'))
  for (const [epoch, host] of [
    ['first', 'till'],
    ['second', 'copy'],
    ['first', 'till'],
  ] as const) {
    beat += 1
    const start = { head: { epoch, seq: 3 }, epochs: [{ epoch, firstSeq: 1 }] }
    await hear({ ...start, beat, host })
  }
})

afterAll(async () => {
  await killAllNodes()
  folder.remove()
})

let beat = 0
function hear(changed: object): Promise<Response> {
  const figures = { backlog: { documents: 4 }, classes: [{ class: 80, documents: 4 }], exceptions: 0 }
  return postSigned(send, `${EXCHANGE_PATH}/heartbeat`, { ...heartbeatOf('b1', { figures }), ...changed })
}

function branch(...args: string[]) {
  return runCommand(['cloud', 'branch', ...args, '--data', data])
}

async function detail(): Promise<BranchDetail> {
  return JSON.parse((await branch('show', 'b1', '--json')).stdout) as BranchDetail
}

describe('outpost cloud branch, with the node running', () => {
  it('shows two PCs that say that they are the branch, and keeps the one that a person names', async () => {
    const shown = await branch('show', 'b1')
    expect(shown.stdout).toMatch(/CLONE SUSPECTED[^]*keep b1 --pc <start>[^]*first +suspect[^]*till/)
    const wrong = await branch('keep', 'b1', '--pc', 'third')
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('[CLONE_UNDECIDED]') as string })
    expect((await branch('keep', 'b1', '--pc', 'first', '--dry-run')).stdout).toContain('would live')
    expect((await detail()).row.suspected).toHaveLength(2)
    expect((await branch('keep', 'b1', '--pc', 'first')).stdout).toContain('till lives')
    expect((await detail()).row.suspected).toBeUndefined()
  })

  it('asks before a PC is replaced, saying what the old one had not handed over', async () => {
    const asked = await branch('replace', 'b1')
    expect(asked).toMatchObject({ code: 1, stderr: expect.stringMatching(/4 documents waited there.*--yes/) as string })
    const tried = await branch('replace', 'b1', '--dry-run', '--json')
    expect((JSON.parse(tried.stdout) as BranchOutcome).dryRun).toBe(true)
    expect((await detail()).starts.map(({ state }) => state)).toContain('current')
    expect(await branch('replace', 'b1', '--yes')).toMatchObject({ code: 0 })
    expect((await detail()).starts.map(({ state }) => state)).toEqual(['dead', 'dead'])
  })

  it('says of a branch that was retired that it is, also in the status of headquarters', async () => {
    await cloud.post('/api/branches', { id: 'b2', name: 'South' })
    const status = async () => (await runCommand(['status', '--data', data])).stdout
    expect(await status()).toMatch(/ b2 +not checked, never heard$/m)
    expect(await branch('retire', 'b2')).toMatchObject({ code: 0 })
    expect(await status()).toMatch(/ b2 +retired, never heard$/m)
  })

  it('says clearly what there is not', async () => {
    for (const verb of ['show', 'retire', 'revive', 'resnapshot']) {
      expect(await branch(verb, 'none')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('there is no branch "none" [BRANCH_UNKNOWN]') as string,
      })
    }
    const recovery = await runCommand(['cloud', 'recovery', 'end', '--data', data])
    expect(recovery).toMatchObject({ code: 1, stderr: expect.stringContaining('[NOT_RECOVERING]') as string })
  })
})

describe('outpost cloud branch, with the node stopped', () => {
  it('retires, revives and asks for a snapshot on the store itself', async () => {
    await cloud.stop()
    expect((await branch('retire', 'b1')).stdout).toContain('b1 is retired')
    expect((await branch('list')).stdout).toMatch(/b1 +retired/)
    expect((await branch('revive', 'b1')).stdout).toContain('expected again')
    expect((await detail()).snapshotAsked).toBe(true)
    expect(await branch('resnapshot', 'b1')).toMatchObject({ code: 0 })
    const shown = await runCommand(['cloud', 'recovery', 'show', '--data', data, '--json'])
    expect(JSON.parse(shown.stdout) as RecoveryView).toEqual({})
  })
})
