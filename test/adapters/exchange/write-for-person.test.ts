import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openChain } from '../../../cloud-node/chain.ts'
import { CloudOperations } from '../../../cloud-node/cloud-operations.ts'
import { BranchOperations } from '../../../local-node/branch-operations.ts'
import { noteOverdraft } from '../../../local-node/overdraft.ts'
import { SHARED_SCOPE, type E164Phone } from '../../../schemas/brand.ts'
import type { Doc } from '../../../schemas/json.ts'
import { memberIdOfPhone } from '../../../schemas/member-id.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { CHAIN_KEY, SimulatedChain } from '../../support/simulated-chain.ts'

const MEMBER = memberIdOfPhone(CHAIN_KEY, SHARED_SCOPE, '+8613800000001' as E164Phone, 0)
const AT = '2026-01-01T00:00:00.000Z'

let folder: { path: string; remove: () => void }
let chain: SimulatedChain
let cloud: CloudOperations
let branches: BranchOperations[]

beforeEach(async () => {
  folder = temporaryFolder()
  chain = new SimulatedChain(folder.path, ['b1', 'b2'])
  cloud = new CloudOperations({ ...chain, chain: openChain(chain.cloud.replica.store, {}) })
  branches = chain.branches.map(({ id, branch, book }) => {
    return new BranchOperations({ branch, book, facts: cloud.factsFor(id), cloudUrl: 'http://headquarters' })
  })
  cloud.write('members', { ...member(), name: 'Li' })
  cloud.write('movements', topUp('t1', 100, 1000))
  await chain.heal()
})

afterEach(() => {
  chain.close()
  folder.remove()
})

function member(): Doc {
  const lists = { tags: [], registrations: [], aliases: [], followUps: [] }
  return { id: MEMBER, scope: SHARED_SCOPE, phone: '+8613800000001', generation: 0, ...lists }
}

function topUp(id: string, points: number, value: number, branchId = 'b1'): Doc {
  return { id, branchId, memberId: MEMBER, kind: 'topup', points, value, at: AT }
}

function order(id: string, branchId: string, fields: Doc): Doc {
  const facts = { id, branchId, number: id, placedAt: AT, status: 'paid', round: 1, memberId: MEMBER }
  return { ...facts, lines: [], total: 100, currency: 'CNY', ...fields }
}

describe('spending at a branch', () => {
  it('is refused beyond the shown balance, with nothing written', () => {
    const [branch] = branches
    expect(branch!.balanceOf(MEMBER)).toEqual({ points: 100, value: 1000 })
    expect(() => branch!.write('orders', order('o1', 'b1', { pointsSpent: 101 }))).toThrow(
      expect.objectContaining({ code: 'BALANCE_TOO_LOW', field: 'points' }),
    )
    expect(chain.branches[0]!.branch.replica.store.table('orders').get('o1')).toBeUndefined()
    expect(branch!.balanceOf(MEMBER)).toEqual({ points: 100, value: 1000 })
    branch!.write('orders', order('o1', 'b1', { pointsSpent: 100, valueSpent: 1000 }))
    expect(branch!.balanceOf(MEMBER)).toEqual({ points: 0, value: 0 })
    // An order that is not paid yet takes nothing; the payment does.
    branch!.write('orders', order('o2', 'b1', { status: 'created', valueSpent: 1 }))
    expect(() => branch!.write('orders', { id: 'o2', status: 'paid' })).toThrow('0.01 CNY too little')
    branch!.write('orders', { id: 'o1', status: 'refunded' })
    branch!.write('orders', { id: 'o2', status: 'paid' })
    expect(branch!.balanceOf(MEMBER)).toEqual({ points: 100, value: 999 })
  })

  it('is refused by a movement that takes more than there is', () => {
    const adjust = { ...topUp('t2', -101, 0), kind: 'adjust' }
    expect(() => branches[0]!.write('movements', adjust)).toThrow(expect.objectContaining({ code: 'BALANCE_TOO_LOW' }))
  })

  it('may go as far below zero as headquarters said last', async () => {
    const [branch] = branches
    const wanted = order('o1', 'b1', { pointsSpent: 110 })
    expect(() => branch!.write('orders', wanted)).toThrow(expect.objectContaining({ code: 'BALANCE_TOO_LOW' }))
    noteOverdraft(chain.branches[0]!.branch.replica.store, { points: 10, value: 0 })
    branch!.write('orders', wanted)
    expect(branch!.balanceOf(MEMBER).points).toBe(-10)
    // The next heartbeat brings what the chain has now.
    await chain.branches[0]!.cycle.run()
    expect(branch!.overdraft).toEqual({ points: 0, value: 0 })
  })
})

