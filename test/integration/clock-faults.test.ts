/** PCs and a headquarters whose clocks are wrong, on real stores with real cycles; the clocks are the test's. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Replica } from '../../adapters/exchange/replica.ts'
import { WriterClock, type ClockMemory } from '../../adapters/rxdb/writer-clock.ts'
import { BranchRegistry } from '../../cloud-node/branch-registry.ts'
import { SHARED_SCOPE, type E164Phone, type WriterId } from '../../schemas/brand.ts'
import { parseStamp } from '../../schemas/hlc.ts'
import type { Doc } from '../../schemas/json.ts'
import { memberIdOfPhone } from '../../schemas/member-id.ts'
import { newestStamp } from '../../schemas/merge-spec.ts'
import { temporaryFolder } from '../support/node-process.ts'
import { testOrder } from '../support/real-chain.ts'
import { CHAIN_KEY, SimulatedChain, type SimulatedBranch } from '../support/simulated-chain.ts'

const START = Date.UTC(2027, 0, 1)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const YEAR = 365 * DAY
/** What a PC's clock is off by. */
const IN_2000 = Date.UTC(2000, 0) - START
const IN_2099 = Date.UTC(2099, 0) - START
const PHONE = '+8613800138000' as E164Phone
const MEMBER = memberIdOfPhone(CHAIN_KEY, SHARED_SCOPE, PHONE, 0)
/** What a store holds of the time when its branch has joined. */
const JOINED = { floorMs: START, lastCloudMs: START }

/** A chain in a world with a true time, of which each node's operating system has its own idea. */
class World {
  trueMs = START
  readonly chain: SimulatedChain
  readonly #offsets = new Map<Replica, number>()
  #writers = 0

  constructor(folder: string, branchIds: readonly string[]) {
    this.chain = new SimulatedChain(folder, branchIds)
    const { cloud } = this.chain
    this.boot(cloud.replica, 0, {})
    this.chain.registry = new BranchRegistry(cloud, () => cloud.replica.clock.wallMs())
    for (const { branch } of this.chain.branches) this.boot(branch.replica, 0, JOINED)
  }

  /** A start of the node's process: a new clock, with what the last one remembered. */
  boot(replica: Replica, offsetMs: number, memory: Partial<ClockMemory> = replica.clock.memory()): void {
    this.#offsets.set(replica, offsetMs)
    this.#writers += 1
    const clock = new WriterClock({
      writer: this.#writers.toString(36).padStart(8, '0') as WriterId,
      ...(JSON.parse(JSON.stringify(memory)) as Partial<ClockMemory>),
      osMs: () => this.trueMs + this.#offsets.get(replica)!,
      monotonicMs: () => this.trueMs - START,
    })
    Object.assign(replica, { clock })
  }

  setOs(replica: Replica, offsetMs: number): void {
    this.#offsets.set(replica, offsetMs)
  }

  rename(at: SimulatedBranch, name: string): void {
    this.chain.write(at, 'members', { ...(read(at, 'members', MEMBER) ?? registration(at.id)), name })
  }
}

let folder: { path: string; remove: () => void }
let world: World

beforeEach(() => {
  folder = temporaryFolder()
  world = new World(folder.path, ['b1', 'b2', 'b3'])
})

afterEach(() => {
  world.chain.close()
  folder.remove()
})

function read({ branch }: SimulatedBranch, collection: string, id: string): Doc | undefined {
  return branch.replica.store.table(collection).get(id)
}

function registration(branchId: string): Doc {
  const registrations = [{ id: `r-${branchId}`, branchId }]
  return {
    id: MEMBER,
    scope: SHARED_SCOPE,
    phone: PHONE,
    generation: 0,
    tags: [branchId],
    registrations,
    aliases: [],
    followUps: [],
  }
}

function namesEverywhere({ chain }: World): unknown[] {
  const stores = [chain.cloud, ...chain.branches.map(({ branch }) => branch)].map(({ replica }) => replica.store)
  return stores.map((store) => store.table('members').get(MEMBER)?.['name'])
}

function stampMs(doc: Doc | undefined): number {
  return parseStamp(newestStamp(doc!))!.wallMs
}

function verdicts({ chain }: World): string[] {
  return chain.branches.map(({ cycle }) => cycle.status().verdict.state)
}

const ALL_IN_SYNC = ['in-sync', 'in-sync', 'in-sync']

