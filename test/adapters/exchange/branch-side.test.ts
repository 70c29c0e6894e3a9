import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SHARED_SCOPE, type E164Phone } from '../../../schemas/brand.ts'
import { memberIdOfPhone } from '../../../schemas/member-id.ts'
import type { Page } from '../../../schemas/protocol/exchange.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { CHAIN_KEY, SimulatedChain } from '../../support/simulated-chain.ts'

let folder: { path: string; remove: () => void }
let chain: SimulatedChain

beforeEach(() => {
  folder = temporaryFolder()
  chain = new SimulatedChain(folder.path, ['b1'])
})

afterEach(() => {
  chain.close()
  folder.remove()
})

const PRODUCT = { id: 'p1', name: 'Tea', price: 100, currency: 'CNY' }

/** The page that headquarters would send of products, changed on its way. */
function pageOfProducts(change: (document: Record<string, unknown>) => void): Page {
  const [branch] = chain.branches
  const request = { ...branch!.branch.standpoint(), class: 20, limit: 10, wanted: [] }
  const page = chain.cloud.pull('b1', request)
  for (const { document } of page.documents) change(document)
  return page
}

describe('a page with a document that cannot be taken', () => {
  it('is receipted as rejected, asked for again by itself, and cleared when a good one comes', async () => {
    const [branch] = chain.branches
    await branch!.cycle.run()
    chain.writeAtCloud('products', PRODUCT)
    const page = pageOfProducts((document) => (document['price'] = 'free'))
    const receipts = branch!.branch.applyPage(20, page, 0)
    expect(receipts).toMatchObject([{ id: 'p1', outcome: 'rejected', code: 'DOCUMENT_INVALID' }])
    expect(branch!.branch.wanted(10)).toEqual([{ collection: 'products', id: 'p1', class: 20 }])
    // Nothing new happens at headquarters: the document is still asked for.
    await branch!.cycle.run()
    expect(branch!.branch.replica.store.table('products').get('p1')).toMatchObject({ price: 100 })
    expect(branch!.branch.exceptions.list()).toEqual([])
    expect(chain.cloud.exceptions.list()).toEqual([])
    expect(branch!.cycle.status().verdict.state).toBe('in-sync')
  })

  it('is parked after the third failure and then no longer asked for', () => {
    const [branch] = chain.branches
    chain.writeAtCloud('products', PRODUCT)
    const page = pageOfProducts((document) => (document['price'] = 'free'))
    for (let tries = 0; tries < 3; tries++) branch!.branch.applyPage(20, page, tries)
    expect(branch!.branch.wanted(10)).toEqual([])
    expect(branch!.branch.exceptions.list()).toMatchObject([{ id: 'p1', tries: 3, direction: 'pull' }])
    expect(branch!.branch.exceptions.countParked()).toBe(1)
  })

  it('refuses a member under an id that its phone does not prove, and a document of another branch', () => {
    const [branch] = chain.branches
    const id = memberIdOfPhone(CHAIN_KEY, SHARED_SCOPE, '+8613800000001' as E164Phone, 0)
    const lists = { tags: [], registrations: [], aliases: [] }
    chain.writeAtCloud('members', { id, scope: 'shared', phone: '+8613800000001', generation: 0, name: 'Li', ...lists })
    const request = { ...branch!.branch.standpoint(), class: 100, limit: 10, wanted: [] }
    const page = chain.cloud.pull('b1', request)
    page.documents[0]!.document['phone'] = '+8613800000002'
    const foreign = structuredClone(page.documents[0]!)
    foreign.document['scope'] = 'b2'
    page.documents.push(foreign)
    const receipts = branch!.branch.applyPage(100, page, 0)
    expect(receipts.map(({ code }) => code)).toEqual(['MEMBER_ID_MISMATCH', 'SCOPE'])
    expect(branch!.branch.replica.store.table('members').get(id)).toBeUndefined()
  })
})

describe('a push that headquarters refuses', () => {
  it('goes into a lane of its own, is parked at the third try, and leaves when a good state follows', async () => {
    const [branch] = chain.branches
    const order = {
      id: 'o1',
      branchId: 'b1',
      number: '1',
      placedAt: '2026-01-01T00:00:00.000Z',
      status: 'paid',
      round: 1,
    }
    const content = { lines: [], total: 1, currency: 'CNY' }
    chain.write(branch!, 'orders', { ...order, ...content })
    // Headquarters knows this id as another branch's.
    chain.writeAtCloud('branches', { id: 'b2', name: 'b2', enabled: true })
    chain.writeAtCloud('orders', { ...order, ...content, branchId: 'b2' })
    for (let cycles = 0; cycles < 3; cycles++) {
      chain.write(branch!, 'orders', { ...order, ...content, id: `fresh${cycles}` })
      await branch!.cycle.run()
      // Fresh changes are not held up.
      expect(chain.cloud.replica.store.table('orders').get(`fresh${cycles}`)).toBeDefined()
    }
    expect(branch!.branch.exceptions.list()).toMatchObject([{ id: 'o1', tries: 3, code: 'SCOPE', direction: 'push' }])
    expect(branch!.branch.backlog().documents).toBe(0)
    expect(JSON.stringify(branch!.branch.exceptions.list())).not.toContain('b2')
  })
})
