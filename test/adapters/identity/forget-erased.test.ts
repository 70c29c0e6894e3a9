import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Exceptions, Failure } from '../../../adapters/exchange/exceptions.ts'
import type { Store } from '../../../adapters/sqlite/store.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import type { MemberView } from '../../../schemas/protocol/identity.ts'
import { IdentityChain } from './identity-chain.ts'

const P1 = '13800000001'
const P2 = '13800000002'
const P3 = '13800000003'

let chain: IdentityChain

beforeEach(() => {
  chain = new IdentityChain(['a', 'b'])
})

afterEach(() => {
  chain.close()
})

async function known(phone: string, name: string): Promise<MemberView> {
  const member = chain.branch('a').register(name, phone, false)
  await chain.heal()
  return member
}

/** Headquarters takes nothing that says this, and says so with what it said. */
function refuseWhatSays(words: string): void {
  chain.chain.cloud.replica.store.derive((_write, changes) => {
    const found = changes.find(({ doc }) => JSON.stringify(doc).includes(words))
    if (found) throw new OutpostError('DOCUMENT_INVALID', `not "${JSON.stringify(found.doc)}"`, { field: words })
  })
}

const sides = () => ({ b: chain.at('b').branch, cloud: chain.chain.cloud })
const listed = (exceptions: Exceptions) => JSON.stringify(exceptions.list())

function fail(side: { exceptions: Exceptions; replica: { store: Store } }, failure: Partial<Failure>): void {
  const whole = { direction: 'push', branchId: 'b', collection: 'members', id: '?', code: 'DOCUMENT_INVALID' } as const
  side.replica.store.transaction('test', () =>
    side.exceptions.fail({ ...whole, reason: 'not "Secret"', field: 'Secret', ...failure }, 0),
  )
}

describe('what failed of a member, when the member is erased', () => {
  it('stays among the exceptions of its branch without a word of what it said', async () => {
    const member = await known(P1, 'Li')
    refuseWhatSays('Secret')
    chain.chain.write(chain.at('b'), 'members', { id: member.id, name: 'Secret name' })
    chain.branch('b').request(member.id, { do: 'phone', to: P2 }, 'Secret reason')
    await chain.heal()
    const { exceptions } = chain.at('b').branch
    expect(exceptions.list().map(({ collection }) => collection)).toEqual(
      expect.arrayContaining(['members', 'requests']),
    )
    for (const said of ['Secret name', 'Secret reason', P1, P2]) expect(listed(exceptions)).toContain(said)

    chain.desk.act(member.id, { do: 'erase' })
    await chain.heal()
    expect(listed(exceptions)).not.toMatch(/Secret|Li|13800000001|13800000002/)
    // The erased member is as headquarters has it, so that its edit stands there no longer; its request still does.
    expect(exceptions.list()).toHaveLength(1)
    for (const { code, document, field } of exceptions.list()) {
      expect([code, document, field]).toEqual(['DOCUMENT_INVALID', null, null])
    }
  })

  it('is forgotten under every id that stood for the member', async () => {
    const [one, other] = [await known(P1, 'Li'), await known(P2, 'Lee')]
    chain.desk.act(other.id, { do: 'merge', into: one.id })
    await chain.heal()
    for (const side of Object.values(sides())) fail(side, { id: other.id, document: '{"name":"Secret"}' })
    chain.desk.act(one.id, { do: 'erase' })
    await chain.heal()
    for (const { exceptions } of Object.values(sides())) expect(listed(exceptions)).not.toContain('Secret')
  })

  it('is forgotten at headquarters as well, where a request is known by its id alone', async () => {
    const member = await known(P1, 'Li')
    chain.branch('b').request(member.id, { do: 'merge', into: (await known(P2, 'Lee')).id })
    await chain.heal()
    const [request] = chain.desk.review()
    const { cloud } = sides()
    fail(cloud, { direction: 'pull', collection: 'requests', id: request!.id })
    fail(cloud, { direction: 'pull', id: member.id })
    chain.desk.act(member.id, { do: 'erase' })
    expect(cloud.exceptions.list()).toHaveLength(2)
    expect(listed(cloud.exceptions)).not.toContain('Secret')
  })

  it('leaves what stands of others, and of orders', async () => {
    const [member, other] = [await known(P1, 'Li'), await known(P3, 'Lee')]
    const order = chain.order('b', member, 1)
    await chain.heal()
    for (const side of Object.values(sides())) {
      fail(side, { id: other.id, document: '{"name":"Secret other"}' })
      fail(side, { collection: 'orders', id: order, document: JSON.stringify({ memberId: member.id }) })
      fail(side, { collection: 'requests', id: 'q-2', document: JSON.stringify({ memberId: other.id }) })
    }
    const before = Object.values(sides()).map(({ exceptions }) => listed(exceptions))
    chain.desk.act(member.id, { do: 'erase' })
    await chain.heal()
    expect(Object.values(sides()).map(({ exceptions }) => listed(exceptions))).toEqual(before)
  })
})

describe('what fails of a member after the erasure', () => {
  it('is counted and not kept', async () => {
    const member = await known(P1, 'Li')
    chain.desk.act(member.id, { do: 'erase' })
    await chain.heal()
    for (const side of Object.values(sides())) {
      fail(side, { id: member.id, document: '{"name":"Secret"}' })
      fail(side, { id: member.id, document: '{"name":"Secret"}' })
      const request = { memberId: member.id, reason: 'Secret' }
      fail(side, { collection: 'requests', id: 'q-1', document: JSON.stringify(request) })
      expect(listed(side.exceptions)).not.toContain('Secret')
      const tries = side.exceptions.list().map((one) => [one.collection, one.tries])
      expect(Object.fromEntries(tries)).toEqual({ members: 2, requests: 1 })
    }
  })

  it('is forgotten as soon as the decision is here, before the erased document is', async () => {
    const member = await known(P1, 'Li')
    chain.desk.act(member.id, { do: 'erase' })
    const { branch } = chain.at('b')
    const request = { ...branch.standpoint(), class: 110, limit: 10, wanted: [] }
    const page = chain.chain.cloud.pull('b', request)
    expect(page.documents).toHaveLength(1)
    fail(sides().b, { id: member.id, document: '{"name":"Secret"}' })
    branch.applyPage(110, page, 0)
    // The decision alone is here: the member's own document is still as it was.
    expect(branch.replica.store.table('members').get(member.id)).toMatchObject({ name: 'Li' })
    expect(listed(branch.exceptions)).not.toContain('Secret')
  })
})

describe('a store in which something was left by an erasure of before', () => {
  it('loses it when it is opened', async () => {
    const member = await known(P1, 'Li')
    chain.desk.act(member.id, { do: 'erase' })
    await chain.heal()
    for (const side of Object.values(sides())) {
      fail(side, { id: member.id })
      const { store } = side.replica
      const sql = `UPDATE exception SET document = '{"name":"Secret"}', reason = 'Secret' WHERE document_id = ?`
      store.transaction('test', () => store.prepare(sql).run(member.id))
      expect(listed(side.exceptions)).toContain('Secret')
    }
    await chain.chain.restart(chain.at('b'))
    chain.chain.restartCloud()
    for (const { exceptions } of Object.values(sides())) {
      expect(exceptions.list()).toHaveLength(1)
      expect(listed(exceptions)).not.toContain('Secret')
    }
  })
})
