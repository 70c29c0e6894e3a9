import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newEnrolmentCode, formatEnrolmentCode } from '../../adapters/access/enrolment-code.ts'
import { callNode } from '../../adapters/cli/node-client.ts'
import { newSigningKey } from '../../adapters/exchange/signature.ts'
import { readNodeFile, type NodeAddress } from '../../adapters/node/node-file.ts'
import { alertPlan } from '../../cloud-node/cli/alert-plan.ts'
import { startCloudNode, type CloudNode } from '../../cloud-node/main.ts'
import { enrolBranch } from '../../local-node/enrol-branch.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { BranchDetail, BranchKeyView, IssuedCode } from '../../schemas/protocol/branches.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { FAULTS, FaultProxy } from '../support/fault-proxy.ts'
import { startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { statusWhere } from '../support/status-events.ts'

/** Nothing is mirrored here. */
const NEVER = { repairUpTo: 0, timeZone: 'UTC' } as const

const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }

let folder: { path: string; remove: () => void }
let cloud: CloudNode
let headquarters: NodeAddress
let branch: NodeProcess | undefined

beforeEach(async () => {
  folder = temporaryFolder()
  branch = undefined
  cloud = await startCloud('cloud')
  headquarters = readNodeFile(join(folder.path, 'cloud'))!
  for (const id of ['north', 'south']) await callNode(headquarters, 'POST', '/api/branches', { id, name: id })
})

afterEach(async () => {
  await branch?.stop()
  await cloud.stop()
  folder.remove()
})

function startCloud(name: string): Promise<CloudNode> {
  const dataDir = join(folder.path, name)
  const backup = { folder: join(folder.path, `${name}-backups`) }
  return startCloudNode({
    dataDir,
    declarations: COLLECTIONS,
    port: 0,
    backup,
    reconcile: NEVER,
    alerts: alertPlan({}),
    log: SILENT,
  })
}

const pc = (name: string) => join(folder.path, name)

async function codeFor(id: string): Promise<string> {
  return (await callNode<IssuedCode>(headquarters, 'POST', `/api/branches/${id}/code`, {})).code
}

function enrol(dataDir: string, code: string, cloudUrl = cloud.url) {
  return enrolBranch({ dataDir, cloudUrl, code, declarations: COLLECTIONS, log: SILENT })
}

/** A process of its own: a process has one node. */
async function startBranch(dataDir: string): Promise<NodeProcess> {
  branch = await startNode(['branch', 'start', '--data', dataDir, '--interval', '0.2'])
  return branch
}

const keysOf = async (id: string) =>
  (await callNode<{ keys: BranchKeyView[] }>(headquarters, 'GET', `/api/branches/${id}/keys`)).keys

function refusedWith(code: string) {
  return (status: BranchNodeStatus) => status.sync.refused?.code === code
}

describe('a PC that is enrolled', () => {
  it('is the branch of the code, knows the chain, and is in sync with nothing but its key', async () => {
    expect(await enrol(pc('north'), await codeFor('north'))).toEqual({ branchId: 'north', branchName: 'north' })
    await startBranch(pc('north'))
    await statusWhere<CloudNodeStatus>(headquarters, ({ branches: rows }) =>
      rows.some(({ id, verdict }) => id === 'north' && verdict.state === 'in-sync'),
    )
    const [key] = await keysOf('north')
    expect(key).toMatchObject({ state: 'current', lastUsedAt: expect.any(String) as string })
    expect(statSync(join(pc('north'), 'store.sqlite')).mode & 0o077).toBe(0)
  })

  it('used its code up: no other PC gets in with it', async () => {
    const code = await codeFor('north')
    await enrol(pc('north'), code)
    await expect(enrol(pc('thief'), code)).rejects.toMatchObject({ code: 'ENROLMENT_CODE', field: 'code' })
    expect(existsSync(pc('thief'))).toBe(false)
  })

  it('is shut out by the next PC that is enrolled with a new code, which takes everything over', async () => {
    await enrol(pc('north'), await codeFor('north'))
    const first = await startBranch(pc('north'))
    await statusWhere<BranchNodeStatus>(first, ({ sync }) => sync.verdict.state === 'in-sync')
    await enrol(pc('spare'), await codeFor('north'))
    await callNode(first, 'POST', '/api/sync', {})
    await statusWhere(first, refusedWith('REVOKED'))
    await branch!.stop()
    const second = await startBranch(pc('spare'))
    await statusWhere<BranchNodeStatus>(second, ({ sync }) => sync.verdict.state === 'in-sync')
    const { starts } = await callNode<BranchDetail>(headquarters, 'GET', '/api/branches/north')
    expect(starts.map(({ state }) => state).toSorted()).toEqual(['current', 'dead'])
  })

  it('is not taken back once another PC has taken its place, and that one stays', async () => {
    await enrol(pc('old'), await codeFor('north'))
    const old = await startBranch(pc('old'))
    await statusWhere<BranchNodeStatus>(old, ({ sync }) => sync.verdict.state === 'in-sync')
    await old.stop()
    await enrol(pc('new'), await codeFor('north'))
    const code = await codeFor('north')
    await expect(enrol(pc('old'), code)).rejects.toMatchObject({ code: 'CLONE_SUSPECTED', field: 'data' })
    const next = await startBranch(pc('new'))
    await statusWhere<BranchNodeStatus>(next, ({ sync }) => sync.verdict.state === 'in-sync')
    await next.stop()
    await enrol(pc('new'), code)
  })

  it('keeps everything when it is enrolled again after it was shut out, and sends what it wrote meanwhile', async () => {
    await enrol(pc('north'), await codeFor('north'))
    const before = await startBranch(pc('north'))
    await statusWhere<BranchNodeStatus>(before, ({ sync }) => sync.verdict.state === 'in-sync')
    await callNode(headquarters, 'POST', '/api/branches/north/revoke', {})
    await callNode(before, 'POST', '/api/members', { name: 'Li', phone: '13812345678' })
    await statusWhere(before, refusedWith('REVOKED'))
    await expect(enrol(pc('north'), await codeFor('north'))).rejects.toMatchObject({ code: 'STORE_LOCKED' })
    await branch!.stop()
    await enrol(pc('north'), await codeFor('north'))
    await startBranch(pc('north'))
    await statusWhere<CloudNodeStatus>(
      headquarters,
      ({ branches: rows, collections }) =>
        collections['members']!.documents === 1 &&
        rows.some(({ id, verdict }) => id === 'north' && verdict.state === 'in-sync'),
    )
    expect((await keysOf('north')).map(({ state }) => state)).toEqual(['current', 'revoked'])
  })
})