describe('two branches that spend the same points while both are offline', () => {
  it('make a negative balance that headquarters reports, and one refund clears', async () => {
    branches[0]!.write('orders', order('o1', 'b1', { pointsSpent: 80 }))
    branches[1]!.write('orders', order('o2', 'b2', { pointsSpent: 80 }))
    await chain.heal()
    expect(cloud.status().negativeBalances).toBe(1)
    expect(cloud.cloud.balances.negative(10)).toEqual([{ memberId: MEMBER, points: -60, value: 1000 }])
    for (const branch of branches) expect(branch.balanceOf(MEMBER)).toEqual({ points: -60, value: 1000 })
    branches[1]!.write('orders', { id: 'o2', status: 'refunded' })
    await chain.heal()
    expect(cloud.status().negativeBalances).toBe(0)
    expect(cloud.cloud.balances.negative(10)).toEqual([])
  })
})

describe('headquarters', () => {
  it('writes for a branch and for all, also what only it may write', async () => {
    cloud.write('products', { id: 'p1', name: 'Tea', price: 100, currency: 'CNY' })
    cloud.write('orders', order('o1', 'b1', { pointsEarned: 5 }))
    cloud.write('orders', { id: 'o1', note: 'by phone' })
    await chain.heal()
    expect(branches[0]!.read('orders', 'o1')).toMatchObject({ note: 'by phone' })
    expect(branches[0]!.read('products', 'p1')).toMatchObject({ price: 100 })
    expect(() => branches[1]!.read('orders', 'o1')).toThrow(expect.objectContaining({ code: 'DOCUMENT_UNKNOWN' }))
    expect(branches[0]!.balanceOf(MEMBER).points).toBe(105)
  })

  it('is refused what no branch could be sent, what is no document and what nobody can pay', () => {
    const refused: [string, Doc, string][] = [
      ['orders', order('o1', 'b9', {}), 'SCOPE'],
      ['orders', order('o1', 'shared', {}), 'SCOPE'],
      ['branches', { id: 'b9', name: 'B9' }, 'SCOPE'],
      ['orders', { ...order('', 'b1', {}) }, 'DOCUMENT_INVALID'],
      ['orders', order('o1', 'b1', { total: 'much' }), 'DOCUMENT_INVALID'],
      ['orders', order('o1', 'b1', { valueSpent: 1001 }), 'BALANCE_TOO_LOW'],
      ['members', { ...member(), id: 'x', name: 'Li' }, 'MEMBER_ID_MISMATCH'],
      ['nothing', { id: 'x' }, 'COLLECTION_UNKNOWN'],
    ]
    const { seq } = chain.cloud.replica.store.head()
    for (const [collection, doc, code] of refused) {
      expect(() => cloud.write(collection, doc), code).toThrow(expect.objectContaining({ code }))
    }
    expect(chain.cloud.replica.store.head().seq).toBe(seq)
  })
})

describe('a document that was deleted', () => {
  it('takes no edit that does not say so, at either side, and is brought back by one that does', async () => {
    cloud.write('orders', order('o1', 'b1', {}))
    cloud.write('orders', { id: 'o1', _deleted: true })
    await chain.heal()
    for (const place of [cloud, branches[0]!]) {
      for (const edit of [{ id: 'o1', note: 'late' }, order('o1', 'b1', { note: 'late' })]) {
        expect(() => place.write('orders', edit)).toThrow(
          expect.objectContaining({ code: 'DOCUMENT_UNKNOWN', field: '_deleted' }),
        )
      }
    }
    // A repeat of the deletion is none.
    expect(branches[0]!.write('orders', { id: 'o1', _deleted: true })).toMatchObject({ _deleted: true })
    branches[0]!.write('orders', { id: 'o1', note: 'back', _deleted: false })
    await chain.heal()
    expect(cloud.read('orders', 'o1')).toMatchObject({ note: 'back' })
  })
})

describe('the chain', () => {
  it('keeps its overdraft, replaces each part by itself and refuses what is none', () => {
    const { store } = chain.cloud.replica
    expect(openChain(store, { overdraft: { points: 10 } }).overdraft).toEqual({ points: 10, value: 0 })
    expect(openChain(store, { overdraft: { value: 5 } }).overdraft).toEqual({ points: 10, value: 5 })
    expect(openChain(store, {}).overdraft).toEqual({ points: 10, value: 5 })
    expect(() => openChain(store, { overdraft: { points: -1 } })).toThrow(
      expect.objectContaining({ code: 'BAD_CONFIGURATION', field: 'overdraft' }),
    )
  })
})
