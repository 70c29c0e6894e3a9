import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { shownBalance } from '../../../adapters/exchange/shown-balance.ts'
import { SHARED_SCOPE, type E164Phone } from '../../../schemas/brand.ts'
import { memberIdOfPhone } from '../../../schemas/member-id.ts'
import type { Page } from '../../../schemas/protocol/exchange.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { CHAIN_KEY, SimulatedChain } from '../../support/simulated-chain.ts'
import { introduceBranch } from '../../support/introduce-branch.ts'

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
  introduceBranch(chain.cloud, 'b1', request.head)
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
    const lists = { tags: [], registrations: [], aliases: [], followUps: [] }
    chain.writeAtCloud('members', { id, scope: 'shared', phone: '+8613800000001', generation: 0, name: 'Li', ...lists })
    const request = { ...branch!.branch.standpoint(), class: 100, limit: 10, wanted: [] }
    introduceBranch(chain.cloud, 'b1', request.head)
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
  it('goes into a lane of its own and is parked at the third try', async () => {
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
    expect(JSON.stringify(branch!.branch.exceptions.list())).not.toMatch(/\bb2\b/)
  })
})

describe('a branch that lost its store', () => {
  it('gets all of its own documents back, over as many pages as it takes, with its balances', async () => {
    const [branch] = chain.branches
    const id = memberIdOfPhone(CHAIN_KEY, SHARED_SCOPE, '+8613800000001' as E164Phone, 0)
    const lists = { tags: [], registrations: [], aliases: [], followUps: [] }
    chain.write(branch!, 'members', {
      id,
      scope: 'shared',
      phone: '+8613800000001',
      generation: 0,
      name: 'Li',
      ...lists,
    })
    for (let i = 0; i < 23; i++) {
      const facts = {
        id: `o${i}`,
        branchId: 'b1',
        number: `${i}`,
        placedAt: '2026-01-01T00:00:00.000Z',
        status: 'paid',
      }
      const content = { lines: [], total: 1, currency: 'CNY', pointsEarned: 2, memberId: id }
      chain.write(branch!, 'orders', { ...facts, ...content, round: 1 })
    }
    await branch!.cycle.run()
    // An edit that changes no points moves the document behind the balance that contains it.
    chain.write(branch!, 'orders', { id: 'o3', note: 'window seat' })
    await branch!.cycle.run()
    await chain.lose(branch!)
    await branch!.cycle.run()
    expect(branch!.branch.replica.store.countLive('orders')).toBe(23)
    expect(branch!.cycle.status().verdict.state).toBe('in-sync')
    expect(shownBalance(branch!.branch, id)).toEqual({ points: 46, value: 0 })
  })
})

describe('the shown balance', () => {
  it('follows an order that moves to another member, is deleted or loses its member, before anybody has heard of it', async () => {
    const [branch] = chain.branches
    const order = (id: string, memberId: string, pointsEarned: number) => {
      const facts = { id, branchId: 'b1', number: id, placedAt: '2026-01-01T00:00:00.000Z', status: 'paid', round: 1 }
      chain.write(branch!, 'orders', { ...facts, lines: [], total: 1, currency: 'CNY', memberId, pointsEarned })
    }
    const ids = ['+8613800000001', '+8613800000002'].map((phone) => {
      const id = memberIdOfPhone(CHAIN_KEY, SHARED_SCOPE, phone as E164Phone, 0)
      chain.write(branch!, 'members', {
        id,
        scope: 'shared',
        phone,
        generation: 0,
        name: 'Li',
        tags: [],
        registrations: [],
        aliases: [],
        followUps: [],
      })
      return id
    })
    const shown = () => ids.map((id) => shownBalance(branch!.branch, id).points)
    order('o1', ids[0]!, 10)
    order('o2', ids[1]!, 40)
    expect(shown()).toEqual([10, 40])
    await branch!.cycle.run()
    expect(shown()).toEqual([10, 40])
    chain.writeUnheld(branch, { id: 'o1', memberId: ids[1]! })
    expect(shown()).toEqual([0, 50])
    chain.write(branch!, 'orders', { id: 'o2', _deleted: true })
    expect(shown()).toEqual([0, 10])
    chain.writeUnheld(branch, { id: 'o1', memberId: undefined })
    expect(shown()).toEqual([0, 0])
    await branch!.cycle.run()
    expect(shown()).toEqual([0, 0])
  })
})

describe('what must stay inside a branch', () => {
  it('cannot be made everybody\'s by calling its branch "shared"', async () => {
    const [branch] = chain.branches
    const order = {
      id: 'o1',
      branchId: 'shared',
      number: '1',
      placedAt: '2026-01-01T00:00:00.000Z',
      status: 'paid',
      round: 1,
    }
    chain.write(branch!, 'orders', { ...order, lines: [], total: 1, currency: 'CNY' })
    await branch!.cycle.run()
    expect(chain.cloud.replica.store.table('orders').get('o1')).toBeUndefined()
    expect(branch!.branch.exceptions.list()).toMatchObject([{ code: 'SCOPE' }])
  })
})

describe('a class that only headquarters has', () => {
  const theirs = () => ({ 7: chain.cloud.replica.store.head() })

  it('makes no heartbeat write to the disk', async () => {
    const [branch] = chain.branches
    await branch!.cycle.run()
    const { store } = branch!.branch.replica
    const changes = () => store.prepare('SELECT total_changes()').pluck().get()
    const before = changes()
    branch!.branch.standAt(theirs(), chain.cloud.replica.store.head())
    expect(changes()).toBe(before)
  })

  it('has no position here, whatever else moves', async () => {
    const [branch] = chain.branches
    await branch!.cycle.run()
    chain.writeAtCloud('products', PRODUCT)
    const page = pageOfProducts(() => undefined)
    branch!.branch.applyPage(20, { ...page, level: { ...page.level, ...theirs() } }, 0)
    const { store } = branch!.branch.replica
    expect(store.prepare('SELECT class FROM position').pluck().all()).not.toContain(7)
  })
})
