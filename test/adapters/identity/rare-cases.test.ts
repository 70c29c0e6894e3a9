import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SHARED_SCOPE, type E164Phone, type Scope } from '../../../schemas/brand.ts'
import { memberIdOfPhone } from '../../../schemas/member-id.ts'
import { CHAIN_KEY } from '../../support/simulated-chain.ts'
import { canonicalJson } from '../../../schemas/json.ts'
import { replicatedState } from '../../../schemas/merge-spec.ts'
import type { MemberView } from '../../../schemas/protocol/identity.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { IdentityChain } from './identity-chain.ts'

const P1 = '13800000001'
const P2 = '13800000002'
const P3 = '13800000003'

let chain: IdentityChain

beforeEach(() => {
  chain = new IdentityChain(['a', 'b', 'c'])
})

afterEach(() => {
  chain.close()
})

/** A member that every branch knows, with points earned at A. */
async function known(phone = P1, name = 'Li'): Promise<MemberView> {
  const member = chain.branch('a').register(name, phone, false)
  chain.order('a', member, 10)
  await chain.heal()
  return member
}

const points = (id: string) => chain.desk.show(id).balance.points
const review = () =>
  chain.desk.review().map(({ what, why, branchId, registrations }) => ({ what, why, branchId, registrations }))

/** Everybody holds the same, of what concerns them. */
function expectEqual(): void {
  for (const { id, branch } of chain.chain.branches) {
    for (const { name } of COLLECTIONS) {
      const states = (store: typeof branch.replica.store) =>
        store
          .table(name)
          .rowsAfter(0, 1000)
          .filter(({ scope }) => scope === 'shared' || scope === id)
          .map(({ doc }) => canonicalJson(replicatedState(doc)))
          .toSorted()
      expect([id, name, states(branch.replica.store)]).toEqual([id, name, states(chain.chain.cloud.replica.store)])
    }
  }
}

describe('two branches register one phone while both are offline', () => {
  it('there is one member, no point is lost, and both sides of the merge are kept', async () => {
    const atA = chain.branch('a').register('Li', P1, false)
    const atB = chain.branch('b').register('Lee', '+86 138 0000 0001', false)
    expect(atA.id).toBe(atB.id)
    chain.order('a', atA, 10)
    chain.order('b', atB, 5)
    await chain.heal()
    const member = chain.desk.find(P1)
    expect(member).toMatchObject({ id: atA.id, balance: { points: 15, value: 0 }, phones: ['138****0001'] })
    expect(member.registrations.map(({ branchId }) => branchId).toSorted()).toEqual(['a', 'b'])
    expect(chain.desk.audit(atA.id)).toMatchObject([{ branchId: 'b', ours: { name: 'Li' }, theirs: { name: 'Lee' } }])
    expect(chain.branch('c').show(atA.id).balance).toEqual({ points: 15, value: 0 })
    expectEqual()
  })

  it('a wrong merge is taken back by registration, orders and fields included', async () => {
    const atA = chain.branch('a').register('Li', P1, false)
    const atB = chain.branch('b').register('Wang', P1, false)
    chain.order('a', atA, 10)
    chain.order('b', atB, 5)
    await chain.heal()
    const [registration] = atB.registrations
    const outcome = chain.desk.act(atA.id, { do: 'split', registrations: [registration!.id] })
    await chain.heal()
    const other = outcome.member!
    expect(other).toMatchObject({ name: 'Wang', phones: [], balance: { points: 5, value: 0 } })
    expect(chain.desk.show(atA.id)).toMatchObject({
      name: 'Li',
      phones: ['138****0001'],
      balance: { points: 10, value: 0 },
    })
    expect(chain.branch('b').documentsOf('orders', other.id)).toHaveLength(1)
    expect(chain.branch('b').documentsOf('orders', atA.id)).toHaveLength(0)
    expect(chain.branch('b').show(other.id).balance.points).toBe(5)
    // What B sells to the person that it has on its screen goes on being that person's.
    chain.order('b', { id: atA.id, registrations: atB.registrations }, 3)
    await chain.heal()
    expect([points(atA.id), points(other.id)]).toEqual([10, 8])
    expectEqual()
  })
})

