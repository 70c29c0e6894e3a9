/** Branches that exchange by stick, always or now and then, with the same end as over a link. */
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { shownBalance } from '../../../adapters/exchange/shown-balance.ts'
import type { Store } from '../../../adapters/sqlite/store.ts'
import { SHARED_SCOPE, type E164Phone } from '../../../schemas/brand.ts'
import type { Doc } from '../../../schemas/json.ts'
import { memberIdOfPhone } from '../../../schemas/member-id.ts'
import type { Page } from '../../../schemas/protocol/exchange.ts'
import { BundleStick } from '../../support/bundle-stick.ts'
import { CHAIN_KEY, SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

let folder: string
let chain: SimulatedChain
let stick: BundleStick
let north: SimulatedBranch
let south: SimulatedBranch

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outpost-bundle-'))
  chain = new SimulatedChain(folder, ['north', 'south'])
  north = chain.branches[0]!
  south = chain.branches[1]!
  stick = new BundleStick(chain)
  await stick.introduce()
})
afterEach(() => {
  chain.close()
  rmSync(folder, { recursive: true })
})

const MEMBER = memberIdOfPhone(CHAIN_KEY, SHARED_SCOPE, '+8613800000001' as E164Phone, 0)

function member(): Doc {
  const lists = { tags: [], registrations: [], aliases: [], followUps: [] }
  return { id: MEMBER, scope: SHARED_SCOPE, phone: '+8613800000001', generation: 0, name: 'Li', ...lists }
}

function order(id: string, branchId: string): Doc {
  const facts = { id, branchId, number: id, placedAt: '2026-03-01T10:00:00.000Z', status: 'paid', round: 1 }
  return { ...facts, lines: [], total: 100, currency: 'CNY', memberId: MEMBER, pointsEarned: 10 }
}

function product(id: string): Doc {
  return { id, name: `Tea ${id}`, price: 100, currency: 'CNY' }
}

