/** Links, sticks and restarts in any order: whatever a person mixes up, both sides end with the same. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shownBalance } from '../../../adapters/exchange/shown-balance.ts'
import { SHARED_SCOPE, type E164Phone } from '../../../schemas/brand.ts'
import type { Doc } from '../../../schemas/json.ts'
import { memberIdOfPhone } from '../../../schemas/member-id.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import { BundleStick } from '../../support/bundle-stick.ts'
import { proofCount, proofTimeout } from '../../support/proof-scale.ts'
import { CHAIN_KEY, SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

const MEMBER = memberIdOfPhone(CHAIN_KEY, SHARED_SCOPE, '+8613800000001' as E164Phone, 0)
const LISTS = { tags: [], registrations: [], aliases: [], followUps: [] }
const LI = { id: MEMBER, scope: SHARED_SCOPE, phone: '+8613800000001', generation: 0, name: 'Li', ...LISTS }

type Deed =
  | { readonly do: 'sell' | 'export' | 'restart' | 'news' | 'here' | 'online' }
  | { readonly do: 'edit'; readonly order: number }
  | { readonly do: 'cut'; readonly after: number }
  /** Any file that was ever made, the right one or not. */
  | { readonly do: 'to-headquarters' | 'to-branch'; readonly file: number }

const often = (deed: fc.Arbitrary<Deed>, weight: number) => ({ arbitrary: deed, weight })
const DEED: fc.Arbitrary<Deed> = fc.oneof(
  often(fc.constantFrom<Deed>({ do: 'sell' }, { do: 'export' }, { do: 'here' }), 6),
  often(fc.constantFrom<Deed>({ do: 'restart' }, { do: 'news' }, { do: 'online' }), 2),
  often(fc.record({ do: fc.constant('edit' as const), order: fc.nat(9) }), 2),
  often(fc.record({ do: fc.constant('cut' as const), after: fc.nat(6) }), 1),
  often(fc.record({ do: fc.constantFrom('to-headquarters' as const, 'to-branch' as const), file: fc.nat(3) }), 8),
)

/** Receipts that headquarters has taken from a bundle whose answer never comes back: the branch sends them again. */
const RECEIPTS_TAKEN_UNHEARD: Deed[] = [
  { do: 'here' },
  { do: 'news' },
  { do: 'to-branch', file: 0 },
  { do: 'export' },
  { do: 'to-headquarters', file: 0 },
]

/** What may happen to somebody who takes files at random. */
const HARMLESS = new Set(['BUNDLE_OLD', 'BUNDLE_FOREIGN'])

class Shop {
  readonly chain: SimulatedChain
  readonly stick: BundleStick
  readonly north: SimulatedBranch
  /** The newest first. */
  readonly toHeadquarters: string[] = []
  readonly toBranch: string[] = []
  #sales = 0

  constructor(folder: string) {
    this.chain = new SimulatedChain(folder, ['north', 'south'])
    this.north = this.chain.branches[0]!
    this.stick = new BundleStick(this.chain)
  }

  async do(deed: Deed): Promise<void> {
    const { chain, north, stick } = this
    switch (deed.do) {
      case 'sell':
        this.#sales += 1
        return chain.write(north, 'orders', order(this.#sales))
      case 'edit':
        if (north.branch.replica.store.table('orders').row(`n${deed.order}`)) {
          chain.write(north, 'orders', { id: `n${deed.order}`, pointsEarned: 7 })
        }
        return
      case 'here':
        this.#sales += 1
        chain.writeAtCloud('orders', order(this.#sales))
        return chain.writeAtCloud('members', { ...LI, name: `Li ${this.#sales}` })
      case 'restart':
        return chain.restart(north)
      case 'online':
        return north.cycle.run()
      case 'cut':
        north.faults = [...Array.from({ length: deed.after }, () => 'pass' as const), 'lose-answer', ...CUT]
        await north.cycle.run()
        north.faults = []
        return
      case 'export':
        return void this.toHeadquarters.unshift((await stick.toHeadquarters(north)).file)
      case 'news':
        return this.#take(async () => {
          this.toBranch.unshift((await stick.headquarters.exportBundle('north', stick.folder())).file)
        })
      case 'to-headquarters':
        return this.#take(async () => {
          const file = this.toHeadquarters[deed.file]
          if (file === undefined) return
          const { answer } = await stick.headquarters.importBundle(file, { to: stick.folder() })
          if (answer) this.toBranch.unshift(answer.file)
        })
      case 'to-branch':
        return this.#take(async () => {
          const file = this.toBranch[deed.file]
          if (file !== undefined) await stick.at(north).importBundle(file)
        })
    }
  }

  async #take(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof OutpostError) || !HARMLESS.has(error.code)) throw error
    }
  }
}

const CUT = Array.from({ length: 20 }, () => 'lose-request' as const)

function order(number: number): Doc {
  const facts = { id: `n${number}`, branchId: 'north', number: `n${number}`, placedAt: '2026-03-01T10:00:00.000Z' }
  const paid = { status: 'paid', round: 1, lines: [], total: 100, currency: 'CNY' }
  return { ...facts, ...paid, memberId: MEMBER, pointsEarned: 10 }
}

/** Two rounds and the receipts of the last one, or as many cycles. */
async function heal({ chain, north, stick }: Shop, byStick: boolean): Promise<void> {
  for (let round = 0; round < 3; round++) await (byStick ? stick.round(north) : north.cycle.run())
  expect(chain.cloud.deliveries.unconfirmed('north')).toBe(0)
}

function expectLevel({ chain: { cloud }, north: { branch } }: Shop): void {
  for (const { name } of cloud.replica.store.declarations) {
    for (const scope of [SHARED_SCOPE, 'north']) {
      expect(branch.replica.store.digest(name, scope)).toEqual(cloud.replica.store.digest(name, scope))
    }
  }
  expect(branch.backlog().documents).toBe(0)
  expect(branch.openReceipts()).toEqual([])
  expect(branch.exceptions.list()).toEqual([])
  expect(cloud.exceptions.list()).toEqual([])
  expect(cloud.links.starts('north').some(({ isSuspect }) => isSuspect)).toBe(false)
  const { points, value } = cloud.balances.balance(MEMBER) ?? { points: 0, value: 0 }
  expect(shownBalance(branch, MEMBER)).toEqual({ points, value })
  const earned = cloud.replica.store.table('orders').select('deleted = 0', '', [])
  expect(points).toBe(earned.reduce((sum, doc) => sum + (doc as unknown as { pointsEarned: number }).pointsEarned, 0))
}

describe('files taken in any order, over and over, between cycles that are cut and starts of the node', () => {
  it.each([
    ['the link', false],
    ['the stick', true],
  ])('end with both sides the same, by %s', { timeout: proofTimeout(240_000) }, async (_name, byStick) => {
    await fc.assert(
      fc.asyncProperty(fc.array(DEED, { minLength: 5, maxLength: 24, size: 'max' }), async (deeds) => {
        const folder = mkdtempSync(join(tmpdir(), 'outpost-disorder-'))
        const shop = new Shop(folder)
        try {
          shop.chain.writeAtCloud('members', LI)
          await shop.stick.introduce()
          for (const deed of deeds) await shop.do(deed)
          await heal(shop, byStick)
          expectLevel(shop)
        } finally {
          shop.chain.close()
          rmSync(folder, { recursive: true })
        }
      }),
      { numRuns: proofCount(50), examples: [[RECEIPTS_TAKEN_UNHEARD]] },
    )
  })
})