describe('a change of phone', () => {
  it('is granted when it is clear: the new number finds the member, the old one is free for somebody new', async () => {
    const member = await known()
    const request = chain.branch('b').request(member.id, { do: 'phone', to: P2 })
    expect(request.state).toBeUndefined()
    await chain.heal()
    expect(chain.branch('b').requests()).toMatchObject([{ id: request.id, state: 'granted' }])
    for (const id of ['a', 'b', 'c'])
      expect(
        chain
          .branch(id)
          .find(P2)
          .map((one) => one.id),
      ).toEqual([member.id])
    expect(chain.branch('c').find(P1)).toEqual([])
    const next = chain.branch('c').register('Zhao', P1, false)
    expect(next.id).not.toBe(member.id)
    chain.order('c', next, 1)
    await chain.heal()
    expect([points(member.id), points(next.id)]).toEqual([10, 1])
    expect(chain.desk.find(P1).name).toBe('Zhao')
    expectEqual()
  })

  it('is given later to a member without a phone', async () => {
    const id = 'r-nobody'
    const registrations = [{ id: 'g-1', branchId: 'a' }]
    chain.chain.write(chain.at('a'), 'members', {
      id,
      scope: 'shared',
      generation: 0,
      name: 'No phone',
      tags: [],
      registrations,
      aliases: [],
      followUps: [],
    })
    chain.branch('a').request(id, { do: 'phone', to: P3 })
    await chain.heal()
    expect(chain.desk.find(P3).id).toBe(id)
    expect(
      chain
        .branch('c')
        .find(P3)
        .map((one) => one.id),
    ).toEqual([id])
  })

  it('waits for a person when the number is held by another member; a person merges the two', async () => {
    const one = await known(P1, 'Li')
    const other = await known(P2, 'Wang')
    const request = chain.branch('a').request(one.id, { do: 'phone', to: P2 })
    await chain.heal()
    expect(chain.branch('a').requests()).toMatchObject([{ state: 'held', why: 'number-taken' }])
    chain.desk.decide(request.id, { answer: 'merge', into: other.id })
    await chain.heal()
    const merged = chain.desk.show(other.id)
    expect(merged.id).toBe(other.id)
    expect(chain.branch('c').show(one.id).id).toBe(other.id)
    expect(merged.phones).toEqual(['138****0002'])
    expect(merged.balance.points).toBe(20)
    expect(
      chain
        .branch('b')
        .find(P2)
        .map(({ id }) => id),
    ).toEqual([other.id])
    expect(chain.branch('b').documentsOf('orders', one.id)).toEqual([])
    expect(chain.branch('a').documentsOf('orders', one.id)).toHaveLength(2)
    expectEqual()
  })

  it('or grants it, which ends the other one’s generation; or refuses it', async () => {
    const one = await known(P1, 'Li')
    const other = await known(P2, 'Wang')
    const first = chain.branch('a').request(one.id, { do: 'phone', to: P2 })
    await chain.heal()
    chain.desk.decide(first.id, { answer: 'refuse', reason: 'ask again' })
    await chain.heal()
    expect(chain.branch('a').requests()).toMatchObject([{ state: 'refused', answer: 'ask again' }])
    const second = chain.branch('a').request(one.id, { do: 'phone', to: P2 })
    await chain.heal()
    const dry = chain.desk.decide(second.id, { answer: 'grant' }, true)
    expect(dry.decisions.length).toBeGreaterThan(0)
    expect(chain.desk.find(P2).id).toBe(other.id)
    chain.desk.decide(second.id, { answer: 'grant' })
    await chain.heal()
    expect(
      chain
        .branch('c')
        .find(P2)
        .map(({ id }) => id),
    ).toEqual([one.id])
    expect(chain.desk.show(other.id).phones).toEqual([])
    expectEqual()
  })

  it('waits when another branch has joined the member meanwhile', async () => {
    const member = chain.branch('a').register('Li', P1, false)
    await chain.sync('a')
    const request = chain.branch('a').request(member.id, { do: 'phone', to: P2 })
    chain.branch('b').register('Zhao', P1, false)
    await chain.sync('b', 'a')
    expect(chain.desk.review(true)).toMatchObject([{ id: request.id, state: 'held', why: 'joined' }])
  })
})

