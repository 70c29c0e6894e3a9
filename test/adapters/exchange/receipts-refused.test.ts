/** Receipts that headquarters does not take, since it no longer knows of the delivery: seen by a person, in nobody's way. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { branchExceptions } from '../../../adapters/exchange/branch-exceptions.ts'
import type { ExceptionDesk } from '../../../adapters/exchange/exception-desk.ts'
import { declarationOf } from '../../../adapters/exchange/replica.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import { BundleStick } from '../../support/bundle-stick.ts'
import { SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

let folder: string
let chain: SimulatedChain
let north: SimulatedBranch

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outpost-receipts-'))
  chain = new SimulatedChain(folder, ['north'])
  north = chain.branches[0]!
  await north.cycle.run()
})
afterEach(() => {
  chain.close()
  rmSync(folder, { recursive: true })
})

function offer(...ids: string[]): void {
  for (const id of ids) chain.writeAtCloud('products', { id, name: `Tea ${id}`, price: 100, currency: 'CNY' })
}

function sell(id: string): void {
  const facts = { id, branchId: 'north', number: id, placedAt: '2026-03-01T10:00:00.000Z', status: 'paid', round: 1 }
  chain.write(north, 'orders', { ...facts, lines: [], total: 100, currency: 'CNY' })
}

/** Headquarters has handed out so many pages since that it forgets the ones before. */
function forgetDeliveries(): void {
  const { replica, deliveries } = chain.cloud
  const { syncClass } = declarationOf(replica, 'products')
  replica.store.transaction('test', () => {
    for (let page = 0; page < 5; page++) deliveries.note('north', syncClass, 0, [], 0, false)
  })
}

/** What headquarters refuses from now on, in its order. */
function noteRefusals(): string[] {
  const { cloud } = chain
  const [pull, receipts] = [cloud.pull.bind(cloud), cloud.receipts.bind(cloud)]
  const noted: string[] = []
  const noting = <T>(how: string, work: () => T): T => {
    try {
      return work()
    } catch (error) {
      if (error instanceof OutpostError) noted.push(`${error.code} ${how}`)
      throw error
    }
  }
  cloud.pull = (...given) => noting('with the request for a page', () => pull(...given))
  cloud.receipts = (...given) => noting('by themselves', () => receipts(...given))
  return noted
}

const CUT = Array.from({ length: 20 }, () => 'lose-request' as const)

/** The branch takes a page and cannot send its receipts. */
async function takeWithoutConfirming(): Promise<void> {
  north.faults = ['pass', 'pass', ...CUT]
  await north.cycle.run()
  north.faults = []
  expect(north.branch.openReceipts()).toHaveLength(1)
}

function desk(): ExceptionDesk {
  return branchExceptions(north.branch, { take: () => undefined, wake: () => undefined })
}

const refused = () => desk().list().exceptions

async function expectLevelAfter(id: string): Promise<void> {
  offer(`down-${id}`)
  sell(`up-${id}`)
  await north.cycle.run()
  expect(north.cycle.status().lastError).toBeUndefined()
  expect(chain.cloud.replica.store.table('orders').row(`up-${id}`)).toBeDefined()
  expect(north.branch.replica.store.table('products').row(`down-${id}`)).toBeDefined()
  expect(north.branch.openReceipts()).toEqual([])
  expect(north.branch.backlog().documents).toBe(0)
}

/** The exceptions stand until a person discards them one by one, while documents go both ways. */
async function expectInNobodysWay(...ids: string[]): Promise<void> {
  const found = refused()
  expect(found.map(({ documentId }) => documentId).toSorted()).toEqual(ids)
  for (const [turn, { id, ...exception }] of found.entries()) {
    expect(exception).toMatchObject({ direction: 'receipt', collection: 'products', code: 'DELIVERY_UNKNOWN' })
    expect(exception).toMatchObject({ waiting: false, discard: 'forget' })
    await expectLevelAfter(`between-${turn}`)
    expect(refused()).toHaveLength(found.length - turn)
    expect(desk().discard(id)).toMatchObject({ does: 'forget' })
  }
  await expectLevelAfter('the-last')
  expect(refused()).toEqual([])
}

describe('receipts of a delivery that headquarters no longer knows', () => {
  it('become exceptions when they are refused by themselves twice', async () => {
    offer('p1', 'p2')
    await takeWithoutConfirming()
    forgetDeliveries()
    const refusals = noteRefusals()
    // The second time does not come.
    north.faults = ['pass', 'pass', ...CUT]
    await north.cycle.run()
    north.faults = []
    expect(refused()).toEqual([])
    expect(north.branch.openReceipts()).toHaveLength(1)
    sell('meanwhile')
    await north.cycle.run()
    expect(chain.cloud.replica.store.table('orders').row('meanwhile')).toBeDefined()
    expect(refusals).toEqual(Array(2).fill('DELIVERY_UNKNOWN by themselves'))
    await expectInNobodysWay('p1', 'p2')
  })

  it('become exceptions after they were refused with the request for a page', async () => {
    const refusals = noteRefusals()
    const { cloud } = chain
    const pull = cloud.pull
    let pages = 0
    cloud.pull = (...given) => {
      pages += 1
      if (pages === 2) forgetDeliveries()
      return pull(...given)
    }
    const ids = Array.from({ length: 12 }, (_, i) => `p${String(i).padStart(2, '0')}`)
    offer(...ids)
    await north.cycle.run()
    const [first, ...others] = refusals
    expect(first).toBe('DELIVERY_UNKNOWN with the request for a page')
    expect(others).toEqual(Array(2).fill('DELIVERY_UNKNOWN by themselves'))
    expect(north.cycle.status().lastError).toBeUndefined()
    for (const id of ids) expect(north.branch.replica.store.table('products').row(id)).toBeDefined()
    // Those of the first page; the others were known when they came.
    await expectInNobodysWay(...ids.slice(0, 5))
  })

  it('become exceptions when two bundles have brought them in vain', async () => {
    const stick = new BundleStick(chain)
    await stick.introduce()
    offer('p1')
    await takeWithoutConfirming()
    forgetDeliveries()
    await stick.round(north)
    expect(refused()).toEqual([])
    expect(north.branch.openReceipts()).toHaveLength(1)
    await stick.round(north)
    await expectInNobodysWay('p1')
  })
})

it('a receipt for a document that was not handed out with the delivery tells headquarters nothing', () => {
  offer('t1')
  const { cloud } = chain
  const { syncClass } = declarationOf(cloud.replica, 'products')
  const standpoint = north.branch.standpoint()
  const page = cloud.pull('north', { ...standpoint, class: syncClass, limit: 10, wanted: [] })
  const rejected = {
    collection: 'products',
    seq: 1,
    outcome: 'rejected',
    code: 'DOCUMENT_INVALID',
    reason: 'no',
  } as const
  const { seq } = page.documents[0]!
  const receipts = [
    { ...rejected, id: 'other' },
    { ...rejected, id: 't1', seq },
  ]
  cloud.receipts('north', { ...standpoint, delivery: page.delivery, class: syncClass, receipts })
  expect(cloud.exceptions.list()).toMatchObject([{ id: 't1', direction: 'pull' }])
})
