import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { shownBalance } from '../../../adapters/exchange/shown-balance.ts'
import { SHARED_SCOPE, type E164Phone } from '../../../schemas/brand.ts'
import type { MovementDocument } from '../../../schemas/collections/movements.ts'
import { addContribution, NO_BALANCE, type Contribution } from '../../../schemas/contribution.ts'
import { memberOfDocument } from '../../../schemas/identity.ts'
import { canonicalJson, type Doc } from '../../../schemas/json.ts'
import { memberIdOfPhone } from '../../../schemas/member-id.ts'
import { replicatedState } from '../../../schemas/merge-spec.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { proofCount, proofTimeout } from '../../support/proof-scale.ts'
import { CHAIN_KEY, SimulatedChain, type Fault, type SimulatedBranch } from '../../support/simulated-chain.ts'

const PHONES = ['+8613800000001', '+8613800000002', '+8613800000003'] as E164Phone[]
const memberId = (i: number) => memberIdOfPhone(CHAIN_KEY, SHARED_SCOPE, PHONES[i]!, 0)

type Step =
  | { do: 'register' | 'rename' | 'remove' | 'restart'; branch: number; member: number; value: string }
  | { do: 'order'; branch: number; member: number; points: number }
  | { do: 'advance'; branch: number; pick: number; status: string }
  | { do: 'move'; branch: number; member: number; points: number }
  | { do: 'cloud-order' | 'cloud-rename' | 'cloud-restart'; branch: number; member: number; value: string }
  | { do: 'sync'; branch: number; faults: Fault[] }

const branch = fc.nat(2)
const member = fc.nat(2)
const value = fc.constantFrom('Li', 'Wang', 'Zhang', 'Zhao')
const points = fc.integer({ min: 0, max: 100 })
const fault = fc.constantFrom<Fault>('pass', 'pass', 'lose-request', 'lose-answer', 'edit-meanwhile', 'edit-meanwhile')
const faults = fc.array(fault, { maxLength: 8 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('register' as const, 'rename' as const), branch, member, value }),
  fc.record({ do: fc.constantFrom('remove' as const, 'restart' as const), branch, member, value }),
  fc.record({ do: fc.constant('order' as const), branch, member, points }),
  fc.record({
    do: fc.constant('advance' as const),
    branch,
    pick: fc.nat(20),
    status: fc.constantFrom('fulfilled', 'closed', 'refunded', 'cancelled'),
  }),
  fc.record({ do: fc.constant('move' as const), branch, member, points }),
  fc.record({
    do: fc.constantFrom('cloud-order' as const, 'cloud-rename' as const, 'cloud-restart' as const),
    branch,
    member,
    value,
  }),
  fc.record({ do: fc.constant('sync' as const), branch, faults }),
  fc.record({ do: fc.constant('sync' as const), branch, faults }),
)

let orders = 0

function newOrder(branchId: string, member: number, points: number, status: string): Doc {
  orders += 1
  const memberIdentity = { memberId: memberId(member), registrationId: 'r1' }
  const placedAt = '2026-01-01T00:00:00.000Z'
  const facts = { id: `o${orders}`, branchId, number: String(orders), placedAt, status, round: 1 }
  return { ...facts, ...memberIdentity, lines: [], total: points * 100, currency: 'CNY', pointsEarned: points }
}

async function perform(chain: SimulatedChain, step: Step): Promise<void> {
  const at = chain.branches[step.branch]!
  const { store } = at.branch.replica
  try {
    if (step.do === 'register') {
      const known = store.table('members').get(memberId(step.member))
      const registration = { id: `r-${Math.random()}`, branchId: at.id, at: '2026-01-01T00:00:00.000Z' }
      chain.write(at, 'members', {
        id: memberId(step.member),
        scope: SHARED_SCOPE,
        phone: PHONES[step.member]!,
        generation: 0,
        name: step.value,
        tags: [step.value],
        registrations: [...((known?.['registrations'] as unknown[]) ?? []), registration],
        aliases: [],
        followUps: [],
        _deleted: false,
      })
    } else if (step.do === 'rename' || step.do === 'remove') {
      if (!store.table('members').get(memberId(step.member))) return
      const change = step.do === 'rename' ? { name: step.value, tags: [] } : { _deleted: true }
      chain.write(at, 'members', { id: memberId(step.member), ...change })
    } else if (step.do === 'order') {
      chain.write(at, 'orders', newOrder(at.id, step.member, step.points, 'paid'))
    } else if (step.do === 'advance') {
      const own = store.table('orders').select('deleted = 0', 'ORDER BY id', [])
      if (own.length > 0) {
        chain.write(at, 'orders', { id: own[step.pick % own.length]!['id'], status: step.status })
      }
    } else if (step.do === 'move') {
      orders += 1
      const movement: MovementDocument = {
        id: `v${orders}`,
        branchId: at.id,
        memberId: memberId(step.member),
        kind: 'adjust',
        points: step.points,
        value: 0,
        at: '2026-01-01T00:00:00.000Z',
      }
      chain.write(at, 'movements', { ...movement })
    } else if (step.do === 'cloud-order') {
      chain.writeAtCloud('orders', newOrder(at.id, step.member, 7, 'paid'))
    } else if (step.do === 'cloud-rename') {
      const { store: cloudStore } = chain.cloud.replica
      if (cloudStore.table('members').get(memberId(step.member))) {
        chain.writeAtCloud('members', { id: memberId(step.member), name: step.value })
      }
    } else if (step.do === 'restart') {
      await chain.restart(at)
    } else if (step.do === 'cloud-restart') {
      chain.restartCloud()
    } else if (step.do === 'sync') {
      at.faults = step.faults
      at.meanwhile = () => editSomething(chain, at)
      await at.cycle.run()
      at.faults = []
    }
  } catch (error) {
    // A till that asks for an impossible status is told so; everything else is a defect.
    if (!(error instanceof OutpostError) || error.code !== 'ORDER_TRANSITION') throw error
  }
}

