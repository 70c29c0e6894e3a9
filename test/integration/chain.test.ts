import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callNode } from '../../adapters/cli/node-client.ts'
import { SHARED_SCOPE, type E164Phone, type Scope } from '../../schemas/brand.ts'
import { memberIdOfPhone, type ChainKey } from '../../schemas/member-id.ts'
import type { BranchSession } from '../../schemas/protocol/session.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { programAt } from '../support/paired-program.ts'
import { RealChain, testOrder, testProduct } from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'

let chain: RealChain

beforeEach(async () => {
  chain = await RealChain.start()
})

afterEach(async () => {
  await chain.stop()
})

async function register(node: NodeProcess, phone: string, name: string, scope: string = SHARED_SCOPE): Promise<string> {
  const { branchId, chainKey } = await node.get<BranchSession>('/api/session')
  const id = memberIdOfPhone(chainKey as ChainKey, scope as Scope, phone as E164Phone, 0)
  const registrations = [{ id: `r-${branchId}-${name}`, branchId, at: '2026-03-01T09:00:00.000Z' }]
  const member = { id, scope, phone, generation: 0, name, tags: [name], registrations, aliases: [], followUps: [] }
  await node.post('/api/documents/members', member)
  return id
}

describe('a chain of real processes', () => {
  it('makes one member of two registrations of a phone while offline, and finds every order and point', async () => {
    const [b1, b2] = [await chain.addBranch('b1'), await chain.addBranch('b2')]
    b1.link.cut()
    b2.link.cut()
    const id = await register(b1.node, '+8613800138000', 'Li')
    expect(await register(b2.node, '+8613800138000', 'Li Na')).toBe(id)
    await b1.node.post('/api/documents/orders', testOrder('o1', 'b1', id))
    await b2.node.post('/api/documents/orders', testOrder('o2', 'b2', id))
    expect(await b1.node.get(`/api/members/${id}/balance`)).toEqual({ points: 24, value: 0 })
    b1.link.restore()
    b2.link.restore()
    const status = await chain.level()
    expect(status.collections['members']!.documents).toBe(1)
    const [row] = await chain.mysql.query('SELECT name, phone, points FROM member')
    expect(row).toEqual({ name: 'Li Na', phone: '+8613800138000', points: 48 })
    expect(await chain.mysql.query('SELECT member_id FROM orders')).toEqual([{ member_id: id }, { member_id: id }])
    for (const { node } of [b1, b2]) {
      expect(await node.get(`/api/members/${id}/balance`)).toEqual({ points: 48, value: 0 })
      const member = await node.get<{ tags: string[]; registrations: unknown[] }>(`/api/documents/members/${id}`)
      expect(member.tags.toSorted()).toEqual(['Li', 'Li Na'])
      expect(member.registrations).toHaveLength(2)
    }
  })

  it('gives shared documents to every branch and private ones to their own only', async () => {
    const [b1, b2] = [await chain.addBranch('b1'), await chain.addBranch('b2')]
    const product = testProduct('1')
    await chain.cloud.post('/api/import', [product.record])
    const shared = await register(b1.node, '+8613800138001', 'Shared')
    const own = await register(b1.node, '+8613800138002', 'Private', 'b1')
    await b1.node.post('/api/documents/orders', testOrder('o1', 'b1', shared))
    await chain.level()
    const b2Status = await b2.node.get<BranchNodeStatus>('/api/status')
    const counts = Object.entries(b2Status.collections).map(([name, { documents }]) => [name, documents])
    expect(Object.fromEntries(counts)).toEqual({
      decisions: 0,
      members: 1,
      requests: 0,
      orders: 0,
      movements: 0,
      products: 1,
      branches: 1,
    })
    await expect(b2.node.get(`/api/documents/members/${own}`)).rejects.toMatchObject({ code: 'DOCUMENT_UNKNOWN' })
    await expect(b2.node.get('/api/documents/orders/o1')).rejects.toMatchObject({ code: 'DOCUMENT_UNKNOWN' })
    expect(await b2.node.get(`/api/documents/products/${product.id}`)).toMatchObject({ name: 'Tea 1' })
    expect(await chain.mysql.query('SELECT scope FROM member ORDER BY scope')).toEqual([
      { scope: 'b1' },
      { scope: 'shared' },
    ])
  })

  it('gives a replaced branch PC its own documents back', async () => {
    const branch = await chain.addBranch('b1')
    const id = await register(branch.node, '+8613800138003', 'Private', 'b1')
    const orders = 250
    const rows = Array.from({ length: orders }, (_, i) => testOrder(`o${i}`, 'b1', id))
    await callNode(
      await programAt(branch.node),
      'POST',
      '/orders/1/push',
      rows.map((order) => ({ newDocumentState: { ...order, _deleted: false } })),
    )
    await chain.level()
    await branch.node.stop()
    rmSync(branch.node.dataDir, { recursive: true })
    await branch.restart()
    await chain.level()
    const status = await branch.node.get<BranchNodeStatus>('/api/status')
    expect(status.collections['orders']!.documents).toBe(orders)
    expect(await branch.node.get(`/api/members/${id}/balance`)).toEqual({ points: 24 * orders, value: 0 })
  })

  it('keeps a disabled branch out until it is enabled again, and says so on both sides', async () => {
    const branch = await chain.addBranch('b1')
    await chain.level()
    await chain.cloud.post('/api/branches/b1/disable', {})
    await branch.node.post('/api/documents/orders', testOrder('o1', 'b1'))
    const refused = await statusWhere<BranchNodeStatus>(branch.node, ({ sync }) => sync.lastError !== undefined)
    expect(refused.sync.lastError!.code).toBe('BRANCH_DISABLED')
    expect((await chain.cloud.get<CloudNodeStatus>('/api/status')).collections['orders']!.documents).toBe(0)
    await chain.cloud.post('/api/branches/b1/enable', {})
    expect((await chain.level()).collections['orders']!.documents).toBe(1)
  })

  it('parks a document of a browser that its node must refuse, and lets the others through', async () => {
    const branch = await chain.addBranch('b1')
    const { chainKey } = await branch.node.get<BranchSession>('/api/session')
    expect(chainKey).toMatch(/^[0-9a-f]{64}$/)
    // A browser with another chain's key: its member is refused by the node that it speaks to, at once and for good.
    const clock = { r: { name: '0mwqd9kna0000wwwwwww1' } }
    const wrong = { id: 'f'.repeat(32), scope: 'shared', phone: '+8613800138009', generation: 0, name: 'X', tags: [] }
    const pushed = { ...wrong, registrations: [], aliases: [], followUps: [], clock, _deleted: false }
    const rows = [{ newDocumentState: pushed }]
    const program = await programAt(branch.node)
    const answer = await callNode<{ _deleted: boolean }[]>(program, 'POST', '/members/1/push', rows)
    expect(answer).toEqual([{ ...pushed, _deleted: true }])
    await branch.node.post('/api/documents/orders', testOrder('o1', 'b1'))
    await chain.level()
    const status = await branch.node.get<BranchNodeStatus>('/api/status')
    expect(status.exceptions).toBe(1)
    expect(await branch.node.get('/api/exceptions')).toMatchObject({
      exceptions: [{ code: 'MEMBER_ID_MISMATCH', field: 'id' }],
    })
  })
})
