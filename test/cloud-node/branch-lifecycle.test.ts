import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callNode, commandHeaders } from '../../adapters/cli/node-client.ts'
import type { BranchDetail } from '../../schemas/protocol/branches.ts'
import { heartbeatOf, serveCloud, type ServedCloud } from '../support/served-cloud.ts'

let cloud: ServedCloud

beforeEach(async () => {
  cloud = await serveCloud(['b1', 'b2'])
  hear('b1', 'first', 1, 'till')
  hear('b2', 'start-of-b2', 1, 'pc-b2')
})

afterEach(() => cloud.close())

function hear(branchId: string, epoch: string, beat: number, host: string) {
  const start = { head: { epoch, seq: 5 }, epochs: [{ epoch, firstSeq: 1 }] }
  return cloud.operations.registry.heartbeat(branchId, heartbeatOf(branchId, { ...start, beat, host }))
}

function cloneB1(): void {
  hear('b1', 'second', 1, 'copy')
  expect(() => hear('b1', 'first', 2, 'till')).toThrow(/two running PCs/)
}

async function order(path: string, body: object = {}): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { 'content-type': 'application/json', ...commandHeaders(cloud) }
  const response = await fetch(`${cloud.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

function show(id: string): Promise<BranchDetail> {
  return callNode(cloud, 'GET', `/api/branches/${id}`)
}

describe('of two PCs that say that they are a branch', () => {
  it('both are refused until a person says which one lives; the other one never comes back', async () => {
    cloneB1()
    const states = async () => Object.fromEntries((await show('b1')).starts.map(({ epoch, state }) => [epoch, state]))
    expect(await states()).toEqual({ first: 'suspect', second: 'suspect' })
    expect((await order('/api/branches/b1/keep', { epoch: 'first', dryRun: true })).body).toMatchObject({
      dryRun: true,
      detail: { row: { id: 'b1' } },
    })
    expect(await states()).toEqual({ first: 'suspect', second: 'suspect' })
    await order('/api/branches/b1/keep', { epoch: 'first' })
    expect(await states()).toEqual({ first: 'current', second: 'dead' })
    expect((await show('b1')).row.suspected).toBeUndefined()
    expect(() => hear('b1', 'second', 2, 'copy')).toThrow(/declared dead/)
    hear('b1', 'first', 3, 'till')
  })

  it('one that is started again before the choice is still one of two, and may be named by the start that was seen', async () => {
    cloneB1()
    const again = { head: { epoch: 'third', seq: 9 }, host: 'till' }
    const epochs = [
      { epoch: 'first', firstSeq: 1 },
      { epoch: 'third', firstSeq: 6 },
    ]
    for (const beat of [1, 2]) {
      const heartbeat = heartbeatOf('b1', { ...again, epochs, beat })
      expect(() => cloud.operations.registry.heartbeat('b1', heartbeat)).toThrow(/two running PCs/)
    }
    const named = (detail: BranchDetail) => detail.row.suspected!.map(({ epoch }) => epoch).toSorted()
    expect(named(await show('b1'))).toEqual(['second', 'third'])
    const { body } = await order('/api/branches/b1/keep', { epoch: 'first' })
    const { starts } = body['detail'] as BranchDetail
    expect(Object.fromEntries(starts.map(({ epoch, state }) => [epoch, state]))).toEqual({
      first: 'earlier',
      second: 'dead',
      third: 'current',
    })
    cloud.operations.registry.heartbeat('b1', heartbeatOf('b1', { ...again, epochs, beat: 3 }))
  })

  it.each([
    ['b1', 'no-such', /there is no start no-such: name (first \(till\)|second \(copy\)) or/],
    ['b2', 'start-of-b2', /only one PC speaks/],
  ])('a choice that means nothing is refused: %s %s', async (id, epoch, message) => {
    cloneB1()
    const { status, body } = await order(`/api/branches/${id}/keep`, { epoch })
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'CLONE_UNDECIDED', message: expect.stringMatching(message) as string })
  })
})

describe('a branch', () => {
  it('that is replaced lets a new PC in, and none that it was before', async () => {
    await order('/api/branches/b1/replace', { dryRun: true })
    hear('b1', 'first', 2, 'till')
    await order('/api/branches/b1/replace')
    expect(() => hear('b1', 'first', 3, 'till')).toThrow(/declared dead/)
    hear('b1', 'new', 1, 'new till')
    expect((await show('b1')).starts.map(({ epoch, state }) => [epoch, state])).toEqual(
      expect.arrayContaining([
        ['new', 'current'],
        ['first', 'dead'],
      ]),
    )
  })

  it('that is retired is refused and not expected; revived, it takes everything anew', async () => {
    await order('/api/branches/b1/retire', { dryRun: true })
    hear('b1', 'first', 2, 'till')
    await order('/api/branches/b1/retire')
    expect(() => cloud.operations.registry.admit('b1')).toThrow(/was retired/)
    expect((await show('b1')).row.retired).toBe(true)
    expect(cloud.operations.registry.activeBranches()).toEqual(['b2'])
    expect((await order('/api/branches/b1/snapshot')).body).toMatchObject({ code: 'BRANCH_RETIRED' })
    await order('/api/branches/b1/revive')
    const { snapshot } = hear('b1', 'first', 3, 'till')
    expect(snapshot).toBeDefined()
    expect((await show('b1')).snapshotAsked).toBe(true)
    const start = { head: { epoch: 'first', seq: 5 }, epochs: [{ epoch: 'first', firstSeq: 1 }] }
    const taken = heartbeatOf('b1', { ...start, beat: 4, snapshotTaken: snapshot })
    cloud.operations.registry.heartbeat('b1', taken)
    expect((await show('b1')).snapshotAsked).toBe(false)
  })

  it('that was never retired is revived without a word', async () => {
    await order('/api/branches/b1/revive')
    expect(hear('b1', 'first', 2, 'till').snapshot).toBeUndefined()
  })

  it('can be told to take everything anew', async () => {
    await order('/api/branches/b1/snapshot', { dryRun: true })
    expect(hear('b1', 'first', 2, 'till').snapshot).toBeUndefined()
    await order('/api/branches/b1/snapshot')
    expect(hear('b1', 'first', 3, 'till').snapshot).toBeDefined()
  })

  it.each(['keep', 'replace', 'retire', 'revive', 'snapshot'])(
    'that there is not is refused, and so is a body with what means nothing: %s',
    async (name) => {
      const body = name === 'keep' ? { epoch: 'first' } : {}
      expect(await order(`/api/branches/none/${name}`, body)).toMatchObject({
        status: 404,
        body: { code: 'BRANCH_UNKNOWN' },
      })
      const { body: refused } = await order(`/api/branches/b1/${name}`, { ...body, dryrun: true })
      expect(refused).toMatchObject({ code: 'BAD_REQUEST' })
    },
  )
})

describe('a branch that was deleted', () => {
  it('is not there for a person, and is itself not let in', async () => {
    cloud.operations.write('branches', { id: 'b1', _deleted: true })
    expect(await order('/api/branches/b1/retire')).toMatchObject({ status: 404, body: { code: 'BRANCH_UNKNOWN' } })
    const own = await cloud.post('b1', 'heartbeat', heartbeatOf('b1'))
    expect([own.status, await own.json()]).toMatchObject([403, { code: 'BRANCH_UNKNOWN' }])
  })
})

describe('a recovery of headquarters', () => {
  function beginRecovery(): void {
    const { replica, recovery } = cloud.operations.cloud
    replica.store.transaction('test', () => recovery.begin('b1', () => 'r1', Date.parse('2026-03-01T00:00:00Z')))
  }

  it('is shown with the branches that are missing, and ended by a person', async () => {
    expect((await order('/api/recovery/end')).body).toMatchObject({ code: 'NOT_RECOVERING' })
    expect(await callNode(cloud, 'GET', '/api/recovery')).toEqual({})
    beginRecovery()
    const recovery = { since: '2026-03-01T00:00:00.000Z', waitingFor: ['b1', 'b2'] }
    expect(await callNode(cloud, 'GET', '/api/recovery')).toEqual({ recovery })
    expect(cloud.operations.status().recovery).toEqual(recovery)
    expect((await order('/api/recovery/end', { dryRun: true })).body).toEqual({ dryRun: true, ended: recovery })
    expect(cloud.operations.status().recovery).toEqual(recovery)
    await order('/api/recovery/end')
    expect(cloud.operations.status().recovery).toBeUndefined()
  })

  it('ends when the last branch that is missing is retired', async () => {
    beginRecovery()
    await order('/api/branches/b1/retire')
    expect(cloud.operations.status().recovery).toMatchObject({ waitingFor: ['b2'] })
    await order('/api/branches/b2/retire')
    expect(cloud.operations.status().recovery).toBeUndefined()
  })
})
