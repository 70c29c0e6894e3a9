/**
 * A branch's PC that does what it should not can make the ids of other branches' private members from phones and numbers
 * of the system before, since it holds the chain key. It asks headquarters about them in every way, and about ids made in
 * the same way under which there is nobody: the answers are the same.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { heldDeletionId } from '../../adapters/identity/held-request-id.ts'
import type { E164Phone, Scope } from '../../schemas/brand.ts'
import { REQUEST_KINDS } from '../../schemas/collections/requests.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { Doc } from '../../schemas/json.ts'
import { memberIdOfLegacy, memberIdOfPhone } from '../../schemas/member-id.ts'
import type { Page, PullRequest, PushResponse } from '../../schemas/protocol/exchange.ts'
import { stampWrite } from '../../schemas/stamp-write.ts'
import { testOrder } from '../support/real-chain.ts'
import { heartbeatOf, serveCloud, type ServedCloud } from '../support/served-cloud.ts'
import { schemaVersion } from '../support/schema-version.ts'

type Proof = { readonly phone: string } | { readonly source: string; readonly legacyId: string }

/** The first is south's member, the second nobody's; the phones and numbers differ in nothing else. */
const PAIRS: Readonly<Record<string, readonly [Proof, Proof]>> = {
  'by its phone': [{ phone: '+8613800138001' }, { phone: '+8613800138002' }],
  'imported, without a phone': [
    { source: 'crm', legacyId: '1001' },
    { source: 'crm', legacyId: '1002' },
  ],
  'that was deleted': [{ phone: '+8613800138003' }, { phone: '+8613800138004' }],
  'that was erased': [{ phone: '+8613800138005' }, { phone: '+8613800138006' }],
}
const NAMES = Object.keys(PAIRS)
const AT = '2026-03-01T10:00:00.000Z'

let cloud: ServedCloud
let south: object
let north: object

beforeAll(async () => {
  cloud = await serveCloud(['north', 'south'])
  ;[south, north] = [cloud.introduce('south'), cloud.introduce('north')]
  for (const [name, [proof]] of Object.entries(PAIRS)) {
    const member = memberOf(proof, 'south')
    expect((await pushAs('south', south, 'members', stamped('members', member))).outcomes).toMatchObject([
      { outcome: 'applied' },
    ])
    if (name === 'that was erased') {
      const asks = PAIRS[name]!.map((one, i) => stamped('requests', earlyRequest(one, i + 1)))
      await push('requests', ...asks)
      cloud.operations.members.act(String(member['id']), { do: 'erase' })
    }
    if (name !== 'that was deleted') continue
    cloud.operations.write('members', { id: member['id'], _deleted: true })
    // South has gone on with it: that waits for a person, under an id that follows from the member's.
    const edited = stamped('members', { ...member, name: 'Still here' })
    expect((await pushAs('south', south, 'members', edited)).outcomes).toMatchObject([{ outcome: 'held' }])
    expect(stored('requests', deletionOf(proof))).toMatchObject({ branchId: 'south' })
  }
})

afterAll(() => cloud.close())

function idOf(proof: Proof, scope = 'south'): string {
  const { key } = cloud.operations.chain
  return 'phone' in proof
    ? memberIdOfPhone(key, scope as Scope, proof.phone as E164Phone, 0)
    : memberIdOfLegacy(key, scope as Scope, proof.source, proof.legacyId)
}

/** What headquarters notes where south goes on with a member that was deleted. */
const deletionOf = (proof: Proof) => heldDeletionId(idOf(proof), 'south')

function memberOf(proof: Proof, scope: string): Doc {
  const said = 'phone' in proof ? { phone: proof.phone, aliases: [], followUps: [] } : { aliases: [{ ...proof }] }
  return { id: idOf(proof), scope, generation: 0, name: 'Somebody', tags: [], registrations: [], ...said }
}

function stamped(collection: string, doc: Doc): Doc {
  const { merge } = COLLECTIONS.find(({ name }) => name === collection)!
  const written = stampWrite(merge, undefined, doc, cloud.operations.cloud.replica.clock.stamp)
  if (!written.ok) throw new Error(written.reason)
  return written.doc
}

const earlyId = (n: number) => `q-${NAMES.indexOf('that was erased')}-${n}-early`

/** What north had asked before the member was erased. */
function earlyRequest(proof: Proof, n: number): Doc {
  const facts = { id: earlyId(n), branchId: 'north', what: 'release', memberId: idOf(proof) }
  return { ...facts, registrations: [], seen: 0, at: AT }
}

