/** Tombstones that everybody has taken go; what comes back from a store that never heard of them stays deleted. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { TombstonePurge } from '../../cloud-node/purge-tombstones.ts'
import type { Doc } from '../../schemas/json.ts'
import { SimulatedChain, type SimulatedBranch } from '../support/simulated-chain.ts'

const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }

let folder: string
let chain: SimulatedChain
let north: SimulatedBranch
let south: SimulatedBranch
let mirrored: number

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outpost-purge-'))
  chain = new SimulatedChain(folder, ['north', 'south'])
  north = chain.branches[0]!
  south = chain.branches[1]!
  mirrored = Number.POSITIVE_INFINITY
})
afterEach(() => {
  chain.close()
  rmSync(folder, { recursive: true })
})

const PRODUCT = { id: 'p1', name: 'Tea', price: 100, currency: 'CNY' }

function order(fields: Doc = {}): Doc {
  const facts = { id: 'n1', branchId: 'north', number: '1', placedAt: '2026-03-01T10:00:00.000Z', status: 'paid' }
  return { ...facts, round: 1, lines: [], total: 100, currency: 'CNY', ...fields }
}

async function run(...branches: SimulatedBranch[]): Promise<void> {
  for (const one of branches) await one.cycle.run()
}

function purge(): Promise<number> {
  const { cloud, registry } = chain
  return new TombstonePurge({ cloud, registry, mirroredUpTo: () => mirrored, log: SILENT }).run()
}

function atHeadquarters(collection: string, id: string): Doc | undefined {
  return chain.cloud.replica.store.table(collection).get(id)
}

it('go once every active branch has taken them, and not before', async () => {
  chain.writeAtCloud('products', PRODUCT)
  await run(north, south)
  chain.writeAtCloud('products', { id: 'p1', _deleted: true })
  await run(north, north)
  expect(await purge()).toBe(0)
  await run(south, south)
  expect(await purge()).toBe(1)
  expect(atHeadquarters('products', 'p1')).toBeUndefined()
  expect(await purge()).toBe(0)
  await run(north, south)
  expect([north, south].map(({ cycle }) => cycle.status().verdict.state)).toEqual(['in-sync', 'in-sync'])
})

it('wait for the mirror, and for a branch that was never heard of unless it is retired', async () => {
  chain.writeAtCloud('products', PRODUCT)
  await run(north)
  chain.writeAtCloud('products', { id: 'p1', _deleted: true })
  await run(north, north)
  expect(await purge()).toBe(0)
  chain.writeAtCloud('branches', { id: 'south', retired: true })
  await run(north)
  mirrored = 1
  expect(await purge()).toBe(0)
  mirrored = chain.cloud.replica.store.head().seq
  expect(await purge()).toBe(1)
})

it('of members stay, since what they said decides who is who', async () => {
  const { merge } = chain.cloud.replica.store.declarations.find(({ name }) => name === 'members')!
  expect(merge.erasure).toBeDefined()
  const member = {
    id: 'r-1',
    scope: 'shared',
    generation: 0,
    name: 'Li',
    tags: [],
    registrations: [],
    aliases: [],
    followUps: [],
  }
  chain.writeAtCloud('members', member)
  chain.writeAtCloud('members', { id: 'r-1', _deleted: true })
  for (let i = 0; i < 3; i++) await run(north, south)
  expect(await purge()).toBe(0)
})

it('leave their stamps: a copy from an older store stays deleted, and is deleted there too', async () => {
  chain.write(north, 'orders', order())
  await run(north)
  await chain.backUp(north)
  chain.write(north, 'orders', { id: 'n1', _deleted: true })
  await run(north, south, north, south)
  expect(await purge()).toBe(1)
  await chain.restore(north)
  await run(north, north)
  expect(north.branch.replica.store.table('orders').get('n1')).toMatchObject({ _deleted: true })
  expect(atHeadquarters('orders', 'n1')).toBeUndefined()
  expect(north.cycle.status().verdict.state).toBe('in-sync')
})

it('take off a branch what headquarters alone writes and has deleted, after a restore from before', async () => {
  chain.writeAtCloud('products', PRODUCT)
  await run(north, south)
  await chain.backUp(north)
  chain.writeAtCloud('products', { id: 'p1', _deleted: true })
  for (let i = 0; i < 2; i++) await run(north, south)
  expect(await purge()).toBe(1)
  await chain.restore(north)
  await run(north, north)
  expect(north.branch.replica.store.table('products').get('p1')).toMatchObject({ _deleted: true })
  expect(north.branch.exceptions.list()).toEqual([])
  expect(north.cycle.status().verdict.state).toBe('in-sync')
})

it('give way to an edit that is newer than the deletion', async () => {
  chain.write(north, 'orders', order())
  await run(north)
  await chain.backUp(north)
  chain.write(north, 'orders', { id: 'n1', _deleted: true })
  await run(north, south, north, south)
  expect(await purge()).toBe(1)
  await chain.restore(north)
  chain.write(north, 'orders', { id: 'n1', note: 'still wanted' })
  await run(north, north)
  expect(atHeadquarters('orders', 'n1')).toMatchObject({ _deleted: false, note: 'still wanted' })
  chain.write(north, 'orders', { id: 'n1', _deleted: true })
  for (let i = 0; i < 2; i++) await run(north, south)
  expect(await purge()).toBe(1)
})

function nothing(): void {
  // What it says is not looked at.
}
