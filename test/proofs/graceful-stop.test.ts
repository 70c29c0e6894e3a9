/** SIGTERM of either node in the middle of an exchange: it ends in order, and the batch is finished or handed back. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backlogOf } from '../../adapters/exchange/backlog.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { Acknowledged } from '../support/check-invariants.ts'
import type { Fault } from '../support/fault-proxy.ts'
import { healed, RealChain, testOrder, type RealBranch } from '../support/real-chain.ts'

let chain: RealChain
let branch: RealBranch
const acknowledged: Acknowledged[] = []

beforeAll(async () => {
  chain = await RealChain.start()
  branch = await chain.addBranch('b1')
  await chain.level()
})

afterAll(async () => {
  await chain.stop()
})

async function order(at: 'branch' | 'headquarters', id: string): Promise<void> {
  const node = at === 'branch' ? branch.node : chain.cloud
  await node.post('/api/documents/orders', testOrder(id, 'b1'))
  acknowledged.push({ collection: 'orders', id, fields: { total: 2400 } })
}

/** What waits in the store of the stopped branch, and whether it has a document. */
function atRest(id: string): { waiting: number; has: boolean } {
  const file = join(branch.node.dataDir, 'store.sqlite')
  const store = new Store({ file, declarations: COLLECTIONS, tracksPending: true })
  const { documents } = backlogOf(store, ['orders'])
  const has = store.table('orders').get(id) !== undefined
  store.close()
  return { waiting: documents, has }
}

describe('a branch that is told to stop', () => {
  it.each(['request', 'answer'] as const)('hands back the batch whose %s is on its way', async (at) => {
    const { held, letGo } = branch.link.hold('/push', at)
    await order('branch', `push-${at}`)
    const { reached } = await held
    expect(reached).toBe(at === 'answer' ? 1 : 0)
    expect(await branch.node.stop()).toBe(0)
    expect(atRest(`push-${at}`)).toEqual({ waiting: 1, has: true })
    letGo()
    const from = branch.link.seen.length
    await branch.restart()
    await healed(branch, from)
    expect(await chain.cloud.get(`/api/documents/orders/push-${at}`)).toMatchObject({ total: 2400 })
  })

  it('asks again for the page that was on its way', async () => {
    const { held, letGo } = branch.link.hold('/pull', 'answer')
    await order('headquarters', 'pull')
    await held
    expect(await branch.node.stop()).toBe(0)
    expect(atRest('pull')).toEqual({ waiting: 0, has: false })
    letGo()
    const from = branch.link.seen.length
    await branch.restart()
    await healed(branch, from)
    expect(await branch.node.get('/api/documents/orders/pull')).toMatchObject({ total: 2400 })
  })
})

describe('headquarters that is told to stop', () => {
  const half: Fault = { kind: 'slow', direction: 'request', msPerByte: 20 }

  it('leaves a batch of which half has come to the branch, which sends it once headquarters is back', async () => {
    const struck = branch.link.next('/push', half)
    await order('branch', 'half')
    await struck
    expect(await chain.cloud.stop()).toBe(0)
    branch.link.restore()
    const from = branch.link.seen.length
    await chain.restartCloud()
    await healed(branch, from)
    expect(await chain.cloud.get('/api/documents/orders/half')).toMatchObject({ total: 2400 })
  })

  it('keeps a batch whose answer is on its way, and takes its repetition for what it is', async () => {
    const { held, letGo } = branch.link.hold('/push', 'answer')
    await order('branch', 'taken')
    await held
    expect(await chain.cloud.stop()).toBe(0)
    await branch.node.stop()
    letGo()
    expect(atRest('taken')).toEqual({ waiting: 1, has: true })
    await chain.restartCloud()
    const from = branch.link.seen.length
    await branch.restart()
    await healed(branch, from)
    expect(await chain.cloud.get('/api/documents/orders/taken')).toMatchObject({ total: 2400 })
  })
})

it('leaves every invariant whole', async () => {
  const { exceptions } = await chain.level()
  expect(exceptions).toBe(0)
  expect(await chain.violations({ acknowledged })).toEqual([])
})
