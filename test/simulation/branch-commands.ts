/** What happens at branches: staff register, edit, sell and ask; links fail, PCs die and clocks jump. */
import fc from 'fast-check'
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import type { MemberDocument, Registration } from '../../schemas/collections/members.ts'
import type { Doc } from '../../schemas/json.ts'
import { memberIdOfPhone } from '../../schemas/member-id.ts'
import { newRegistration, registrationOnScreen } from '../../schemas/register-member.ts'
import { CHAIN_KEY, type Fault, type SimulatedBranch } from '../support/simulated-chain.ts'
import { command, picked, type Command } from './command.ts'
import { PHONES, START_MS, type SimulatedWorld } from './simulated-world.ts'

const DAY_MS = 86_400_000
const branch = fc.nat(7)
const pick = fc.nat(30)
const phone = fc.constantFrom(...PHONES)
const points = fc.integer({ min: -40, max: 40 })
const fault = fc.constantFrom<Fault>('pass', 'pass', 'lose-request', 'lose-answer', 'lose-answer', 'edit-meanwhile')

export const registering: fc.Arbitrary<Command>[] = [
  command(
    'register',
    fc.record({ branch, phone, isPrivate: fc.constantFrom(false, false, false, true), adds: fc.boolean() }),
    async (world, { branch: of, phone: number, isPrivate, adds }) => {
      const at = world.branch(of)
      await world.step(at, () => register(world, at, number, isPrivate, adds))
    },
  ),
  // A client that knows nothing of decisions: it makes the id that the phone had first, whoever holds it.
  command('register-stock', fc.record({ branch, phone }), async (world, { branch: of, phone: number }) => {
    const at = world.branch(of)
    await world.step(at, () => registerStock(world, at, number))
  }),
]

export const editing: fc.Arbitrary<Command>[] = [
  command(
    'edit-member',
    fc.record({ branch, pick, field: fc.constantFrom('name', 'tags', 'note', 'no-tags', 'contactPhone') }),
    async (world, { branch: of, pick: one, field }) => {
      const at = world.branch(of)
      await world.step(at, () => editMember(world, at, one, field))
    },
    ({ members }) => members > 0,
  ),
  command(
    'delete-member',
    fc.record({ branch, pick }),
    async (world, { branch: of, pick: one }) => {
      const at = world.branch(of)
      const member = picked(world.documents(at, 'members'), one)
      await world.step(at, () => member && write(world, at, 'members', { id: member['id'], _deleted: true }))
    },
    ({ members }) => members > 0,
  ),
]

export const selling: fc.Arbitrary<Command>[] = [
  command(
    'order',
    fc.record({ branch, pick, points, status: fc.constantFrom('created', 'paid', 'paid'), bare: fc.nat(9) }),
    async (world, { branch: of, pick: one, points: amount, status, bare }) => {
      const at = world.branch(of)
      const member = picked(world.documents(at, 'members'), one)
      // Now and then somebody writes an order for an id without a registration.
      const ids = member ? idsOnScreen(at, member, bare === 0) : {}
      await world.step(at, () => write(world, at, 'orders', newOrder(world, at.id, ids, amount, status)))
    },
  ),
  command(
    'change-order',
    fc.record({
      branch,
      pick,
      points,
      member: pick,
      change: fc.constantFrom(
        'fulfilled',
        'closed',
        'refunded',
        'cancelled',
        'paid',
        'reopen',
        'points',
        'member',
        'delete',
      ),
    }),
    async (world, { branch: of, pick: one, points: amount, member, change }) => {
      const at = world.branch(of)
      const order = picked(world.documents(at, 'orders'), one)
      const other = picked(world.documents(at, 'members'), member)
      const ids = other ? idsOnScreen(at, other, false) : {}
      await world.step(at, () => order && write(world, at, 'orders', changedOrder(order, change, amount, ids)))
    },
    ({ orders }) => orders > 0,
  ),
  command(
    'movement',
    fc.record({ branch, pick, points }),
    async (world, { branch: of, pick: one, points: amount }) => {
      const at = world.branch(of)
      const member = picked(world.documents(at, 'members'), one)
      await world.step(at, () => {
        if (!member) return
        const facts = { id: `v${world.count()}`, branchId: at.id, kind: 'adjust', at: world.at() }
        write(world, at, 'movements', {
          ...facts,
          ...idsOnScreen(at, member, false),
          points: amount,
          value: -10 * amount,
        })
      })
    },
    ({ members }) => members > 0,
  ),
]