/** Every document that the branch may change, changed. */
function editSomething(chain: SimulatedChain, at: SimulatedBranch): void {
  const { store } = at.branch.replica
  orders += 1
  for (const { id, note } of store.table('orders').select('deleted = 0', '', []) as { id: string; note?: string }[]) {
    chain.write(at, 'orders', { id, note: `${note ?? ''}${orders % 10}` })
  }
  for (const { id } of store.table('members').select('deleted = 0', '', []) as { id: string }[]) {
    chain.write(at, 'members', { id, note: `seen ${orders}` })
  }
}

/** The balance by its definition: the sum over everything that headquarters has accepted. */
function balanceByDefinition(chain: SimulatedChain, id: string): { points: number; value: number } {
  const { store } = chain.cloud.replica
  let balance = NO_BALANCE
  for (const declaration of store.declarations) {
    for (const doc of store.table(declaration.name).select('deleted = 0', '', [])) {
      const contribution = declaration.contribution?.(doc)
      if (contribution && memberOf(chain, contribution) === id) balance = addContribution(balance, contribution, 1)
    }
  }
  return balance
}

/** Nobody, for what is held. */
function memberOf(chain: SimulatedChain, { memberId: written, registrationId }: Contribution): string | undefined {
  return memberOfDocument(chain.identity.book, written, registrationId)
}

function states(rows: readonly { id: string; doc: Doc }[]): string[] {
  return rows.map(({ doc }) => canonicalJson(replicatedState(doc))).toSorted()
}

describe('a chain whose links lose requests and answers and whose nodes restart', () => {
  it(
    'ends with equal stores, empty queues and balances that are the sum of what was accepted',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), async (steps) => {
          const folder = temporaryFolder()
          const chain = new SimulatedChain(folder.path, ['b1', 'b2', 'b3'])
          try {
            for (const one of steps) await perform(chain, one)
            await chain.heal()
            const { store } = chain.cloud.replica
            for (const { id, branch, cycle } of chain.branches) {
              expect([id, cycle.status().lastError, cycle.status().verdict.state]).toEqual([id, undefined, 'in-sync'])
              expect(branch.backlog().documents).toBe(0)
              expect(branch.openReceipts()).toEqual([])
              expect(branch.exceptions.list()).toEqual([])
              for (const { name } of store.declarations) {
                const here = branch.replica.store.table(name).rowsAfter(0, 10_000)
                const there = store.table(name).rowsAfter(0, 10_000)
                const inScope = there.filter(({ scope }) => scope === SHARED_SCOPE || scope === id)
                expect(states(here)).toEqual(states(inScope))
                expect(here.every(({ scope }) => scope === SHARED_SCOPE || scope === id)).toBe(true)
              }
              for (let i = 0; i < PHONES.length; i++) {
                const published = store.table('members').get(memberId(i))
                if (!published) continue
                const sum = balanceByDefinition(chain, memberId(i))
                expect(published['balance'] ?? NO_BALANCE).toEqual(sum)
                expect(shownBalance(branch, memberId(i))).toEqual(sum)
              }
            }
            const [first] = chain.branches
            const push = vi.spyOn(chain.cloud, 'push')
            chain.write(first!, 'orders', newOrder(first!.id, 0, 3, 'paid'))
            await first!.cycle.run()
            const [sent] = push.mock.calls
            const head = store.head().seq
            // A push that comes again changes nothing, nor does another cycle.
            chain.cloud.push(...structuredClone(sent!))
            for (const { cycle } of chain.branches) await cycle.run()
            expect(store.head().seq).toBe(head)
          } finally {
            chain.close()
            folder.remove()
          }
        }),
        { numRuns: proofCount(120), endOnFailure: true },
      )
    },
    proofTimeout(300_000),
  )
})
