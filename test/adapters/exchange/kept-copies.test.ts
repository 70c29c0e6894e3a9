/** What nodes keep of documents besides the documents, written by an older program and used by the newer one. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { branchExceptions } from '../../../adapters/exchange/branch-exceptions.ts'
import { cloudExceptions } from '../../../adapters/exchange/cloud-exceptions.ts'
import type { ExceptionDesk } from '../../../adapters/exchange/exception-desk.ts'
import type { Exceptions } from '../../../adapters/exchange/exceptions.ts'
import type { Replica } from '../../../adapters/exchange/replica.ts'
import { ClientPush } from '../../../adapters/http/client-push.ts'
import { takeKept } from '../../../adapters/http/exception-retry.ts'
import { MemberDesk } from '../../../adapters/identity/member-desk.ts'
import { SHARED_SCOPE, type E164Phone } from '../../../schemas/brand.ts'
import type { CollectionDeclaration } from '../../../schemas/collection.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { NO_BALANCE } from '../../../schemas/contribution.ts'
import { compareText } from '../../../schemas/compare-text.ts'
import type { Doc } from '../../../schemas/json.ts'
import { memberIdOfPhone } from '../../../schemas/member-id.ts'
import { COLLECTIONS_0 } from '../../schemas/earlier-collections.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { testOrder } from '../../support/real-chain.ts'
import { CHAIN_KEY, SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

let folder: { path: string; remove: () => void }
let chain: SimulatedChain
let [north, south]: SimulatedBranch[] = []

beforeEach(() => {
  folder = temporaryFolder()
  chain = new SimulatedChain(folder.path, ['north', 'south'], undefined, COLLECTIONS_0)
  ;[north, south] = chain.branches
})

afterEach(() => {
  chain.close()
  folder.remove()
})

async function upgrade(to = COLLECTIONS): Promise<void> {
  chain.declarations = to
  chain.restartCloud()
  await chain.restart(north!)
  await chain.restart(south!)
}

const limits = () => ({ branchId: 'north', scopes: [SHARED_SCOPE, 'north'] })

const branchDesk = (): ExceptionDesk =>
  branchExceptions(north!.branch, { take: takeKept(north!.branch, limits), wake: () => undefined })
const cloudDesk = (): ExceptionDesk => cloudExceptions(chain.cloud, { take: takeKept(chain.cloud, limits) })
const memberDesk = () => new MemberDesk(chain.identity, (id) => chain.cloud.balances.balance(id) ?? NO_BALANCE, 'CN')

/** A set that is missing is taken for empty anyway: this step gives a field of another kind. */
const WITH_NOTES: readonly CollectionDeclaration[] = COLLECTIONS.map((one) => {
  const { schema, migrations, ...rest } = one
  if (one.name !== 'members') return one
  const step = (doc: Doc) => ('note' in doc ? doc : { ...doc, note: 'of an older program' })
  return { ...rest, schema: { ...schema, version: 2 }, migrations: { ...migrations, 2: step } }
})

function member(phone: string, registrationId: string, branchId: string, name: string): Doc {
  const id = memberIdOfPhone(CHAIN_KEY, SHARED_SCOPE, phone as E164Phone, 0)
  const registrations = [{ id: registrationId, branchId, at: '2026-03-01T09:00:00.000Z' }]
  return { id, scope: SHARED_SCOPE, phone, generation: 0, name, tags: [], registrations, aliases: [], _deleted: false }
}

/** A page of the older app writes; the node cannot take it, and keeps what it was. */
function refuse(side: { replica: Replica; exceptions: Exceptions }, collection: string, doc: Doc): void {
  const { replica, exceptions } = side
  const declaration = replica.store.declarations.find(({ name }) => name === collection)!
  const { validate } = replica
  const refusal = { code: 'DOCUMENT_INVALID', field: 'name', reason: 'not today' } as const
  Object.assign(replica, { validate: () => refusal })
  new ClientPush({ replica, declaration, exceptions }).take(limits(), [{ newDocumentState: doc }])
  Object.assign(replica, { validate })
}

it.each(['branch', 'headquarters'] as const)(
  'a refused write of an older app is shown as today’s schema has it, and taken when it is tried again: at %s',
  async (where) => {
    const side = () => (where === 'branch' ? north!.branch : chain.cloud)
    const desk = where === 'branch' ? branchDesk : cloudDesk
    refuse(side(), 'orders', testOrder('o1', 'north'))
    refuse(side(), 'members', member('+8613800000001', 'g1', 'north', 'Li Na'))
    await upgrade()
    // Two of one millisecond stand in no order.
    const exceptions = desk()
      .list({ documents: 'true' })
      .exceptions.toSorted((a, b) => compareText(a.collection, b.collection))
    expect(exceptions.map(({ document }) => document)).toMatchObject([{ followUps: [] }, { moves: [] }])
    for (const { id } of exceptions) {
      expect(desk().show(id).document).toHaveProperty(exceptions[0]!.id === id ? 'followUps' : 'moves', [])
      expect(desk().retry(id)).not.toHaveProperty('refused')
    }
    expect(desk().list().exceptions).toEqual([])
    await chain.heal()
    for (const { store } of [north!.branch.replica, chain.cloud.replica]) {
      expect(store.table('orders').get('o1')).toMatchObject({ total: 2400, moves: [] })
      expect(store.table('members').get(exceptions[0]!.documentId)).toMatchObject({ name: 'Li Na', followUps: [] })
    }
  },
)

it('a registration that has been held since an older program becomes a member of today', async () => {
  const first = member('+8613800000001', 'g1', 'north', 'Li Na')
  chain.write(north!, 'members', first)
  await north!.cycle.run()
  memberDesk().act(first['id'] as string, { do: 'delete' })
  chain.write(south!, 'members', member('+8613800000001', 'g2', 'south', 'Zhao Wei'))
  await south!.cycle.run()
  await upgrade(WITH_NOTES)
  const [request] = memberDesk().review()
  expect(request).toMatchObject({ what: 'registration', registrations: ['g2'] })
  expect(request!.held).not.toHaveProperty('followUps')

  const { memberId } = memberDesk().decide(request!.id, { answer: 'grant' })
  await chain.heal()
  for (const { store } of [south!.branch.replica, chain.cloud.replica]) {
    expect(store.table('members').get(memberId)).toMatchObject({
      name: 'Zhao Wei',
      note: 'of an older program',
      followUps: [],
    })
  }
})

it('both sides of a merge that an older program has made are told as today’s schema has them', async () => {
  const [one, other] = [
    member('+8613800000001', 'g1', 'north', 'Li Na'),
    member('+8613800000002', 'g2', 'north', 'Li N.'),
  ]
  for (const doc of [one, other]) chain.write(north!, 'members', doc)
  await north!.cycle.run()
  memberDesk().act(other['id'] as string, { do: 'merge', into: one['id'] as string })
  await upgrade()
  const [entry] = memberDesk().audit(one['id'] as string)
  expect([entry?.ours, entry?.theirs]).toMatchObject([{ followUps: [] }, { followUps: [] }])
})