describe('an enrolment whose answer is lost', () => {
  it('is answered again when the command is given again, with the same key', async () => {
    const code = await codeFor('north')
    const link = await FaultProxy.open(cloud.url)
    // The first answer tells the number to sign over.
    void link.next('/enroll', { kind: 'delay', ms: 0 })
    void link.next('/enroll', FAULTS['drop response after commit'], 5)
    await expect(enrol(pc('north'), code, link.url)).rejects.toMatchObject({ code: 'LINK_FAILED' })
    expect((await keysOf('north')).map(({ state }) => state)).toEqual(['current'])
    await link.close()
    await enrol(pc('north'), code)
    expect((await keysOf('north')).map(({ state }) => state)).toEqual(['current'])
    expect(readdirSync(pc('north'))).not.toContain('enrolment.json')
  }, 30_000)
})

describe('an enrolment is refused, and nothing is made,', () => {
  it('where the code has another form, is unknown, or was replaced by a newer one', async () => {
    const older = await codeFor('north')
    await codeFor('north')
    const unknown = formatEnrolmentCode({ ...newEnrolmentCode('AA'), fingerprint: older.replaceAll('-', '').slice(26) })
    for (const code of ['north', older, unknown]) {
      await expect(enrol(pc('new'), code)).rejects.toMatchObject({ code: 'ENROLMENT_CODE', field: 'code' })
    }
    expect(existsSync(pc('new'))).toBe(false)
  })

  it('where the code is of another headquarters than the one that answers', async () => {
    const elsewhere = formatEnrolmentCode(newEnrolmentCode(newSigningKey().publicKey))
    const refused = enrol(pc('new'), elsewhere)
    await expect(refused).rejects.toMatchObject({ code: 'ENROLMENT_CODE' })
    await expect(refused).rejects.toThrow('another headquarters')
  })

  it('where headquarters cannot be reached, or is none', async () => {
    const code = await codeFor('north')
    await expect(enrol(pc('new'), code, 'http://127.0.0.1:9')).rejects.toMatchObject({ code: 'LINK_FAILED' })
    await expect(enrol(pc('new'), code, 'http://192.0.2.1')).rejects.toMatchObject({ code: 'UNENCRYPTED' })
    expect(existsSync(join(pc('new'), 'store.sqlite'))).toBe(false)
    await enrol(pc('new'), code)
  })

  it('where the branch is disabled or retired, and no code is issued for it either', async () => {
    const code = await codeFor('north')
    await callNode(headquarters, 'POST', '/api/branches/north/disable', {})
    await expect(enrol(pc('new'), code)).rejects.toMatchObject({ code: 'BRANCH_DISABLED' })
    await expect(codeFor('north')).rejects.toMatchObject({ code: 'BRANCH_DISABLED' })
    await expect(codeFor('west')).rejects.toMatchObject({ code: 'BRANCH_UNKNOWN' })
  })

  it('where the folder is another branch, which stays what it is', async () => {
    await enrol(pc('north'), await codeFor('north'))
    await enrol(pc('south'), await codeFor('south'))
    const refused = enrol(pc('north'), await codeFor('south'))
    await expect(refused).rejects.toMatchObject({ code: 'ENROLMENT_CODE', field: 'code' })
    expect((await keysOf('south')).map(({ state }) => state)).toEqual(['current'])
    await startBranch(pc('north'))
    await statusWhere<CloudNodeStatus>(headquarters, ({ branches: rows }) =>
      rows.some(({ id, verdict }) => id === 'north' && verdict.state === 'in-sync'),
    )
  })
})

function ignore(): void {}