const asked = fc.oneof(
  fc.record({ do: fc.constant('phone' as const), to: phone }),
  fc.record({ do: fc.constant('phone' as const), to: phone }),
  fc.record({
    do: fc.constantFrom('share', 'merge', 'split', 'release', 'delete', 'erase'),
    other: pick,
    registration: pick,
  }),
)

export const asking: fc.Arbitrary<Command>[] = [
  command(
    'ask',
    fc.record({ branch, pick, asked }),
    async (world, { branch: of, pick: one, asked: wanted }) => {
      const at = world.branch(of)
      const member = picked(world.documents(at, 'members'), one) as MemberDocument | undefined
      await world.step(at, () => {
        if (!member) return
        const action = actionOf(world, at, member, wanted)
        const request = action && world.attempt(at, () => world.branchDesk(at).request(member.id, action as never))
        if (request) world.noteAcknowledged(`requests/${request.id}`, at)
      })
    },
    ({ members }) => members > 0,
  ),
]

export const connecting: fc.Arbitrary<Command> = command(
  'sync',
  fc.record({ branch, faults: fc.array(fault, { maxLength: 7 }) }),
  async (world, { branch: of, faults }) => {
    const at = world.branch(of)
    await world.step(at, async () => {
      at.faults = [...faults]
      at.meanwhile = () => editMeanwhile(world, at)
      await at.cycle.run()
      at.faults = []
    })
  },
)

export const connectingAll: fc.Arbitrary<Command> = command('sync-all', fc.constant({}), async (world) => {
  for (const at of world.chain.branches) {
    await world.step(at, async () => {
      at.faults = []
      await at.cycle.run()
    })
  }
})

export const breaking: fc.Arbitrary<Command>[] = [
  command('crash', fc.record({ branch }), async (world, { branch: of }) => {
    const at = world.branch(of)
    await world.step(at, () => world.chain.restart(at))
  }),
  command('replace', fc.record({ branch }), async (world, { branch: of }) => {
    const at = world.branch(of)
    await world.step(at, async () => {
      world.setClock(at, 0)
      await world.chain.lose(at)
    })
  }),
  command(
    'set-clock',
    fc.record({
      branch,
      to: fc.constantFrom(
        'right' as const,
        'ahead' as const,
        'behind' as const,
        'year 2000' as const,
        'year 2099' as const,
      ),
      crash: fc.boolean(),
    }),
    async (world, { branch: of, to, crash }) => {
      const at = world.branch(of)
      await world.step(at, async () => {
        // Whoever has never heard the time has nothing to doubt the year 2099 with.
        const doubts = at.branch.replica.clock.memory().lastCloudMs !== undefined
        const years = { 'year 2000': Date.UTC(2000, 0, 1) - START_MS, 'year 2099': Date.UTC(2099, 0, 1) - START_MS }
        const offsets = { right: 0, ahead: 20 * DAY_MS, behind: -20 * DAY_MS, ...years }
        world.setClock(at, to === 'year 2099' && !doubts ? 0 : offsets[to])
        // The clock is asked for the time again only by a new process.
        if (crash) await world.chain.restart(at)
      })
    },
  ),
  command('restart-cloud', fc.constant({}), async (world) => {
    await world.step(undefined, () => world.chain.restartCloud())
  }),
]

function register(world: SimulatedWorld, at: SimulatedBranch, phone: string, isPrivate: boolean, adds: boolean): void {
  const scope = isPrivate ? at.id : SHARED_SCOPE
  const here = world.here(at)
  const { holder } = here.standing(scope, phone)
  if (holder === undefined) {
    const name = world.newText('name')
    const view = world.attempt(at, () => world.branchDesk(at).register(name, phone, isPrivate))
    const registration = view?.registrations.find(({ branchId }) => branchId === at.id)
    if (!view || !registration) return
    world.noteAcknowledged(registration.id, at)
    world.notePersonal(name, view.id, registration.id)
  } else if (adds) {
    const member = here.world.member(holder)
    if (!member || (member as unknown as Doc)['_deleted'] === true) return
    const registration = newRegistration(world.newId('g'), at.id, world.at(), at.book.newest())
    addRegistration(world, at, member, registration)
  }
}

