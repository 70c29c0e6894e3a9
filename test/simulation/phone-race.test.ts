/**
 * Three branches mean the same two numbers while all are offline: b1 changes the member M from P1 to P2, b2, which has never
 * heard of M, registers a new person N with P1, b3 registers a person O with P2. What comes of it depends on who reconnects
 * first, and nobody is lost or taken for somebody else without a person having said so.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import type { MemberDocument } from '../../schemas/collections/members.ts'
import { registrationOnScreen } from '../../schemas/register-member.ts'
import { checkHealed } from './healed-chain.ts'
import { PHONES, SimulatedWorld } from './simulated-world.ts'

const [P1, P2] = PHONES
/** Whoever was registered first with P1: M, and where the two are one, N. */
let first: string
/** Whoever was registered with P2: O. */
let other: string
let world: SimulatedWorld

beforeEach(async () => {
  world = new SimulatedWorld(0, 3)
  const [b1, b2, b3] = [world.branch(0), world.branch(1), world.branch(2)]
  first = world.branchDesk(b1).register('M', P1, false).id
  await b1.cycle.run()
  sell(0, first, 10)
  world.branchDesk(b1).request(first, { do: 'phone', to: P2 })
  expect(world.branchDesk(b2).register('N', P1, false).id).toBe(first)
  sell(1, first, 20)
  other = world.branchDesk(b3).register('O', P2, false).id
  sell(2, other, 30)
})
afterEach(() => world.close())

function sell(branch: number, memberId: string, points: number): void {
  const at = world.branch(branch)
  const member = at.branch.replica.store.table('members').get(memberId) as unknown as MemberDocument
  const ids = { memberId, registrationId: registrationOnScreen(member, at.id) }
  const facts = { id: `o-${at.id}`, branchId: at.id, number: '1', placedAt: world.at(), status: 'paid', round: 1 }
  world.chain.write(at, 'orders', { ...facts, ...ids, lines: [], total: 100, currency: 'CNY', pointsEarned: points })
}

/** What headquarters says afterwards, in words. */
function outcome(): string[] {
  const desk = world.memberDesk()
  const { here } = world.chain.identity.authority
  const names = new Map([
    [first, 'M'],
    [other, 'O'],
  ])
  const holder = (phone: string) => names.get(here.standing(SHARED_SCOPE, phone).holder ?? '') ?? 'nobody'
  const points = (id: string) => world.chain.cloud.balances.balance(id)?.points ?? 0
  return [
    `P1 is held by ${holder(P1)}, P2 by ${holder(P2)}`,
    `M has ${points(first)} points, O has ${points(other)}`,
    ...desk.review().map(({ branchId, what, why }) => `a person decides on the ${what} of ${branchId}: ${why}`),
  ]
}

/** The change came first: it was clear then. Whoever was registered with either number after it waits for a person. */
const CHANGED = [
  'P1 is held by nobody, P2 by M',
  'M has 10 points, O has 0',
  'a person decides on the registration of b2: number-over',
  'a person decides on the registration of b3: number-taken',
]
/** N came before the change and is M by its number; that b1 did not know when it asked. */
const JOINED = ['P1 is held by M, P2 by O', 'M has 30 points, O has 30', 'a person decides on the phone of b1: joined']
/** O came before the change, N after it. */
const TAKEN = [
  'P1 is held by M, P2 by O',
  'M has 30 points, O has 30',
  'a person decides on the phone of b1: number-taken',
]

describe('a number that is given up at one branch, registered at a second, while the new one is at a third', () => {
  it.each([
    { order: [1, 2, 3], ends: CHANGED },
    { order: [1, 3, 2], ends: CHANGED },
    { order: [2, 1, 3], ends: JOINED },
    { order: [2, 3, 1], ends: JOINED },
    { order: [3, 1, 2], ends: TAKEN },
    { order: [3, 2, 1], ends: JOINED },
  ])('ends as whoever reconnects first makes it: $order', async ({ order, ends }) => {
    for (const one of order) await world.branch(one - 1).cycle.run()
    expect(outcome().toSorted()).toEqual(ends.toSorted())
    expect(await checkHealed(world)).toEqual([])
    expect(outcome().toSorted()).toEqual(ends.toSorted())
  })

  it('leaves three persons with their own points once a person has granted what waits', async () => {
    for (const one of [1, 2, 3]) await world.branch(one - 1).cycle.run()
    const desk = world.memberDesk()
    const [n] = desk.review().filter(({ branchId }) => branchId === 'b2')
    desk.decide(n!.id, { answer: 'grant' })
    const holder = desk.find(P1)
    expect(holder).toMatchObject({ name: 'N', balance: { points: 20 } })
    const [o] = desk.review()
    // O says that the number was always theirs: M gives it up.
    desk.decide(o!.id, { answer: 'grant' })
    expect(desk.find(P2)).toMatchObject({ name: 'O', balance: { points: 30 } })
    expect(desk.show(first)).toMatchObject({ name: 'M', phones: [], balance: { points: 10 } })
    expect(await checkHealed(world)).toEqual([])
  })
})