describe('somebody registers a number that a member with another id holds', () => {
  async function registered(seen: number): Promise<{ holder: MemberView; given: string }> {
    const holder = await known()
    chain.desk.act(holder.id, { do: 'phone', to: P2 })
    const given = memberIdOfPhone(CHAIN_KEY, SHARED_SCOPE, `+86${P2}` as E164Phone, 0)
    const registrations = [{ id: 'g-stock', branchId: 'c', ...(seen > 0 && { seen }) }]
    const doc = {
      id: given,
      scope: 'shared',
      phone: `+86${P2}`,
      generation: 0,
      name: 'Lee',
      tags: ['x'],
      aliases: [],
      followUps: [],
    }
    chain.chain.write(chain.at('c'), 'members', { ...doc, registrations })
    chain.order('c', { id: given, registrations }, 5)
    await chain.heal()
    return { holder, given }
  }

  it('having seen that: merged into the holder', async () => {
    const { holder, given } = await registered(1)
    expect(review()).toEqual([])
    expect(chain.desk.show(given)).toMatchObject({ id: holder.id, tags: ['x'], balance: { points: 15 } })
    expect(chain.branch('c').show(given)).toMatchObject({ id: holder.id, balance: { points: 15 } })
    expectEqual()
  })

  it('without having seen it: nobody’s until a person decides', async () => {
    const { holder } = await registered(0)
    expect(review()).toEqual([{ what: 'registration', why: 'number-taken', branchId: 'c', registrations: ['g-stock'] }])
    expect(points(holder.id)).toBe(10)
    expectEqual()
    chain.desk.decide(chain.desk.review()[0]!.id, { answer: 'merge', into: holder.id })
    await chain.heal()
    expect(chain.branch('c').show(holder.id)).toMatchObject({ tags: ['x'], balance: { points: 15 } })
    expectEqual()
  })
})

describe('what arrives under a number that is over', () => {
  it('is nobody’s until a person makes it a new member', async () => {
    const member = await known()
    // C has never heard of the member, and registers somebody under the number that is about to change.
    chain.branch('b').request(member.id, { do: 'phone', to: P2 })
    await chain.sync('b')
    const stranger = { id: member.id, scope: 'shared', phone: '+8613800000001', generation: 0, name: 'Zhao' }
    const registrations = [{ id: 'g-late', branchId: 'c' }]
    chain.chain.write(chain.at('c'), 'members', {
      ...stranger,
      tags: [],
      registrations: [...member.registrations, ...registrations],
      aliases: [],
      followUps: [],
    })
    chain.order('c', { id: member.id, registrations }, 7)
    await chain.heal()
    expect(review()).toEqual([{ what: 'registration', why: 'number-over', branchId: 'c', registrations: ['g-late'] }])
    expect(chain.branch('c').requests()).toMatchObject([{ what: 'registration', state: 'held' }])
    expect(chain.desk.show(member.id)).toMatchObject({ name: 'Li', balance: { points: 10 } })
    expectEqual()
    const [held] = chain.desk.review()
    // Whoever decides is shown whom it made, not whose number it had been.
    expect(chain.desk.decide(held!.id, { answer: 'grant' }, true).member?.name).toBe('Zhao')
    const outcome = chain.desk.decide(held!.id, { answer: 'grant' })
    await chain.heal()
    const made = chain.desk.find(P1)
    expect(outcome.memberId).toBe(made.id)
    expect(made).toMatchObject({ name: 'Zhao', balance: { points: 7 } })
    expect(points(member.id)).toBe(10)
    expect(chain.branch('c').documentsOf('orders', made.id)).toHaveLength(1)
    expect(review()).toEqual([])
    expectEqual()
  })

  it('a recycled number: released, registered anew, and late news of the old one is held', async () => {
    const member = await known()
    chain.desk.act(member.id, { do: 'release' })
    await chain.sync('a')
    const next = chain.branch('a').register('New owner', P1, false)
    expect(next.id).not.toBe(member.id)
    await chain.heal()
    expect(chain.desk.show(member.id)).toMatchObject({ released: true, phones: [], balance: { points: 10 } })
    expect(
      chain
        .branch('b')
        .find(P1)
        .map(({ id }) => id),
    ).toEqual([next.id])
    expectEqual()
  })
})