function registerStock(world: SimulatedWorld, at: SimulatedBranch, phone: (typeof PHONES)[number]): void {
  const id = memberIdOfPhone(CHAIN_KEY, SHARED_SCOPE, phone, 0)
  const stored = at.branch.replica.store.table('members').get(id)
  const kept =
    stored && stored['_deleted'] !== true ? stored : { tags: [], registrations: [], aliases: [], followUps: [] }
  const member = { ...kept, id, scope: SHARED_SCOPE, phone, generation: 0, _deleted: false }
  // It says again what it finds, of whoever that was; where it is held, nobody can tell the two persons' facts apart.
  world.forgetPersonal(JSON.stringify(member))
  addRegistration(
    world,
    at,
    member as unknown as MemberDocument,
    newRegistration(world.newId('g'), at.id, world.at(), 0),
  )
}

function addRegistration(
  world: SimulatedWorld,
  at: SimulatedBranch,
  member: MemberDocument,
  registration: Registration,
): void {
  const name = world.newText('name')
  const alias = { source: 'till', legacyId: world.newText('alias') }
  const registrations = [...member.registrations, registration]
  const doc = { ...(member as unknown as Doc), name, registrations, aliases: [...member.aliases, alias] }
  if (!write(world, at, 'members', doc)) return
  world.noteAcknowledged(registration.id, at)
  world.notePersonal(name, member.id, registration.id)
  world.notePersonal(alias.legacyId, member.id, registration.id)
}

function editMember(world: SimulatedWorld, at: SimulatedBranch, pick: number, field: string): void {
  const member = picked(world.documents(at, 'members'), pick) as MemberDocument | undefined
  if (!member) return
  const text = world.newText(field)
  const change =
    field === 'no-tags' ? { tags: [] } : field === 'tags' ? { tags: [...member.tags, text] } : { [field]: text }
  if (!write(world, at, 'members', { id: member.id, ...change })) return
  if (field !== 'no-tags') world.notePersonal(text, member.id)
}

/** While a request is under way staff change whatever they can. */
function editMeanwhile(world: SimulatedWorld, at: SimulatedBranch): void {
  for (const { id, note } of world.documents(at, 'orders') as { id: string; note?: string }[]) {
    write(world, at, 'orders', { id, note: `${note ?? ''}+`, pointsEarned: world.count() % 50 })
  }
  const members = world.documents(at, 'members').length
  for (let i = 0; i < members; i++) editMember(world, at, i, i % 2 === 0 ? 'note' : 'tags')
}

/** @param isBare without the registration, as other clients write it */
function idsOnScreen(at: SimulatedBranch, doc: Doc, isBare: boolean): { memberId: string; registrationId?: string } {
  const member = doc as unknown as MemberDocument
  const registrationId = isBare ? undefined : registrationOnScreen(member, at.id)
  return { memberId: member.id, ...(registrationId !== undefined && { registrationId }) }
}

export function newOrder(world: SimulatedWorld, branchId: string, ids: Doc, points: number, status: string): Doc {
  const number = world.count()
  const facts = { id: `o${number}`, branchId, number: String(number), placedAt: world.at(), status, round: 1 }
  const amount = points < 0 ? { pointsSpent: -points, valueSpent: -points } : { pointsEarned: points }
  return { ...facts, ...ids, lines: [], total: 100, currency: 'CNY', ...amount }
}

export function changedOrder(order: Doc, change: string, points: number, ids: Doc): Doc {
  const { id } = order
  if (change === 'points') return points < 0 ? { id, pointsSpent: -points } : { id, pointsEarned: points }
  if (change === 'member') return { id, registrationId: undefined, ...ids }
  if (change === 'delete') return { id, _deleted: true }
  if (change === 'reopen') return { id, status: 'paid', round: (order['round'] as number) + 1 }
  return { id, status: change }
}

function actionOf(
  world: SimulatedWorld,
  at: SimulatedBranch,
  member: MemberDocument,
  wanted: object,
): object | undefined {
  const { do: what, other, registration } = wanted as { do: string; other: number; registration: number }
  if (what === 'merge') return { do: what, into: picked(world.documents(at, 'members'), other)!['id'] }
  const one = what === 'split' ? picked(member.registrations, registration)?.id : undefined
  if (what === 'split') return one === undefined ? undefined : { do: what, registrations: [one] }
  return wanted
}

function write(world: SimulatedWorld, at: SimulatedBranch, collection: string, doc: Doc): boolean {
  const written = world.attempt(at, () => {
    if (collection === 'orders') world.chain.writeUnheld(at, doc)
    else world.chain.write(at, collection, doc)
    return true
  })
  if (written === true && collection !== 'members') world.noteAcknowledged(`${collection}/${doc['id'] as string}`, at)
  return written === true
}
