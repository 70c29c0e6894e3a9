/** What people do at headquarters: they decide, try out what a decision would do, register and edit. */
import fc from 'fast-check'
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import type { MemberDocument } from '../../schemas/collections/members.ts'
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import { registrationOnScreen } from '../../schemas/register-member.ts'
import type { MemberAction, MemberOutcome, ReviewAnswer } from '../../schemas/protocol/identity.ts'
import { changedOrder, newOrder } from './branch-commands.ts'
import { command, picked, type Command } from './command.ts'
import { PHONES, type SimulatedWorld } from './simulated-world.ts'

const pick = fc.nat(30)
const phone = fc.constantFrom(...PHONES)
const points = fc.integer({ min: -40, max: 40 })
const all = 'deleted IN (0, 1)'

const ACTIONS = [
  'merge',
  'merge',
  'merge',
  'split',
  'split',
  'release',
  'delete',
  'revive',
  'share',
  'phone',
  'phone',
  'erase',
]

export const deciding: fc.Arbitrary<Command>[] = [
  command(
    'hq-act',
    fc.record({ pick, what: fc.constantFrom(...ACTIONS), other: pick, phone, dryRun: fc.nat(4) }),
    async (world, { pick: one, what, other, phone: to, dryRun }) => {
      await world.step(undefined, () => {
        const member = picked(world.documents(undefined, 'members', all), one) as MemberDocument | undefined
        const action = member && actionOf(world, member, what, other, to)
        if (action) decide(world, dryRun === 0, (dry) => world.memberDesk().act(member.id, action, dry))
      })
    },
    ({ members }) => members > 0,
  ),
  command(
    'hq-decide',
    fc.record({ pick, answer: fc.constantFrom('grant', 'grant', 'merge', 'refuse'), other: pick, dryRun: fc.nat(4) }),
    async (world, { pick: one, answer, other, dryRun }) => {
      await world.step(undefined, () => {
        const requests = world.documents(undefined, 'requests') as unknown as RequestDocument[]
        const request = picked(
          requests.filter(({ state }) => state === 'held'),
          one,
        )
        const into = picked(world.documents(undefined, 'members', all), other)?.['id'] as string | undefined
        if (!request) return
        const said = answer === 'merge' ? { answer, into } : { answer }
        decide(world, dryRun === 0, (dry) => world.memberDesk().decide(request.id, said as ReviewAnswer, dry))
      })
    },
    ({ requests }) => requests > 0,
  ),
]

export const workingAtHeadquarters: fc.Arbitrary<Command>[] = [
  command('hq-register', fc.record({ phone }), async (world, { phone: number }) => {
    await world.step(undefined, () => {
      const { here } = world.chain.identity.authority
      const name = world.newText('name')
      world.attempt(undefined, () => {
        const member = here.newMember(name, number, 'headquarters')
        world.chain.writeAtCloud('members', { ...member, _deleted: false })
        world.noteAcknowledged(member.registrations[0]!.id, undefined)
        world.notePersonal(name, member.id, member.registrations[0]!.id)
      })
    })
  }),
  command(
    'hq-edit-member',
    fc.record({ pick, field: fc.constantFrom('name', 'tags', 'note', '_deleted') }),
    async (world, { pick: one, field }) => {
      await world.step(undefined, () => {
        const member = picked(world.documents(undefined, 'members'), one) as MemberDocument | undefined
        if (!member) return
        const text = world.newText(field)
        const value = { name: text, note: text, tags: [...member.tags, text], _deleted: true }[field]
        const edit = () => world.chain.writeAtCloud('members', { id: member.id, [field]: value })
        world.attempt(undefined, edit)
        world.notePersonal(text, member.id)
      })
    },
    ({ members }) => members > 0,
  ),
  command(
    'hq-order',
    fc.record({ branch: fc.nat(7), pick, points }),
    async (world, { branch, pick: one, points: amount }) => {
      await world.step(undefined, () => {
        const { id: branchId } = world.branch(branch)
        const members = world.documents(undefined, 'members') as unknown as MemberDocument[]
        const member = picked(
          members.filter(({ scope }) => scope === SHARED_SCOPE || scope === branchId),
          one,
        )
        const registrationId = member && registrationOnScreen(member, branchId)
        const ids = member ? { memberId: member.id, ...(registrationId !== undefined && { registrationId }) } : {}
        world.chain.writeAtCloud('orders', newOrder(world, branchId, ids, amount, 'paid'))
      })
    },
  ),
  command(
    'hq-change-order',
    fc.record({
      pick,
      points,
      change: fc.constantFrom('fulfilled', 'closed', 'refunded', 'reopen', 'points', 'delete'),
    }),
    async (world, { pick: one, points: amount, change }) => {
      await world.step(undefined, () => {
        const order = picked(world.documents(undefined, 'orders'), one)
        if (!order) return
        world.attempt(undefined, () => world.chain.writeAtCloud('orders', changedOrder(order, change, amount, {})))
      })
    },
    ({ orders }) => orders > 0,
  ),
]

/** First as a dry run, which must change nothing and must say what then happens, or at once. */
function decide(world: SimulatedWorld, isDry: boolean, act: (dryRun: boolean) => MemberOutcome): void {
  if (!isDry) {
    world.attempt(undefined, () => act(false))
    return
  }
  const before = stateOf(world)
  world.attempt(undefined, () => act(true))
  const after = stateOf(world)
  if (before !== after) world.wrong.push(`a dry run changed something:\n${before}\n${after}`)
}

function stateOf({ chain }: SimulatedWorld): string {
  const { store } = chain.cloud.replica
  const digests = store.declarations.map(({ name }) =>
    [SHARED_SCOPE, ...chain.branches.map(({ id }) => id)].map((scope) => store.digest(name, scope)),
  )
  const noted = ['merge_audit', 'balance', 'contribution', 'member_redirect', 'member_number', 'registration_home']
  const counts = noted.map((table) => store.prepare(`SELECT count(*) AS n FROM ${table}`).get())
  return JSON.stringify({ head: store.head(), digests, counts, decided: chain.identity.book.newest() })
}

function actionOf(
  world: SimulatedWorld,
  member: MemberDocument,
  what: string,
  other: number,
  to: string,
): MemberAction | undefined {
  if (what === 'phone') return { do: what, to }
  if (what === 'merge')
    return { do: what, into: picked(world.documents(undefined, 'members', all), other)!['id'] as string }
  if (what !== 'split') return { do: what } as MemberAction
  const ids = member.registrations.map(({ id }) => id)
  const one = picked(ids, other)
  if (one === undefined) return undefined
  // Sometimes everything that one branch has registered, sometimes one act.
  const branchId = member.registrations.find(({ id }) => id === one)!.branchId
  const same = member.registrations.filter((each) => each.branchId === branchId).map(({ id }) => id)
  return { do: 'split', registrations: other % 2 === 0 ? [one] : same }
}
