import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CloudOperations } from '../../../cloud-node/cloud-operations.ts'
import { openChain } from '../../../cloud-node/chain.ts'
import type { Doc } from '../../../schemas/json.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

const MEMBER = 'r-1'

let folder: { path: string; remove: () => void }
let chain: SimulatedChain
let branch: SimulatedBranch

beforeEach(() => {
  folder = temporaryFolder()
  chain = new SimulatedChain(folder.path, ['b1'])
  branch = chain.branches[0]!
})

afterEach(() => {
  chain.close()
  folder.remove()
})

function topUp(id: string, value: number): Doc {
  return { id, branchId: 'b1', memberId: MEMBER, kind: 'topup', points: 0, value, at: '2026-01-01T00:00:00.000Z' }
}

describe('a batch that takes a balance further than numbers are exact', () => {
  it('is taken without the documents that do, whose code is told; the others do not suffer', async () => {
    // Odd amounts, which floating point would lose first; four more than fit.
    for (let i = 0; i < 12; i++) chain.write(branch, 'movements', topUp(`m${i}`, 1e15 - 1))
    chain.write(branch, 'movements', topUp('last', 7))
    for (let cycle = 0; cycle < 4; cycle++) await branch.cycle.run()
    expect(chain.cloud.replica.store.countLive('movements')).toBe(9)
    expect(chain.cloud.balances.balance(MEMBER)?.value).toBe(8 * (1e15 - 1) + 7)
    const parked = branch.branch.exceptions.list()
    expect(parked.map(({ code, tries }) => [code, tries])).toEqual(
      Array.from({ length: 4 }, () => ['BALANCE_RANGE', 3]),
    )
    expect(branch.branch.backlog().documents).toBe(0)
    expect(branch.cycle.status().lastError).toBeUndefined()
  })

  it('has room again once something is taken back, in one batch or later', async () => {
    for (let i = 0; i < 9; i++) chain.write(branch, 'movements', topUp(`m${i}`, 1e15))
    await branch.cycle.run()
    expect(branch.branch.exceptions.list()).toMatchObject([{ code: 'BALANCE_RANGE' }])
    chain.write(branch, 'movements', topUp('back', -1e15))
    await branch.cycle.run()
    expect(branch.branch.exceptions.list()).toEqual([])
    expect(chain.cloud.balances.balance(MEMBER)?.value).toBe(8e15)
  })
})

describe('at headquarters', () => {
  it('such a write is refused by its code, and nothing of it stays', () => {
    const operations = new CloudOperations({ ...chain, chain: openChain(chain.cloud.replica.store, {}) })
    for (let i = 0; i < 8; i++) operations.write('movements', topUp(`m${i}`, 1e15))
    const beyond = () => operations.write('movements', topUp('beyond', 1))
    expect(beyond).toThrow(expect.objectContaining({ code: 'BALANCE_RANGE' }))
    expect(chain.cloud.replica.store.table('movements').get('beyond')).toBeUndefined()
  })
})