/** What is left of an erased member: nothing in it proves the id any more. */
function erased(proof: Proof, scope: string): Doc {
  const { phone: _phone, ...rest } = {
    ...memberOf(proof, scope),
    name: '',
    aliases: [],
    followUps: [],
    _deleted: true,
  } as Doc & {
    phone?: string
  }
  return { ...rest, clock: { r: {}, e: cloud.operations.cloud.replica.clock.stamp('' as never) } }
}

const stored = (collection: string, id: string) => cloud.operations.cloud.replica.store.table(collection).get(id)

async function ask<T>(branchId: string, name: string, body: object): Promise<T> {
  const response = await cloud.post(branchId, name, body)
  const text = await response.text()
  expect({ text, status: response.status }).toEqual({ text, status: 200 })
  return JSON.parse(text) as T
}

function pushAs(branchId: string, standpoint: object, collection: string, ...documents: Doc[]): Promise<PushResponse> {
  const { syncClass } = COLLECTIONS.find(({ name }) => name === collection)!
  return ask(branchId, 'push', {
    ...standpoint,
    class: syncClass,
    documents: documents.map((document) => ({ collection, version: schemaVersion(collection), seq: 1, document })),
  })
}

const push = (collection: string, ...documents: Doc[]) => pushAs('north', north, collection, ...documents)

/** Everything that waits for north, or nothing once it stands where the last page was, and what it asks for by name. */
async function pullAll(wanted: PullRequest['wanted'] = [], after: readonly Page[] = []): Promise<Page[]> {
  const pages: Page[] = []
  for (const [i, syncClass] of CLASSES.entries()) {
    const before = after[i]
    const stands = before && { positions: { [syncClass]: before.upTo }, folded: before.foldedUpTo }
    pages.push(await ask('north', 'pull', { ...north, ...stands, class: syncClass, limit: 1000, wanted }))
  }
  return pages
}

const CLASSES = [...new Set(COLLECTIONS.map(({ syncClass }) => syncClass))]

/** Places and times move on with every request; which document it is about was said by who asks. */
function plain(answer: unknown, proof: Proof): unknown {
  const text = JSON.stringify(answer, (key, value: unknown) => (MOVING.has(key) ? undefined : value))
  const words = Object.values(proof).concat(idOf(proof), idOf(proof, 'north'), deletionOf(proof))
  return JSON.parse(words.reduce((rest: string, word) => rest.replaceAll(word, '#'), text))
}

const MOVING: ReadonlySet<string> = new Set([
  'at',
  'clock',
  'decided',
  'decidedAt',
  'epoch',
  'foldedSeq',
  'foldedUpTo',
  'head',
  'level',
  'seq',
])

/** Asks about both, and expects to hear the same. */
async function expectSame(name: string, about: (proof: Proof, n: number) => Promise<unknown>): Promise<unknown> {
  const [there, absent] = PAIRS[name]!
  expect(idOf(there)).not.toBe(idOf(absent))
  const [heard, heardOfNobody] = [plain(await about(there, 1), there), plain(await about(absent, 2), absent)]
  expect(heard).toEqual(heardOfNobody)
  return heard
}

const rejected = (code: string) => ({ outcomes: [{ outcome: 'rejected', code }] })