function sell(at: SimulatedBranch, ...ids: string[]): void {
  for (const id of ids) chain.write(at, 'orders', order(id, at.id))
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(3, '0')}`)
}

function ordersAt(store: Store): string[] {
  return store
    .table('orders')
    .select('deleted = 0', '', [])
    .map(({ id }) => id as string)
    .toSorted()
}

const atHeadquarters = () => ordersAt(chain.cloud.replica.store)

/** Both sides hold the same, and nobody has anything left to say. */
function expectLevel(...branches: SimulatedBranch[]): void {
  const { store } = chain.cloud.replica
  for (const { id, branch } of branches) {
    for (const { name } of store.declarations) {
      for (const scope of [SHARED_SCOPE, id]) {
        expect(branch.replica.store.digest(name, scope), `${name} of ${scope} at ${id}`).toEqual(
          store.digest(name, scope),
        )
      }
    }
    expect(branch.backlog().documents).toBe(0)
    expect(branch.exceptions.list()).toEqual([])
    expect(chain.cloud.countNews(id, branch.standpoint(), 100)).toBe(0)
    expect(shownBalance(branch, MEMBER)).toEqual(balance())
  }
  expect(chain.cloud.exceptions.list()).toEqual([])
}

function balance(): { points: number; value: number } {
  const { points, value } = chain.cloud.balances.balance(MEMBER) ?? { points: 0, value: 0 }
  return { points, value }
}

/** All that a store says of itself but when it says it. */
function stateOf({ branch }: SimulatedBranch): unknown {
  const { head: _head, ...standpoint } = branch.standpoint()
  const { store } = branch.replica
  const digests = store.declarations.map(({ name }) => [
    store.digest(name, SHARED_SCOPE),
    store.digest(name, branch.branchId),
  ])
  const receipts = branch.openReceipts()
  return { standpoint, digests, receipts, backlog: branch.backlog().documents, exceptions: branch.exceptions.list() }
}

describe('a branch that only ever uses bundles', () => {
  it('converges with headquarters and with a branch that is online, balances and all', async () => {
    chain.writeAtCloud('members', member())
    for (const id of names('p', 12)) chain.writeAtCloud('products', product(id))
    for (let day = 0; day < 3; day++) {
      sell(north, ...names(`n${day}-`, 13))
      sell(south, ...names(`s${day}-`, 7))
      chain.write(north, 'members', { ...member(), name: `Li ${day}` })
      await south.cycle.run()
      await stick.round(north)
      await south.cycle.run()
    }
    // The receipts for the last pages, and what north's last bundle brought for all.
    expect(await stick.round(north)).toMatchObject({ state: 'taken', again: false })
    expect(atHeadquarters()).toHaveLength(60)
    expect(balance()).toEqual({ points: 600, value: 0 })
    expectLevel(north, south)
    expect(north.branch.openReceipts()).toEqual([])
    expect(chain.cloud.deliveries.unconfirmed('north')).toBe(0)
    // Both stand still now, so they can be compared.
    await stick.round(north)
    expect(chain.registry.contact('north')!.verdict.state).toBe('in-sync')
  })

  it('keeps a sale that is made, and an order that is changed, while the bundle is on its way', async () => {
    chain.writeAtCloud('members', member())
    await stick.round(north)
    sell(north, 'n1', 'n2')
    const { answer } = await stick.answer(await stick.toHeadquarters(north))
    chain.write(north, 'orders', { id: 'n1', pointsEarned: 25 })
    sell(north, 'n3')
    await stick.at(north).importBundle(answer.file)
    expect(north.branch.backlog().documents).toBe(2)
    expect(shownBalance(north.branch, MEMBER)).toEqual({ points: 45, value: 0 })
    await stick.round(north)
    await stick.round(north)
    expect(balance()).toEqual({ points: 45, value: 0 })
    expectLevel(north)
  })

  it('gets pages that headquarters sends of itself', async () => {
    for (const id of names('p', 12)) chain.writeAtCloud('products', product(id))
    const { file, documents } = await stick.headquarters.exportBundle('north', stick.folder())
    expect(documents).toBe(12)
    expect(await stick.at(north).importBundle(file)).toMatchObject({ state: 'taken', documents: 12 })
    expectLevel(north)
    expect(north.branch.openReceipts().length).toBeGreaterThan(1)
    await stick.round(north)
    expect(north.branch.openReceipts()).toEqual([])
    expect(chain.cloud.deliveries.unconfirmed('north')).toBe(0)
  })

  it('hears why a document was refused, and sends it again once it is corrected', async () => {
    sell(north, 'n1', 'n2')
    north.branch.replica.store.transaction('test', (write) => {
      const table = north.branch.replica.store.table('orders')
      const row = table.row('n1')!
      table.write(write, row, { ...row.doc, note: 7 }, { state: row.state, origin: '' })
    })
    await stick.round(north)
    expect(north.branch.exceptions.list()).toMatchObject([{ id: 'n1', tries: 1, code: 'DOCUMENT_INVALID' }])
    expect(atHeadquarters()).toEqual(['n2'])
    chain.write(north, 'orders', { id: 'n1', note: 'seven' })
    await stick.round(north)
    expectLevel(north)
  })

  it('asks again for a document that failed on the way down', async () => {
    chain.writeAtCloud('products', product('p1'))
    north.branch.replica.store.transaction('test', () =>
      north.branch.exceptions.fail(
        {
          direction: 'pull',
          branchId: 'north',
          collection: 'products',
          id: 'p1',
          seq: 1,
          code: 'INTERNAL',
          reason: 'x',
        },
        0,
      ),
    )
    await stick.round(north)
    expectLevel(north)
  })
})

describe('a bundle that is taken twice', () => {
  it('says so at headquarters and changes nothing there', async () => {
    sell(north, ...names('n', 12))
    const bundle = await stick.toHeadquarters(north)
    await stick.answer(bundle)
    const head = chain.cloud.replica.store.head()
    const to = stick.folder()
    expect(await stick.headquarters.importBundle(bundle.file, { to })).toMatchObject({
      state: 'repeated',
      documents: 0,
    })
    expect(chain.cloud.replica.store.head()).toEqual(head)
    expect(readdirSync(to)).toEqual([])
  })

  it('says so at the branch and changes nothing there', async () => {
    chain.writeAtCloud('products', product('p1'))
    sell(north, 'n1')
    const { answer } = await stick.answer(await stick.toHeadquarters(north))
    await stick.at(north).importBundle(answer.file)
    const before = stateOf(north)
    expect(await stick.at(north).importBundle(answer.file)).toMatchObject({
      state: 'repeated',
      documents: 0,
      settled: 0,
    })
    expect(stateOf(north)).toEqual(before)
  })

  it('counts a refusal once', async () => {
    sell(north, 'n1')
    const { store } = north.branch.replica
    store.transaction('test', (write) => {
      const row = store.table('orders').row('n1')!
      store.table('orders').write(write, row, { ...row.doc, currency: 'money' }, { state: row.state, origin: '' })
    })
    const { answer } = await stick.answer(await stick.toHeadquarters(north))
    await stick.at(north).importBundle(answer.file)
    await stick.at(north).importBundle(answer.file)
    expect(north.branch.exceptions.list()).toMatchObject([{ id: 'n1', tries: 1 }])
  })
})

describe('bundles out of their order', () => {
  it('take the documents, leave out what headquarters has heard since, and lose nothing', async () => {
    sell(north, 'n1')
    const monday = await stick.toHeadquarters(north)
    sell(north, 'n2')
    const tuesday = await stick.toHeadquarters(north)
    const answered = await stick.answer(tuesday)
    expect(answered.documents).toBe(2)
    const heard = chain.registry.contact('north')
    expect(await stick.answer(monday)).toMatchObject({ state: 'late', documents: 1, rejected: 0 })
    expect(chain.registry.contact('north')).toEqual(heard)
    await stick.at(north).importBundle(answered.answer.file)
    expect(atHeadquarters()).toEqual(['n1', 'n2'])
    await stick.round(north)
    expectLevel(north)
  })

  it('may both be answered, and the answers taken in any order', async () => {
    for (const reversed of [false, true]) {
      const prefix = reversed ? 'b' : 'a'
      chain.writeAtCloud('products', product(`${prefix}1`))
      sell(north, `${prefix}1`)
      const first = await stick.answer(await stick.toHeadquarters(north))
      chain.writeAtCloud('products', product(`${prefix}2`))
      sell(north, `${prefix}2`)
      const second = await stick.answer(await stick.toHeadquarters(north))
      const answers = reversed ? [second, first] : [first, second]
      for (const { answer } of answers) await stick.at(north).importBundle(answer.file)
      expect(north.branch.backlog().documents).toBe(0)
      await stick.round(north)
      expectLevel(north)
    }
  })

  it('are no restored store: one made before the node started again comes after the link was back', async () => {
    sell(north, 'n1')
    const bundle = await stick.toHeadquarters(north)
    await chain.restart(north)
    await north.cycle.run()
    expect(await stick.answer(bundle)).toMatchObject({ state: 'late', documents: 1 })
    await north.cycle.run()
    expect(north.cycle.status().lastError).toBeUndefined()
    expect(chain.cloud.links.starts('north').some(({ isSuspect }) => isSuspect)).toBe(false)
    expectLevel(north)
  })
})

describe('a link that carries nothing but heartbeats', () => {
  const CUT = Array.from({ length: 20 }, () => 'lose-request' as const)

  async function beat(): Promise<void> {
    north.faults = ['pass', ...CUT]
    await north.cycle.run()
    north.faults = []
  }

  it.each(['the same start', 'an earlier start'])('does not keep a bundle of %s from being taken', async (start) => {
    chain.writeAtCloud('members', member())
    await stick.round(north)
    chain.writeAtCloud('products', product('p1'))
    sell(north, 'n1', 'n2')
    const bundle = await stick.toHeadquarters(north)
    if (start === 'an earlier start') await chain.restart(north)
    await beat()
    expect(atHeadquarters()).toEqual([])
    const { answer, ...taken } = await stick.answer(bundle)
    expect(taken).toMatchObject({ state: 'late', documents: 2, rejected: 0 })
    expect(atHeadquarters()).toEqual(['n1', 'n2'])
    expect(await stick.at(north).importBundle(answer.file)).toMatchObject({ state: 'taken', documents: 2, settled: 2 })
    expect(north.branch.backlog().documents).toBe(0)
    await stick.round(north)
    await stick.round(north)
    expectLevel(north)
    expect(balance()).toEqual({ points: 20, value: 0 })
    expect(chain.cloud.deliveries.unconfirmed('north')).toBe(0)
  })

  it('does not keep the branch from hearing with an answer what headquarters has taken', async () => {
    chain.writeAtCloud('members', member())
    await stick.round(north)
    sell(north, 'n1', 'n2')
    const { answer } = await stick.answer(await stick.toHeadquarters(north))
    chain.write(north, 'orders', { id: 'n2', pointsEarned: 25 })
    chain.writeAtCloud('products', product('p1'))
    await beat()
    const { head: _head, ...stood } = north.branch.standpoint()
    expect(await stick.at(north).importBundle(answer.file)).toMatchObject({ state: 'taken', settled: 1 })
    const { head: _later, ...stands } = north.branch.standpoint()
    expect(stands).toEqual(stood)
    expect(north.branch.backlog().documents).toBe(1)
    expect(shownBalance(north.branch, MEMBER)).toEqual({ points: 35, value: 0 })
    await stick.round(north)
    await stick.round(north)
    expectLevel(north)
    expect(balance()).toEqual({ points: 35, value: 0 })
  })

  it('lets nothing of a late bundle count but documents: no receipt, no position, no figure', async () => {
    for (const id of names('p', 7)) chain.writeAtCloud('products', product(id))
    await stick.round(north)
    sell(north, 'n1')
    const bundle = await stick.toHeadquarters(north)
    const deliveries = chain.cloud.deliveries.unconfirmed('north')
    expect(deliveries).toBeGreaterThan(0)
    await beat()
    const heard = chain.registry.contact('north')
    expect(await stick.answer(bundle)).toMatchObject({ state: 'late', documents: 1, answer: { receipts: 0 } })
    expect(chain.registry.contact('north')).toEqual(heard)
    expect(chain.cloud.deliveries.unconfirmed('north')).toBe(deliveries)
  })

  it('says that a bundle is too old where its branch was restored from before it, and takes nothing', async () => {
    await chain.backUp(north)
    sell(north, 'n1')
    const bundle = await stick.toHeadquarters(north)
    await stick.answer(await stick.toHeadquarters(north))
    await chain.restore(north)
    await north.cycle.run()
    sell(north, 'n2')
    const before = atHeadquarters()
    await expect(stick.answer(bundle)).rejects.toMatchObject({ code: 'BUNDLE_OLD' })
    expect(atHeadquarters()).toEqual(before)
    await stick.round(north)
    await stick.round(north)
    expectLevel(north)
  })
})

describe('bundles and the link in turn', () => {
  it('bring an answer too late, which changes nothing', async () => {
    chain.writeAtCloud('products', product('p1'))
    sell(north, 'n1')
    const { answer } = await stick.answer(await stick.toHeadquarters(north))
    chain.writeAtCloud('products', product('p2'))
    await north.cycle.run()
    const before = stateOf(north)
    expect(await stick.at(north).importBundle(answer.file)).toMatchObject({ state: 'outdated', documents: 0 })
    expect(stateOf(north)).toEqual(before)
    await north.cycle.run()
    expectLevel(north)
  })

  it('go on where the other has stopped', async () => {
    chain.writeAtCloud('members', member())
    for (let turn = 0; turn < 3; turn++) {
      for (const id of names(`p${turn}-`, 7)) chain.writeAtCloud('products', product(id))
      sell(north, ...names(`n${turn}-`, 7))
      // The link is cut after the first answers: the node knows more than headquarters knows of it.
      north.faults = ['pass', 'pass', 'lose-answer', 'lose-request', 'lose-request', 'lose-request', 'lose-request']
      await north.cycle.run()
      north.faults = []
      const { file } = await stick.headquarters.exportBundle('north', stick.folder())
      await stick.at(north).importBundle(file)
      await stick.round(north)
    }
    await north.cycle.run()
    expectLevel(north)
    expect(balance().points).toBe(210)
  })
})

describe('a crash', () => {
  it('of the branch between any two parts of an answer loses and repeats nothing', async () => {
    chain.writeAtCloud('members', member())
    for (const id of names('p', 12)) chain.writeAtCloud('products', product(id))
    sell(north, ...names('n', 12))
    const { answer } = await stick.answer(await stick.toHeadquarters(north))
    let survived = 0
    for (let isThrough = false; !isThrough; survived++) {
      const { branch } = north
      let parts = 0
      const [settle, applyPage] = [branch.settle.bind(branch), branch.applyPage.bind(branch)]
      const orCrash = () => {
        parts += 1
        if (parts > 1) throw new Error('power cut')
      }
      branch.settle = (...given) => (orCrash(), settle(...given))
      branch.applyPage = (...given: [number, Page, number]) => (orCrash(), applyPage(...given))
      isThrough = await stick
        .at(north)
        .importBundle(answer.file)
        .then(
          () => true,
          (error: Error) => {
            expect(error.message).toBe('power cut')
            return false
          },
        )
      await chain.restart(north)
    }
    expect(survived).toBeGreaterThan(5)
    expectLevel(north)
    await stick.round(north)
    expect(chain.cloud.deliveries.unconfirmed('north')).toBe(0)
    expectLevel(north)
  })

  it('of headquarters in the middle leaves nothing but what was taken, and the same file goes on', async () => {
    sell(north, ...names('n', 12))
    const { file } = await stick.toHeadquarters(north)
    const { cloud } = chain
    let pushes = 0
    const push = cloud.push.bind(cloud)
    cloud.push = (...given) => {
      pushes += 1
      if (pushes > 1) throw new Error('power cut')
      return push(...given)
    }
    const to = stick.folder()
    await expect(stick.headquarters.importBundle(file, { to })).rejects.toThrow('power cut')
    expect(readdirSync(to)).toEqual([])
    chain.restartCloud()
    const { answer, documents } = await stick.answer({ file })
    expect(documents).toBe(12)
    await stick.at(north).importBundle(answer.file)
    expectLevel(north)
  })
})

describe('a bundle whose answer did not come onto the stick', () => {
  const failing = async (file: string) =>
    expect(stick.headquarters.importBundle(file, { to: join(stick.folder(), 'no', 'stick') })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    })

  it('is answered as if for the first time when it is taken again', async () => {
    sell(north, 'n1')
    const bundle = await stick.toHeadquarters(north)
    await failing(bundle.file)
    const { answer, ...taken } = await stick.answer(bundle)
    expect(taken).toMatchObject({ state: 'taken', documents: 1, again: false })
    await stick.at(north).importBundle(answer.file)
    expectLevel(north)
  })

  it('tells a branch again that headquarters was restored', async () => {
    chain.backUpCloud()
    sell(north, 'n1', 'n2')
    await stick.round(north)
    chain.restoreCloud()
    const bundle = await stick.toHeadquarters(north)
    await failing(bundle.file)
    chain.restartCloud()
    const { answer, ...taken } = await stick.answer(bundle)
    expect(taken).toMatchObject({ state: 'taken', again: true })
    expect(await stick.at(north).importBundle(answer.file)).toMatchObject({ again: true })
    await stick.round(north)
    expect(atHeadquarters()).toEqual(['n1', 'n2'])
  })

  it('tells a branch again that its own store was restored', async () => {
    await chain.backUp(north)
    sell(north, 'n1', 'n2')
    await stick.round(north)
    await chain.restore(north)
    const bundle = await stick.toHeadquarters(north)
    await failing(bundle.file)
    const { answer, ...taken } = await stick.answer(bundle)
    expect(taken).toMatchObject({ state: 'taken', again: true })
    expect(await stick.at(north).importBundle(answer.file)).toMatchObject({ again: true })
    await stick.round(north)
    expect(ordersAt(north.branch.replica.store)).toEqual(['n1', 'n2'])
  })
})

describe('a bundle in the wrong hands', () => {
  it('is refused by another branch, by a PC that has taken the place of this one, and by its sender', async () => {
    sell(north, 'n1')
    const bundle = await stick.toHeadquarters(north)
    const { answer } = await stick.answer(bundle)
    await expect(stick.at(south).importBundle(answer.file)).rejects.toMatchObject({ code: 'BUNDLE_FOREIGN' })
    await expect(stick.at(north).importBundle(bundle.file)).rejects.toMatchObject({ code: 'BUNDLE_FOREIGN' })
    await expect(stick.headquarters.importBundle(answer.file, {})).rejects.toMatchObject({ code: 'BUNDLE_FOREIGN' })
    await chain.lose(north)
    await expect(stick.at(north).importBundle(answer.file)).rejects.toMatchObject({ code: 'BUNDLE_FOREIGN' })
    // Headquarters does not know the key of the new PC before it has come over the link.
    await expect(stick.at(north).exportBundle(stick.folder())).rejects.toMatchObject({ code: 'BUNDLE_KEYS' })
  })

  it('is refused where the branch may not come', async () => {
    sell(north, 'n1')
    const { file } = await stick.toHeadquarters(north)
    chain.writeAtCloud('branches', { id: 'north', enabled: false })
    await expect(stick.headquarters.importBundle(file, {})).rejects.toMatchObject({ code: 'BRANCH_DISABLED' })
    expect(atHeadquarters()).toEqual([])
    chain.writeAtCloud('branches', { id: 'north', enabled: true })
    await stick.answer({ file })
    expect(atHeadquarters()).toEqual(['n1'])
  })
})

describe('a branch that is asked for a fresh snapshot', () => {
  it('takes it with the bundle after', async () => {
    for (const id of names('p', 7)) chain.writeAtCloud('products', product(id))
    sell(north, 'n1')
    await stick.round(north)
    chain.cloud.replica.store.transaction('test', () => chain.registry.askForSnapshot('north'))
    expect(await stick.round(north)).toMatchObject({ again: true })
    expect(await stick.round(north)).toMatchObject({ again: false, documents: 9 })
    await stick.round(north)
    expectLevel(north)
  })
})

describe('a store that went back', () => {
  it('at headquarters is noticed, and everything offered again with the bundle after', async () => {
    const cloudFile = join(folder, 'cloud.sqlite')
    chain.cloud.replica.store.close()
    copyFileSync(cloudFile, `${cloudFile}.copy`)
    chain.restartCloud()
    sell(north, 'n1', 'n2')
    await stick.round(north)
    chain.cloud.replica.store.close()
    copyFileSync(`${cloudFile}.copy`, cloudFile)
    chain.restartCloud()
    expect(atHeadquarters()).toEqual([])
    expect(await stick.round(north)).toMatchObject({ again: true })
    await stick.round(north)
    expect(atHeadquarters()).toEqual(['n1', 'n2'])
    await south.cycle.run()
    await south.cycle.run()
    await stick.round(north)
    expect(chain.cloud.recovery.isRunning).toBe(false)
    expectLevel(north)
  })

  it('at the branch gets back what it had sent', async () => {
    await chain.backUp(north)
    sell(north, 'n1', 'n2')
    await stick.round(north)
    await chain.restore(north)
    expect(await stick.round(north)).toMatchObject({ again: true })
    await stick.round(north)
    expect(ordersAt(north.branch.replica.store)).toEqual(['n1', 'n2'])
    await stick.round(north)
    expectLevel(north)
  })
})

describe('a PC that was declared dead', () => {
  it('has its unsent documents merged on request, and nothing else of it counts', async () => {
    await north.cycle.run()
    const clone = await chain.clone(north)
    await north.cycle.run()
    await clone.cycle.run()
    sell(clone, 'c1', 'c2')
    const { file } = await stick.toHeadquarters(clone)
    await expect(stick.headquarters.importBundle(file, { fromDead: true })).rejects.toMatchObject({
      code: 'CLONE_SUSPECTED',
    })
    await north.cycle.run()
    await clone.cycle.run()
    const alive = north.branch.replica.store.epoch
    chain.cloud.replica.store.transaction('test', () => chain.cloud.links.keep('north', alive))
    await expect(stick.headquarters.importBundle(file, {})).rejects.toMatchObject({ code: 'CLONE_SUSPECTED' })
    expect(atHeadquarters()).toEqual([])
    const taken = await stick.headquarters.importBundle(file, { fromDead: true })
    expect(taken).toMatchObject({ state: 'taken', documents: 2, rejected: 0 })
    expect(taken.answer).toBeUndefined()
    expect(atHeadquarters()).toEqual(['c1', 'c2'])
    expect(await stick.headquarters.importBundle(file, { fromDead: true })).toMatchObject({ state: 'repeated' })
    await north.cycle.run()
    await north.cycle.run()
    expect(ordersAt(north.branch.replica.store)).toEqual(['c1', 'c2'])
    expectLevel(north)
  })
})