describe('the end of a member', () => {
  it('deleted: its number starts its next generation, and a newer edit waits for a person', async () => {
    const member = await known()
    chain.chain.write(chain.at('a'), 'members', { id: member.id, _deleted: true })
    await chain.sync('a')
    chain.chain.write(chain.at('b'), 'members', { id: member.id, note: 'was here' })
    await chain.heal()
    expect(review()).toMatchObject([{ what: 'delete', why: 'member-gone' }])
    expect(chain.desk.show(member.id).deleted).toBe(true)
    expectEqual()
    chain.desk.decide(chain.desk.review()[0]!.id, { answer: 'grant' })
    await chain.heal()
    expect(chain.desk.show(member.id)).toMatchObject({ deleted: false, phones: ['138****0001'] })
    expect(
      chain
        .branch('c')
        .find(P1)
        .map(({ id }) => id),
    ).toEqual([member.id])
    expectEqual()
  })

  it('deleted: what two branches have edited since waits for each of them by itself', async () => {
    const member = await known()
    chain.chain.write(chain.at('a'), 'members', { id: member.id, _deleted: true })
    await chain.sync('a')
    chain.chain.write(chain.at('b'), 'members', { id: member.id, note: 'was here' })
    await chain.sync('b')
    chain.chain.write(chain.at('c'), 'members', { id: member.id, name: 'Li Na' })
    await chain.heal()
    expect(review().map(({ branchId }) => branchId)).toEqual(['b', 'c'])
    for (const id of ['b', 'c']) {
      const requests = chain.at(id).branch.replica.store.table('requests').rowsAfter(0, 10)
      expect(requests.map(({ doc }) => [doc['branchId'], doc['state']])).toEqual([[id, 'held']])
    }
    for (const { id } of chain.desk.review()) chain.desk.decide(id, { answer: 'grant' })
    await chain.heal()
    const stored = chain.chain.cloud.replica.store.table('members').get(member.id)
    expect(stored).toMatchObject({ note: 'was here', name: 'Li Na' })
    expectEqual()
  })

  it('erased: nothing personal is left anywhere, contributions are, and nothing brings it back', async () => {
    const member = await known()
    chain.branch('b').request(member.id, { do: 'phone', to: P2 })
    await chain.heal()
    chain.chain.write(chain.at('c'), 'members', { id: member.id, name: 'Secret name', tags: ['secret tag'] })
    chain.desk.act(member.id, { do: 'erase' })
    await chain.heal()
    expect(chain.desk.show(member.id)).toMatchObject({ erased: true, name: '', phones: [], balance: { points: 10 } })
    for (const { branch } of [...chain.chain.branches, { branch: chain.chain.cloud }]) {
      for (const { name } of COLLECTIONS) {
        const text = JSON.stringify(branch.replica.store.table(name).rowsAfter(0, 1000))
        expect(text).not.toMatch(/13800000001|13800000002|Secret|secret|"Li"/)
      }
    }
    chain.branch('c').register('Somebody new', P1, false)
    await chain.heal()
    expect(chain.desk.find(P1).id).not.toBe(member.id)
    expectEqual()
  })
})

describe('a private member', () => {
  it('becomes shared where it is asked for: the shared number takes over, its orders follow', async () => {
    const own = chain.branch('a').register('Li', P1, true)
    chain.order('a', own, 4)
    const shared = chain.branch('b').register('Lee', P1, false)
    chain.order('b', shared, 3)
    await chain.heal()
    expect(
      chain
        .branch('a')
        .find(P1)
        .map(({ scope }) => scope),
    ).toEqual(['a', 'shared'])
    chain.branch('a').request(own.id, { do: 'share' })
    await chain.heal()
    expect(chain.desk.show(own.id)).toMatchObject({ id: shared.id, balance: { points: 7 } })
    expect(chain.branch('a').show(own.id).balance.points).toBe(7)
    expect(chain.branch('a').documentsOf('orders', shared.id)).toHaveLength(1)
    // B learns nothing of the private member.
    expect(JSON.stringify(chain.at('b').branch.replica.store.table('decisions').rowsAfter(0, 100))).not.toContain(
      own.id,
    )
    expectEqual()
  })
})