describe.each(NAMES)("another branch's private member, %s, is to a branch like nobody", (name) => {
  it('when it pushes one under that id, as whosever', async () => {
    for (const more of [{}, { _deleted: true }, { name: 'Else' }, { generation: 1 }]) {
      const as = (scope: string) => (proof: Proof) =>
        push('members', stamped('members', { ...memberOf(proof, scope), ...more }))
      expect(await expectSame(name, as('south'))).toMatchObject(rejected('SCOPE'))
      for (const scope of ['north', 'shared']) {
        expect(await expectSame(name, as(scope))).toMatchObject(rejected('MEMBER_ID_MISMATCH'))
      }
    }
  })

  it('when it says that the member was erased, which needs no proof of the id', async () => {
    expect(await expectSame(name, (proof) => push('members', erased(proof, 'south')))).toMatchObject(rejected('SCOPE'))
    for (const scope of ['north', 'shared']) {
      const heard = await expectSame(name, (proof) => push('members', erased(proof, scope)))
      expect(heard).toMatchObject(rejected('DIRECTION'))
    }
  })

  it('when it pushes what headquarters notes of it by itself', async () => {
    const note = (branchId: string) => (proof: Proof) =>
      push(
        'requests',
        stamped('requests', {
          id: deletionOf(proof),
          branchId,
          what: 'delete',
          memberId: idOf(proof),
          registrations: [],
          seen: 0,
          at: AT,
        }),
      )
    expect(await expectSame(name, note('north'))).toMatchObject(rejected('DIRECTION'))
    expect(await expectSame(name, note('south'))).toMatchObject(rejected('SCOPE'))
  })

  it('when it asks headquarters to do something with it, and for what became of that', async () => {
    const own = stamped('members', {
      ...memberOf({ phone: '+8613800138009' }, 'north'),
      id: 'r-north',
      name: 'Of north',
    })
    delete (own as { phone?: string }).phone
    await push('members', stamped('members', own))
    const requestsOf = (proof: Proof, n: number) =>
      REQUEST_KINDS.filter((what) => what !== 'registration').flatMap((what) =>
        (['memberId', 'into'] as const).map((field) => ({
          id: `q-${NAMES.indexOf(name)}-${n}-${what}-${field}`,
          branchId: 'north',
          what,
          memberId: 'r-north',
          into: 'r-north',
          to: '+8613800138010',
          registrations: [],
          seen: 0,
          at: AT,
          [field]: idOf(proof),
        })),
      )
    await expectSame(name, async (proof, n) => {
      const asked = requestsOf(proof, n)
      const told = await push('requests', ...asked.map((one) => stamped('requests', one)))
      expect(told.outcomes.every(({ outcome }) => outcome !== 'rejected')).toBe(true)
      const states = asked
        .map(({ id }) => stored('requests', id))
        .map((doc) => [doc?.['what'], doc?.['state'], doc?.['why']])
      expect(states.filter(([, , why]) => why === 'member-unknown').length).toBeGreaterThan(6)
      return {
        states,
        outcomes: told.outcomes.map(({ outcome, document }) => [outcome, document?.['state'], document?.['why']]),
      }
    })
  })

  it('when what it had asked earlier stands as it stood', async () => {
    if (name !== 'that was erased') return
    const states = await expectSame(name, (_proof, n) => {
      const { state, why, _deleted } = stored('requests', earlyId(n))!
      return Promise.resolve({ state, why, _deleted })
    })
    expect(states).toMatchObject({ state: 'held', why: 'member-unknown' })
  })

  it('when it sells to the member and tops up, and hears of the balance', async () => {
    await expectSame(name, async (proof, n) => {
      const order = testOrder(`o-${NAMES.indexOf(name)}-${n}`, 'north', idOf(proof))
      const told = [await push('orders', stamped('orders', order))]
      const movement = {
        id: `m-${NAMES.indexOf(name)}-${n}`,
        branchId: 'north',
        memberId: idOf(proof),
        kind: 'adjust',
        points: -5,
        value: 0,
        at: AT,
      }
      told.push(await push('movements', stamped('movements', movement)))
      return told.map(({ outcomes, priority }) => ({ priority, outcomes: outcomes.map(({ outcome }) => outcome) }))
    })
  })

  it('when it wants it, or compares what it holds with headquarters', async () => {
    const before = await pullAll()
    const heard = await expectSame(name, async (proof) => {
      const wanted = ['members', 'requests', 'decisions'].map((collection) => ({ collection, id: idOf(proof) }))
      const pages = await pullAll([...wanted, { collection: 'requests', id: deletionOf(proof) }], before)
      return pages.map(({ documents, contained }) => ({ documents, contained }))
    })
    expect(heard).toEqual(CLASSES.map(() => ({ documents: [], contained: [] })))
    const response = await cloud.post('north', 'digests', { ...north, collection: 'members', scope: 'south' })
    expect(response.status).toBe(403)
  })

  it('when it hears what became of all it has asked and sold', async () => {
    const pages = await pullAll()
    const all = pages.flatMap(({ documents, contained }) => [
      ...documents.map(({ document }) => document),
      ...contained,
    ])
    let count = 0
    await expectSame(name, (proof, n) => {
      const about = all.filter((one) => JSON.stringify(one).includes(idOf(proof)))
      count += about.length
      return Promise.resolve(JSON.parse(JSON.stringify(about).replaceAll(`-${NAMES.indexOf(name)}-${n}`, '')))
    })
    // Requests, and what was folded of an order and a movement; the documents that it sent itself are not among them.
    expect(count).toBeGreaterThan(16)
  })
})

it('whatever a branch has asked, nothing of another one is on the way to it', async () => {
  const wanted = Object.values(PAIRS).map(([proof]) => ({ collection: 'members', id: idOf(proof) }))
  const heard = [await pullAll(wanted), await ask('north', 'heartbeat', heartbeatOf('north', { beat: 2 }))]
  expect(/.{0,200}(south|Somebody).{0,100}/.exec(JSON.stringify(heard))?.[0]).toBeUndefined()
})
