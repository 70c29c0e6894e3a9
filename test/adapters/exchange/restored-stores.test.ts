/** Stores that go back to an older copy, on either side or both, and PCs that are there twice. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BranchHeartbeat } from '../../../adapters/exchange/branch-heartbeat.ts'
import type { Doc } from '../../../schemas/json.ts'
import { SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

let folder: string
let chain: SimulatedChain
let north: SimulatedBranch
let south: SimulatedBranch

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outpost-restored-'))
  chain = new SimulatedChain(folder, ['north', 'south'])
  north = chain.branches[0]!
  south = chain.branches[1]!
})
afterEach(() => {
  chain.close()
  rmSync(folder, { recursive: true })
})

function order(id: string, branchId: string): Doc {
  const facts = { id, branchId, number: id, placedAt: '2026-03-01T10:00:00.000Z', status: 'paid', round: 1 }
  return { ...facts, lines: [], total: 100, currency: 'CNY' }
}

function sell(at: SimulatedBranch, ...ids: string[]): void {
  for (const id of ids) chain.write(at, 'orders', order(id, at.id))
}

function ordersOf(store: SimulatedChain['cloud']['replica']['store']): string[] {
  return store
    .table('orders')
    .select('deleted = 0', '', [])
    .map(({ id }) => id as string)
    .toSorted()
}

function headquarters(): string[] {
  return ordersOf(chain.cloud.replica.store)
}

async function run(...branches: SimulatedBranch[]): Promise<void> {
  for (const one of branches) await one.cycle.run()
}

function errorOf(at: SimulatedBranch): string | undefined {
  return at.cycle.status().lastError?.code
}

function verdictOf(at: SimulatedBranch): string {
  return at.cycle.status().verdict.state
}

describe('a branch that is restored from a backup', () => {
  it('gets back what it had sent since, and keeps what it had not', async () => {
    sell(north, 'n1')
    await run(north)
    await chain.backUp(north)
    sell(north, 'n2')
    await run(north)
    await chain.restore(north)
    sell(north, 'n3')
    await run(north)
    expect(ordersOf(north.branch.replica.store)).toEqual(['n1', 'n2', 'n3'])
    expect(headquarters()).toEqual(['n1', 'n2', 'n3'])
    expect(verdictOf(north)).toBe('in-sync')
  })

  it('is noticed though it has been started again and has traded on before it is connected', async () => {
    await run(north)
    await chain.backUp(north)
    sell(north, 'n1', 'n2', 'n3')
    await run(north)
    await chain.restore(north)
    // Its sequence comes further than it ever was before.
    sell(north, 'm1', 'm2', 'm3', 'm4', 'm5', 'm6')
    await chain.restart(north)
    sell(north, 'm7')
    await run(north)
    expect(ordersOf(north.branch.replica.store)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'n1', 'n2', 'n3'])
    expect(verdictOf(north)).toBe('in-sync')
  })

  it('is noticed though the answer that said so was lost', async () => {
    await run(north)
    await chain.backUp(north)
    sell(north, 'n1')
    await run(north)
    await chain.restore(north)
    north.faults = ['lose-answer', 'lose-answer']
    for (let i = 0; i < 3; i++) await run(north)
    expect(ordersOf(north.branch.replica.store)).toEqual(['n1'])
    expect(verdictOf(north)).toBe('in-sync')
  })

  it('was not there at all: a new PC gets everything of the branch', async () => {
    sell(north, 'n1', 'n2')
    await run(north)
    await chain.lose(north)
    await run(north)
    expect(ordersOf(north.branch.replica.store)).toEqual(['n1', 'n2'])
    expect(verdictOf(north)).toBe('in-sync')
  })
})

describe('a headquarters that is restored from a backup', () => {
  it('gets back what branches had sent since', async () => {
    await run(north, south)
    chain.backUpCloud()
    sell(north, 'n1')
    sell(south, 's1')
    await run(north, south)
    chain.restoreCloud()
    expect(headquarters()).toEqual([])
    await run(north, south, north)
    expect(headquarters()).toEqual(['n1', 's1'])
    expect([north, south].map(verdictOf)).toEqual(['in-sync', 'in-sync'])
  })

  it('is noticed though it has gone on before, by a branch that was away the longest', async () => {
    await run(north, south)
    chain.backUpCloud()
    sell(south, 's1', 's2')
    await run(south)
    chain.restoreCloud()
    sell(north, 'n1', 'n2', 'n3', 'n4')
    await run(north)
    chain.restartCloud()
    await run(north)
    expect(headquarters()).toEqual(['n1', 'n2', 'n3', 'n4'])
    await run(south)
    expect(headquarters()).toEqual(['n1', 'n2', 'n3', 'n4', 's1', 's2'])
    expect(verdictOf(south)).toBe('in-sync')
  })

  it('whose copy was taken between an acknowledged push and the next pull loses nothing of that pull', async () => {
    await run(north, south)
    sell(north, 'n1')
    await run(north)
    chain.backUpCloud()
    chain.writeAtCloud('orders', order('h1', 'north'))
    await run(north)
    chain.restoreCloud()
    chain.writeAtCloud('orders', order('h2', 'north'))
    await run(north, north)
    expect(headquarters()).toEqual(['h1', 'h2', 'n1'])
    expect(ordersOf(north.branch.replica.store)).toEqual(['h1', 'h2', 'n1'])
    expect(verdictOf(north)).toBe('in-sync')
  })

  it('waits with decisions about members until every branch has offered everything again', async () => {
    await run(north, south)
    chain.backUpCloud()
    sell(north, 'n1')
    await run(north)
    chain.restoreCloud()
    await run(north, north)
    const { recovery } = chain.cloud
    expect(recovery.waitingFor(['north', 'south'])).toEqual(['south'])
    expect(() => recovery.refuse()).toThrow(expect.objectContaining({ code: 'RECOVERING' }))
    await run(south, south)
    expect(recovery.isRunning).toBe(false)
  })

  it('is not held up again by a branch that a person has not waited for, when that comes later', async () => {
    await run(north, south)
    chain.backUpCloud()
    sell(north, ...Array.from({ length: 12 }, (_, i) => `n${i}`))
    await run(north)
    chain.restoreCloud()
    north.faults = ['pass', 'pass', 'lose-request']
    await run(north)
    const { cloud } = chain
    expect(cloud.recovery.waitingFor(['north', 'south'])).toEqual(['north', 'south'])
    cloud.replica.store.transaction('recovery', (write) => cloud.recovery.end(write))
    await run(north, north)
    expect(cloud.recovery.isRunning).toBe(false)
    expect(headquarters()).toHaveLength(12)
  })

  it('puts what only it writes and what comes back from a branch before a person', async () => {
    chain.writeAtCloud('products', { id: 'p1', name: 'Tea', price: 100, currency: 'CNY' })
    await run(north, south)
    chain.backUpCloud()
    chain.writeAtCloud('products', { id: 'p1', name: 'Tea', price: 120, currency: 'CNY' })
    chain.writeAtCloud('products', { id: 'p2', name: 'Rice', price: 300, currency: 'CNY' })
    await run(north)
    chain.restoreCloud()
    await run(north, north)
    const parked = chain.cloud.exceptions.list({}).filter(({ code }) => code === 'LOST_FUTURE')
    expect(parked.map(({ id }) => id).toSorted()).toEqual(['p1', 'p2'])
    expect(north.branch.backlog().documents).toBe(0)
  })

  it('together with a branch, both from older copies, ends with all that either still has', async () => {
    sell(north, 'n1')
    await run(north, south)
    await chain.backUp(north)
    chain.backUpCloud()
    sell(north, 'n2')
    sell(south, 's1')
    await run(north, south)
    await chain.restore(north)
    chain.restoreCloud()
    sell(north, 'n3')
    for (let i = 0; i < 2; i++) await run(north, south)
    expect(headquarters()).toEqual(['n1', 'n3', 's1'])
    expect([north, south].map(verdictOf)).toEqual(['in-sync', 'in-sync'])
  })
})

describe('a branch that is there twice', () => {
  it('is let in neither time until a person says which one lives, and then the other one never', async () => {
    sell(north, 'n1')
    await run(north)
    const clone = await chain.clone(north)
    sell(clone, 'c1')
    await run(clone)
    sell(north, 'n2')
    await run(north, clone, north)
    expect([north, clone].map(errorOf)).toEqual(['CLONE_SUSPECTED', 'CLONE_SUSPECTED'])
    chain.keep(north)
    await run(north)
    expect(errorOf(north)).toBeUndefined()
    // What the other one had sent is the branch's.
    expect(ordersOf(north.branch.replica.store)).toEqual(['c1', 'n1', 'n2'])
    expect(verdictOf(north)).toBe('in-sync')
    await chain.restart(clone)
    sell(clone, 'c2')
    await run(clone)
    expect(errorOf(clone)).toBe('CLONE_SUSPECTED')
    await run(north)
    expect(errorOf(north)).toBeUndefined()
  })

  it('owes no receipts for pages that the other one was handed', async () => {
    await run(north)
    const clone = await chain.clone(north)
    chain.writeAtCloud('orders', order('h1', 'north'))
    // Its page arrives, its receipts do not.
    clone.faults = ['pass', 'pass', 'lose-request', 'lose-request', 'lose-request', 'lose-request']
    await run(clone)
    expect(clone.branch.openReceipts()).toHaveLength(1)
    await run(north, clone)
    chain.keep(clone)
    clone.faults = []
    await run(clone)
    expect(errorOf(clone)).toBeUndefined()
    expect(clone.branch.exceptions.list()).toEqual([])
    expect(verdictOf(clone)).toBe('in-sync')
  })

  it('stays dead though it has written nothing, and though it has written less than the living one', async () => {
    sell(north, 'n1')
    await run(north)
    const clone = await chain.clone(north)
    await run(clone, north, clone)
    sell(north, ...Array.from({ length: 20 }, (_, i) => `m${i}`))
    chain.keep(north)
    await run(north)
    await chain.restart(north)
    await run(north)
    await chain.restart(clone)
    await run(clone, north, clone)
    expect([clone, north].map(errorOf)).toEqual(['CLONE_SUSPECTED', undefined])
  })

  it('stays dead however often it is started again, though it tells of its newest starts only', () => {
    const { links, replica } = chain.cloud
    const starts = Array.from({ length: 250 }, (_, i) => ({ epoch: `south-${i}`, firstSeq: i + 1 }))
    const startOn = (count: number) => {
      const epochs = starts.slice(Math.max(0, count - 200), count)
      const head = { epoch: epochs.at(-1)!.epoch, seq: count }
      return replica.store.transaction('test', () =>
        links.hear('south', { head, epochs, beat: 1, host: 'till' }, count),
      )
    }
    expect(startOn(1).refusal).toBeUndefined()
    replica.store.transaction('test', () => links.replace('south'))
    const codes = starts.slice(1).map((_, i) => startOn(i + 2).refusal?.code)
    expect(new Set(codes)).toEqual(new Set(['CLONE_SUSPECTED']))
    expect(new Set(links.starts('south').map(({ isDead }) => isDead))).toEqual(new Set([true]))
  })

  it('may live on as the second one, which was copied from the first', async () => {
    await run(north)
    const clone = await chain.clone(north)
    sell(clone, 'c1')
    await run(clone, north, clone)
    chain.keep(clone)
    await run(clone, north)
    expect([clone, north].map(errorOf)).toEqual([undefined, 'CLONE_SUSPECTED'])
    await chain.restart(clone)
    await run(clone)
    expect(errorOf(clone)).toBeUndefined()
  })
})

describe('while two PCs of a branch are suspected', () => {
  let clone: SimulatedBranch

  beforeEach(async () => {
    sell(north, 'n1')
    await run(north)
    clone = await chain.clone(north)
    sell(clone, 'c1')
    sell(north, 'n2')
    await run(clone, north, clone)
  })

  function suspects(): string[] {
    const { links } = chain.cloud
    return links.starts('north').flatMap(({ epoch, isSuspect }) => (isSuspect ? [epoch] : []))
  }

  function startOf({ branch }: SimulatedBranch): string {
    return branch.replica.store.epoch
  }

  async function restart(at: SimulatedBranch, times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      await chain.restart(at)
      await run(at, at)
    }
  }

  it.each([
    { restarted: 'the original', times: 1 },
    { restarted: 'the original', times: 3 },
    { restarted: 'the copy', times: 1 },
    { restarted: 'the copy', times: 3 },
  ])('a restart of $restarted, $times times, makes no third one of them', async ({ restarted, times }) => {
    const at = restarted === 'the copy' ? clone : north
    await restart(at, times)
    await run(clone, north, clone, north)
    expect(suspects().toSorted()).toEqual([startOf(north), startOf(clone)].toSorted())
  })

  it('several starts that were never heard of lie between two that were', async () => {
    await chain.restart(north)
    await chain.restart(north)
    sell(north, 'n3')
    await restart(north, 1)
    expect(suspects().toSorted()).toEqual([startOf(north), startOf(clone)].toSorted())
  })

  it.each([
    { restarted: 'original', kept: 'original' },
    { restarted: 'original', kept: 'copy' },
    { restarted: 'copy', kept: 'original' },
    { restarted: 'copy', kept: 'copy' },
    { restarted: 'both', kept: 'original' },
    { restarted: 'both', kept: 'copy' },
  ])('the start that a person saw before a restart is still that PC: $restarted restarted, $kept kept', async (row) => {
    const [kept, other] = row.kept === 'copy' ? [clone, north] : [north, clone]
    const seen = startOf(kept)
    if (row.restarted !== 'copy') await restart(north, 2)
    if (row.restarted !== 'original') await restart(clone, 2)
    const { store } = chain.cloud.replica
    store.transaction('api', () => chain.cloud.links.keep('north', seen))
    for (let i = 0; i < 2; i++) {
      await run(other, kept)
      expect([other, kept].map(errorOf)).toEqual(['CLONE_SUSPECTED', undefined])
      expect(suspects()).toEqual([])
      await chain.restart(other)
      await chain.restart(kept)
    }
    await run(kept)
    expect(verdictOf(kept)).toBe('in-sync')
  })

  it('the one that is kept may have been started again without a word since', async () => {
    const seen = startOf(north)
    await chain.restart(north)
    const { store } = chain.cloud.replica
    store.transaction('api', () => chain.cloud.links.keep('north', seen))
    await run(north, clone, north)
    expect([north, clone].map(errorOf)).toEqual([undefined, 'CLONE_SUSPECTED'])
  })

  it('a third one that is copied from the first is another one, as soon as both speak', async () => {
    const third = await chain.clone(north)
    await run(third, north, clone)
    expect(suspects().toSorted()).toEqual([north, clone, third].map(startOf).toSorted())
    chain.keep(third)
    await run(north, clone, third)
    expect([north, clone, third].map(errorOf)).toEqual(['CLONE_SUSPECTED', 'CLONE_SUSPECTED', undefined])
  })
})

it('a PC that was taken back together with its memory says what is to be done, and heals with it', async () => {
  sell(north, 'n1')
  await run(north, north)
  const memory = vi.spyOn(north.branch, 'nextBeat').mockReturnValue(1)
  sell(north, 'n2')
  await run(north)
  const { lastError } = north.cycle.status()
  expect(lastError).toMatchObject({ code: 'HEARTBEAT_FIRST', message: expect.stringContaining('restart') as string })
  memory.mockRestore()
  await chain.restart(north)
  await run(north)
  expect(errorOf(north)).toBeUndefined()
  expect(headquarters()).toEqual(['n1', 'n2'])
})

it('a heartbeat that a link repeats late is no second PC', async () => {
  const before = new BranchHeartbeat(north.branch).request({ host: 'till' })
  chain.registry.heartbeat('north', before)
  await chain.restart(north)
  await run(north)
  expect(() => chain.registry.heartbeat('north', before)).toThrow(expect.objectContaining({ code: 'HEARTBEAT_FIRST' }))
  await run(north)
  expect(errorOf(north)).toBeUndefined()
})