describe('a merge by hand', () => {
  it('is flattened, survives late edits of what was merged, and can be taken back', async () => {
    const [x, y, z] = [await known(P1, 'X'), await known(P2, 'Y'), await known(P3, 'Z')]
    chain.desk.act(x.id, { do: 'merge', into: y.id })
    chain.desk.act(y.id, { do: 'merge', into: z.id })
    chain.chain.write(chain.at('b'), 'members', { id: x.id, note: 'late' })
    chain.order('b', x, 1)
    await chain.heal()
    expect(chain.desk.show(x.id)).toMatchObject({ id: z.id, balance: { points: 31 } })
    expect(chain.branch('c').show(x.id)).toMatchObject({ id: z.id, balance: { points: 31 } })
    expect([...chain.desk.show(z.id).phones].toSorted()).toEqual(['138****0001', '138****0002', '138****0003'])
    expect(chain.chain.cloud.replica.store.table('members').get(z.id)).toMatchObject({ note: 'late' })
    expectEqual()
    chain.desk.act(z.id, { do: 'split', registrations: x.registrations.map(({ id }) => id) })
    await chain.heal()
    expect(chain.desk.show(x.id)).toMatchObject({
      id: x.id,
      name: 'X',
      phones: ['138****0001'],
      balance: { points: 11 },
    })
    expect(points(y.id)).toBe(20)
    expect(
      chain
        .branch('c')
        .find(P1)
        .map(({ id }) => id),
    ).toEqual([x.id])
    expectEqual()
  })
})

describe('what is held', () => {
  const P1_FACTS = { scope: 'shared', phone: `+86${P1}`, generation: 0, tags: [], aliases: [], followUps: [] }

  /** Registrations that arrive from C under a member's number that is over by then. */
  function arrive(id: string, ...registrations: readonly string[]): void {
    const own = chain.here('c').world.member(id)?.registrations ?? []
    const more = registrations.map((one) => ({ id: one, branchId: 'c' }))
    chain.chain.write(chain.at('c'), 'members', { id, ...P1_FACTS, name: 'Late', registrations: [...own, ...more] })
    for (const one of more) chain.order('c', { id, registrations: [one] }, 7)
  }

  it('waits anew when it comes again after it was refused, and is decided one registration at a time', async () => {
    const member = await known()
    chain.desk.act(member.id, { do: 'phone', to: P2 })
    arrive(member.id, 'g-1', 'g-2')
    await chain.heal()
    const waiting = chain.desk.review()
    expect(waiting.flatMap((one) => one.registrations).toSorted()).toEqual(['g-1', 'g-2'])
    const [first, second] = ['g-1', 'g-2'].map((of) => waiting.find((one) => one.registrations[0] === of))
    chain.desk.decide(first!.id, { answer: 'refuse' })
    chain.desk.decide(second!.id, { answer: 'grant' })
    arrive(member.id, 'g-1')
    await chain.heal()
    expect(chain.desk.review().map(({ id }) => id)).toEqual([first!.id])
    expect([points(member.id), points(chain.desk.find(P1).id)]).toEqual([10, 7])
    chain.desk.decide(first!.id, { answer: 'merge', into: chain.desk.find(P1).id })
    await chain.heal()
    expect(points(chain.desk.find(P1).id)).toBe(21)
    expect(chain.desk.joining('c').counts).toMatchObject({ ambiguous: 0 })
    expectEqual()
  })

  it('is forgotten with the person whom it was given to, and a request that comes too late says nothing', async () => {
    const member = await known()
    chain.desk.act(member.id, { do: 'phone', to: P2 })
    arrive(member.id, 'g-1')
    await chain.heal()
    chain.desk.decide(chain.desk.review()[0]!.id, { answer: 'grant' })
    await chain.heal()
    const late = chain.desk.find(P1)
    chain.branch('b').request(late.id, { do: 'phone', to: P3 }, 'told by Late himself')
    chain.desk.act(late.id, { do: 'erase' })
    await chain.heal()
    for (const { branch } of [...chain.chain.branches, { branch: chain.chain.cloud }]) {
      const requests = JSON.stringify(branch.replica.store.table('requests').rowsAfter(0, 1000))
      expect(requests).not.toMatch(/Late|13800000003/)
    }
    expectEqual()
  })

  it('is noted by headquarters only', async () => {
    const member = await known()
    const facts = {
      branchId: 'a',
      memberId: member.id,
      registrations: ['g-x'],
      seen: 0,
      at: '2026-06-01T09:00:00.000Z',
    }
    chain.chain.write(chain.at('a'), 'requests', { id: 'q-1', what: 'registration', ...facts })
    await chain.sync('a')
    expect(chain.at('a').branch.exceptions.list()).toMatchObject([{ id: 'q-1', code: 'DIRECTION' }])
  })
})