describe('branches whose PCs wake in 2000 and in 2099', () => {
  it('trade before their first contact and after it, and lose nothing', async () => {
    const { chain } = world
    const [b1, b2] = chain.branches as [SimulatedBranch, SimulatedBranch, SimulatedBranch]
    world.boot(b1.branch.replica, IN_2000)
    world.boot(b2.branch.replica, IN_2099)
    for (const at of [b1, b2]) {
      world.rename(at, `Li of ${at.id}`)
      chain.write(at, 'orders', testOrder(`early-${at.id}`, at.id, MEMBER))
    }
    world.trueMs += 5 * DAY
    await chain.heal()
    for (const at of [b1, b2]) {
      chain.write(at, 'orders', { ...testOrder(`early-${at.id}`, at.id, MEMBER), status: 'fulfilled' })
      chain.write(at, 'orders', testOrder(`late-${at.id}`, at.id, MEMBER))
      expect(stampMs(read(at, 'orders', `late-${at.id}`))).toBe(world.trueMs)
    }
    await chain.heal()
    expect(verdicts(world)).toEqual(ALL_IN_SYNC)
    const orders = chain.cloud.replica.store.table('orders')
    const states = ['early-b1', 'late-b1', 'early-b2', 'late-b2'].map((id) => orders.get(id)?.['status'])
    expect(states).toEqual(['fulfilled', 'paid', 'fulfilled', 'paid'])
    expect((chain.cloud.replica.store.table('members').get(MEMBER)!['tags'] as string[]).toSorted()).toEqual([
      'b1',
      'b2',
    ])
    expect(chain.branches.flatMap(({ branch }) => branch.exceptions.list())).toEqual([])
  })

  it('leave everybody the edit that was really the newest, whatever their clocks do', async () => {
    const offset = fc.constantFrom(0, IN_2000, IN_2099, -YEAR, YEAR, -10 * DAY, 10 * DAY)
    const edit = fc.record({
      branch: fc.nat(2),
      offset,
      restarts: fc.boolean(),
      offline: fc.boolean(),
      after: fc.integer({ min: 1_000, max: 3 * DAY }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 8 }), async (edits) => {
        const own = temporaryFolder()
        const lived = new World(own.path, ['b1', 'b2', 'b3'])
        try {
          for (const [i, { branch, offset: offsetMs, restarts, offline, after }] of edits.entries()) {
            const at = lived.chain.branches[branch]!
            lived.trueMs += after
            if (restarts) lived.boot(at.branch.replica, offsetMs)
            else lived.setOs(at.branch.replica, offsetMs)
            // In contact: it has seen the newest edit. Then its clock may be lost again before it writes.
            await at.cycle.run()
            if (offline) lived.boot(at.branch.replica, offsetMs)
            lived.trueMs += HOUR
            lived.rename(at, `name ${i}`)
            await at.cycle.run()
          }
          await lived.chain.heal()
          expect(new Set(namesEverywhere(lived))).toEqual(new Set([`name ${edits.length - 1}`]))
          expect(verdicts(lived)).toEqual(ALL_IN_SYNC)
        } finally {
          lived.chain.close()
          own.remove()
        }
      }),
      { numRuns: 25 },
    )
  })

  it('do not overrule a newer registration of the same phone by a branch that they have not met', async () => {
    const { chain } = world
    const [b1, b2, b3] = chain.branches as [SimulatedBranch, SimulatedBranch, SimulatedBranch]
    world.boot(b1.branch.replica, IN_2000)
    world.boot(b2.branch.replica, IN_2099)
    world.rename(b1, 'of 2000')
    world.rename(b2, 'of 2099')
    world.trueMs += DAY
    world.rename(b3, 'newest')
    await chain.heal()
    expect(new Set(namesEverywhere(world))).toEqual(new Set(['newest']))
    expect(verdicts(world)).toEqual(ALL_IN_SYNC)
  })
})

describe('a PC in 2099 that nobody has ever told the time', () => {
  it('has what it stamped refused with the reason, and goes on at the right time at once', async () => {
    const { chain } = world
    const [b1] = chain.branches as [SimulatedBranch]
    world.boot(b1.branch.replica, IN_2099, {})
    chain.write(b1, 'orders', testOrder('far', 'b1'))
    await chain.heal()
    const [exception, ...others] = b1.branch.exceptions.list()
    expect(others).toEqual([])
    expect(exception).toMatchObject({ collection: 'orders', id: 'far', code: 'CLOCK_AHEAD', field: 'clock' })
    expect(exception!.reason).toMatch(/30 days ahead of headquarters/)
    chain.write(b1, 'orders', testOrder('next', 'b1'))
    // A stamp must exceed those of the document that it edits: why a branch is told the time when it joins.
    chain.write(b1, 'orders', { ...read(b1, 'orders', 'far'), status: 'fulfilled' })
    expect([stampMs(read(b1, 'orders', 'next')), stampMs(read(b1, 'orders', 'far'))]).toEqual([
      world.trueMs,
      START + IN_2099,
    ])
    await chain.heal()
    const { store } = chain.cloud.replica
    expect([store.table('orders').get('next')?.['status'], store.table('orders').get('far')]).toEqual([
      'paid',
      undefined,
    ])
  })
})

describe('a headquarters whose clock is a year ahead for an hour', () => {
  it('takes what branches stamped by it, also later, and their edits; they stamp at the right time again without a restart', async () => {
    const { chain } = world
    const [b1, b2] = chain.branches as [SimulatedBranch, SimulatedBranch]
    await chain.heal()
    world.setOs(chain.cloud.replica, YEAR)
    await chain.heal()
    chain.write(b1, 'orders', testOrder('sent', 'b1'))
    await b1.cycle.run()
    // Its link is cut until the clock of headquarters is right.
    chain.write(b2, 'orders', testOrder('kept', 'b2'))
    world.rename(b2, 'Li')
    expect(stampMs(read(b2, 'orders', 'kept'))).toBe(world.trueMs + YEAR)
    world.trueMs += HOUR
    world.setOs(chain.cloud.replica, 0)
    world.boot(chain.cloud.replica, 0)
    await chain.heal()
    for (const [at, id] of [
      [b1, 'sent'],
      [b2, 'kept'],
    ] as const) {
      chain.write(at, 'orders', { ...read(at, 'orders', id), status: 'fulfilled' })
      chain.write(at, 'orders', testOrder(`new-${id}`, at.id))
      expect(stampMs(read(at, 'orders', `new-${id}`))).toBe(world.trueMs)
    }
    world.rename(b1, 'Li Na')
    await chain.heal()
    expect(verdicts(world)).toEqual(ALL_IN_SYNC)
    const orders = chain.cloud.replica.store.table('orders')
    const states = ['sent', 'kept', 'new-sent', 'new-kept'].map((id) => orders.get(id)?.['status'])
    expect(states).toEqual(['fulfilled', 'fulfilled', 'paid', 'paid'])
    expect(new Set(namesEverywhere(world))).toEqual(new Set(['Li Na']))
    expect(chain.branches.flatMap(({ branch }) => branch.exceptions.list())).toEqual([])
  })
})