describe('a change of phone that was asked with an old number in mind', () => {
  it('ends no number that is somebody else’s by then', async () => {
    const [released, other] = [await known(P1, 'Released'), await known(P2, 'Other')]
    chain.desk.act(released.id, { do: 'release' })
    chain.desk.act(other.id, { do: 'phone', to: P1 })
    const number = chain.here('a').standing('shared', `+86${P1}`).id
    await chain.heal()
    const asked = { branchId: 'a', what: 'phone', memberId: released.id, to: `+86${P3}`, from: number, seen: 0 }
    const facts = { registrations: released.registrations.map(({ id }) => id), at: '2026-06-01T09:00:00.000Z' }
    chain.chain.write(chain.at('a'), 'requests', { id: 'q-1', ...asked, ...facts })
    await chain.heal()
    chain.desk.decide('q-1', { answer: 'grant' })
    expect(chain.desk.find(P1).id).toBe(other.id)
    expect(chain.desk.find(P3).id).toBe(released.id)
  })
})

describe('what a branch must not be able to do', () => {
  it('copy a registration onto another member, and its points with it', async () => {
    const li = chain.branch('a').register('Li', P1, false)
    chain.order('a', li, 500)
    await chain.heal()
    const thief = {
      id: memberIdOfPhone(CHAIN_KEY, 'b' as Scope, `+86${P2}` as E164Phone, 0),
      scope: 'b',
      generation: 0,
    }
    const copied = {
      phone: `+86${P2}`,
      name: 'Thief',
      tags: [],
      aliases: [],
      followUps: [],
      registrations: li.registrations,
    }
    chain.chain.write(chain.at('b'), 'members', { ...thief, ...copied })
    await chain.heal()
    expect(review()).toMatchObject([{ what: 'registration', why: 'registered-twice', branchId: 'b' }])
    expect(points(li.id)).toBe(500)
    expectEqual()
  })

  it('begin the next generation of a number by itself', async () => {
    const li = chain.branch('a').register('Li', P1, false)
    await chain.heal()
    const next = memberIdOfPhone(CHAIN_KEY, SHARED_SCOPE, `+86${P1}` as E164Phone, 1)
    const facts = {
      scope: 'shared',
      phone: `+86${P1}`,
      generation: 1,
      name: 'Next',
      tags: [],
      aliases: [],
      followUps: [],
    }
    chain.chain.write(chain.at('b'), 'members', { id: next, ...facts, registrations: [{ id: 'g-n', branchId: 'b' }] })
    await chain.sync('b')
    expect(chain.at('b').branch.exceptions.list()).toMatchObject([{ code: 'MEMBER_ID_MISMATCH', field: 'generation' }])
    expect(chain.desk.find(P1).id).toBe(li.id)
  })

  it('learn of another branch’s private member, or have it deleted, by asking', async () => {
    const own = chain.branch('a').register('Own', P1, true)
    await chain.heal()
    const ask = (id: string, memberId: string, fields: object) => {
      const facts = { branchId: 'b', memberId, registrations: [], seen: 0, at: '2026-06-01T09:00:00.000Z' }
      chain.chain.write(chain.at('b'), 'requests', { id, ...facts, ...fields })
    }
    const shared = chain.branch('b').register('B', P2, false)
    ask('q-1', own.id, { what: 'delete' })
    ask('q-2', 'r-nobody', { what: 'delete' })
    ask('q-3', shared.id, { what: 'merge', into: own.id })
    ask('q-4', shared.id, { what: 'merge', into: 'r-nobody' })
    await chain.heal()
    chain.desk.act(own.id, { do: 'share' })
    ask('q-5', own.id, { what: 'release' })
    await chain.heal()
    const answers = chain
      .branch('b')
      .requests()
      .map(({ state, why }) => [state, why])
    expect(new Set(answers.map((one) => one.join()))).toEqual(new Set(['held,member-unknown']))
    expect(() => chain.desk.decide('q-1', { answer: 'grant' })).toThrow(/there is no member/)
    expect(chain.desk.show(own.id).deleted).toBe(false)
  })

  it('withdraw a request and have it done all the same, or take back what was answered', async () => {
    const member = await known()
    const asked = chain.branch('b').request(member.id, { do: 'delete' })
    chain.chain.write(chain.at('b'), 'requests', { id: asked.id, _deleted: true })
    await chain.heal()
    expect(chain.desk.show(member.id).deleted).toBe(false)
    const granted = chain.branch('b').request(member.id, { do: 'phone', to: P2 })
    await chain.heal()
    chain.chain.write(chain.at('b'), 'requests', { id: granted.id, _deleted: true })
    await chain.sync('b')
    expect(chain.at('b').branch.exceptions.list()).toMatchObject([{ id: granted.id, code: 'DIRECTION' }])
  })

  it('bring a member back by editing one that had become part of it', async () => {
    const [a, b] = [await known(P1, 'A'), await known(P2, 'B')]
    chain.desk.act(a.id, { do: 'merge', into: b.id })
    chain.desk.act(b.id, { do: 'delete' })
    chain.chain.write(chain.at('c'), 'members', { id: a.id, note: 'stale' })
    await chain.heal()
    expect(review()).toMatchObject([{ what: 'delete', why: 'member-gone' }])
    expect(chain.desk.show(a.id)).toMatchObject({ id: b.id, deleted: true })
    chain.desk.decide(chain.desk.review()[0]!.id, { answer: 'grant' })
    await chain.heal()
    expect(chain.chain.cloud.replica.store.table('members').get(b.id)).toMatchObject({ note: 'stale', name: 'B' })
    expectEqual()
  })
})

describe('merges upon merges', () => {
  it('nobody is asked to merge a member with itself', async () => {
    const member = await known()
    expect(() => chain.branch('b').request(member.id, { do: 'merge', into: member.id })).toThrow(/one member already/)
    expect(chain.branch('b').requests()).toEqual([])
  })

  const registrationOf = (member: MemberView) => member.registrations.map(({ id }) => id)
  const split = (of: string, out: MemberView) => chain.desk.act(of, { do: 'split', registrations: registrationOf(out) })
  const whole = (id: string) => chain.desk.show(id).id

  it('a member whose own number is over takes in another one with everything that is sold to it', async () => {
    const [m, k] = [await known(P1, 'M'), await known(P2, 'K')]
    chain.desk.act(m.id, { do: 'phone', to: P3 })
    chain.desk.act(k.id, { do: 'merge', into: m.id })
    await chain.heal()
    chain.order('b', { id: m.id, registrations: k.registrations }, 5)
    await chain.heal()
    expect(points(m.id)).toBe(25)
    expect(chain.branch('b').show(m.id).balance.points).toBe(25)
    expectEqual()
  })

  it('what is led back takes along only what was its own', async () => {
    const [a, b, c] = [await known(P1, 'A'), await known(P2, 'B'), await known(P3, 'C')]
    chain.desk.act(b.id, { do: 'merge', into: a.id })
    chain.desk.act(a.id, { do: 'merge', into: c.id })
    split(c.id, a)
    await chain.heal()
    expect([whole(a.id), whole(b.id)]).toEqual([a.id, c.id])
    expect([points(a.id), points(c.id)]).toEqual([10, 20])
    expect(registrationOf(chain.desk.show(a.id))).toEqual(registrationOf(a))
    expect(registrationOf(chain.desk.show(c.id)).toSorted()).toEqual(
      [...registrationOf(b), ...registrationOf(c)].toSorted(),
    )
    expectEqual()
  })

  it('no redirect ever leads to one that leads on', async () => {
    const [x, y, z] = [await known(P1, 'X'), await known(P2, 'Y'), await known(P3, 'Z')]
    chain.desk.act(x.id, { do: 'merge', into: y.id })
    split(y.id, x)
    chain.desk.act(y.id, { do: 'merge', into: z.id })
    chain.desk.act(y.id, { do: 'merge', into: x.id })
    split(x.id, y)
    await chain.heal()
    expect([whole(x.id), whole(y.id), whole(z.id)]).toEqual([x.id, y.id, x.id])
    expect([points(x.id), points(y.id)]).toEqual([20, 10])
    expectEqual()
  })

  it('erasing whoever was split off blanks both sides’ memory of the merge', async () => {
    const [a, b] = [await known(P1, 'Alice'), await known(P2, 'Bob')]
    chain.desk.act(a.id, { do: 'merge', into: b.id })
    split(b.id, a)
    chain.desk.act(a.id, { do: 'erase' })
    expect(JSON.stringify(chain.desk.audit(b.id))).not.toContain('Alice')
    expect(JSON.stringify(chain.desk.joining('a'))).not.toContain('Alice')
  })
})
